"""The steps as functions of plain values: what the command line and the DAGs call.

Everything heavy is imported when a verb is called, so that a DAG file or `--help` costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from icp_monitor.settings import Settings

if TYPE_CHECKING:
    from icp_monitor.checks.result import CheckResult
    from icp_monitor.pipeline.alerting import AlertSummary
    from icp_monitor.pipeline.comparison import Compared
    from icp_monitor.pipeline.pulling import PullSummary

RunName = Mapping[str, str]


@dataclass(frozen=True)
class Calendar:
    """What schedules need to know: business time zone, fiscal year, and days until a quarter has matured."""

    timezone: str
    fiscal_year_start: int
    maturity_days: int


def calendar(settings: Settings) -> Calendar:
    """The calendar of the configuration."""
    from icp_monitor.config.loading import load_config

    config = load_config(settings.config_dir)
    business = config.monitoring.calendar
    return Calendar(business.timezone, business.fiscal_year_start, config.icp.horizon_days)


def pull(settings: Settings) -> tuple[PullSummary, ...]:
    """Fetch what changed at every source."""
    from icp_monitor.pipeline.pulling import pull_sources
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        return pull_sources(workspace)


def name_run(settings: Settings, as_of: date | None = None, *, backfill: bool = False) -> dict[str, str]:
    """Name the run for a day (today by default), as text that can be handed from step to step.

    In a ``backfill`` by Airflow a date that has a finished live run is recomputed beside it.
    """
    from icp_monitor.ledger.runs import LIVE
    from icp_monitor.pipeline.naming import as_text, backfill_run_set, run_key
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        day = as_of or workspace.today
        run_set = backfill_run_set(workspace, day) if backfill else LIVE
        return as_text(run_key(workspace, day, run_set=run_set))


def check(settings: Settings, run: RunName) -> tuple[CheckResult, ...]:
    """Count what is wrong with the data."""
    from icp_monitor.pipeline.checking import check_data
    from icp_monitor.pipeline.naming import from_text
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        return check_data(workspace, from_text(run))


def score(settings: Settings, run: RunName) -> dict[str, int]:
    """Score every account and opportunity."""
    from icp_monitor.pipeline.naming import from_text
    from icp_monitor.pipeline.scores import write_scores
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        return write_scores(workspace, from_text(run))


def measure(settings: Settings, run: RunName) -> dict[str, int]:
    """Measure every segment and tier."""
    from icp_monitor.pipeline.measures import write_measures
    from icp_monitor.pipeline.naming import from_text
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        return write_measures(workspace, from_text(run))


def compare(settings: Settings, run: RunName) -> Compared:
    """Compare with the validated ICP, on look days."""
    from icp_monitor.pipeline.comparison import look
    from icp_monitor.pipeline.naming import from_text
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        return look(workspace, from_text(run))


def alert(settings: Settings, run: RunName, *, muted: bool = False) -> AlertSummary:
    """Alert on the verdicts, and finish the run."""
    from icp_monitor.pipeline.alerting import finish_and_alert
    from icp_monitor.pipeline.naming import from_text
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        return finish_and_alert(workspace, from_text(run), muted=muted)


def report_failure(settings: Settings, *, dag: str, task: str, run: str, error: str) -> None:
    """Tell the ops channel that a DAG has failed."""
    from icp_monitor.pipeline.alerting import tell_ops
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        tell_ops(workspace, dag=dag, task=task, run=run, error=error)
