"""The commands ``python -m devstack up|down|status|smoke|demo``."""

import os
import signal
import sys
from pathlib import Path

import click

from devstack import StackError, airflow
from devstack.demo import demo as run_demo
from devstack.environment import REPOSITORY
from devstack.home import Home
from devstack.smoke import smoke as run_smoke

DAGS = click.option(
    "--dags",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=REPOSITORY / "dags",
    help="The folder of DAG files.",
)


@click.group()
@click.option(
    "--home",
    envvar="ICP_DEV_HOME",
    type=click.Path(file_okay=False, path_type=Path),
    default=REPOSITORY / ".local" / "airflow",
    help="Where the stack keeps its state (also ICP_DEV_HOME).",
)
@click.pass_context
def main(context: click.Context, home: Path) -> None:
    """Run Airflow and PostgreSQL on this machine, without Docker."""
    context.obj = Home(home.resolve())


@main.command()
@DAGS
@click.pass_obj
def up(home: Home, dags: Path) -> None:
    """Start the stack and say how to get in."""
    access = airflow.up(home, dags.resolve(), os.environ)  # noqa: TID251  what Airflow's processes inherit
    print("Airflow is up." if access.fresh else "Airflow is already up.")
    print(f"  address   {access.address}\n  login     {access.user}\n  password  {access.password}")


@main.command()
@click.pass_obj
def down(home: Home) -> None:
    """Stop the stack; its data stay."""
    print("Airflow is stopped." if airflow.down(home) else "Airflow was not running.")


@main.command()
@click.pass_obj
def status(home: Home) -> None:
    """Say what runs; exits 1 unless everything is healthy."""
    found = airflow.status(home)
    print(f"{found.processes} processes")
    for name, state in found.components.items():
        print(f"  {name:14} {state}")
    sys.exit(0 if found.healthy else 1)


@main.command()
@DAGS
def smoke(dags: Path) -> None:
    """Run every DAG once and backfill ten days in a stack of its own; for CI."""
    run_smoke(dags.resolve(), os.environ)  # noqa: TID251  as above


@main.command("demo")
def show_demo() -> None:
    """A synthetic company whose planted drifts are found by real Airflow DAG runs."""
    run_demo()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped again
    try:
        main()
    except StackError as error:
        sys.exit(f"error: {error}")
