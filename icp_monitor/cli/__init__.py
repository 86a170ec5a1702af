"""The command line: every verb is one call of a pipeline function, printed as text or JSON."""

from icp_monitor.cli.app import main

__all__ = ["main"]
