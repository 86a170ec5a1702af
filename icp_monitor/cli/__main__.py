"""`python -m icp_monitor.cli` is the program."""

from icp_monitor.cli.app import main

main()
