"""The program `icp-monitor`: its verbs are loaded when they are called, so that help is quick."""

from __future__ import annotations

import importlib
import sys

import click

from icp_monitor import __version__
from icp_monitor.errors import IcpError

VERBS = {
    "init": ("init", "A first configuration: an example that runs, or one guessed from CSV files."),
    "doctor": ("doctor", "Is the set-up well, what can be computed, what should be filled in first?"),
    "demo": ("demo", "A synthetic company with planted drifts, end to end."),
    "pull": ("steps", "Fetch what changed at the sources."),
    "check": ("steps", "Count what is wrong with the data."),
    "score": ("steps", "Score every account and opportunity, 0-100."),
    "measure": ("steps", "Measure every segment and tier."),
    "compare": ("steps", "Compare with the validated ICP: the verdicts."),
    "alert": ("steps", "Queue and hand over the messages that are due."),
    "run": ("steps", "All steps for one day, in order."),
    "backfill": ("backfill", "Recompute a stretch of the past in a run set of its own."),
    "backtest": ("backtest", "What monitoring would have said of the past."),
    "validate": ("validate", "The quarterly validation and its report."),
    "explain": ("explain", "Why this score, or why this alert."),
    "export": ("export", "Tiers and scores back to a file, a table, Salesforce or HubSpot."),
    "alerts": ("alerts", "The life of an alert: list, show, ack, snooze, resolve, dismiss."),
    "icp": ("icp", "The ICP: lint, show, approve, history."),
}


class Verbs(click.Group):
    """A group whose commands are imported on demand; their one-line help is known without."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The verbs in the order in which they are used."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb's command, from its own module."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"icp_monitor.cli.{VERBS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the verbs without importing any of them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, about) for name, (_, about) in VERBS.items()])


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="icp-monitor")
def program() -> None:
    """Are the customers that we aim at still the ones that we win, keep and earn from?"""


def main() -> None:
    """Run the program; exit 0 on success, 1 on a failed run, 2 on a usage or configuration error."""
    try:
        program(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    except IcpError as error:
        for problem in error.problems:
            click.echo(f"error: {problem}", err=True)
        sys.exit(error.exit_code)
