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
    from icp_monitor.pipeline.validation import Published

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


def connection_names(settings: Settings) -> tuple[str, ...]:
    """The connections that the configured sources name."""
    from icp_monitor.config.loading import load_config

    sources = load_config(settings.config_dir).sources.sources.values()
    return tuple(dict.fromkeys(source.connection for source in sources if source.kind != "csv"))


def pull(settings: Settings, whole: bool = False) -> tuple[PullSummary, ...]:
    """Fetch what changed at every source; with ``whole`` every record again.

    Raises:
        SourceError: an extract is refused; the data channel is told, and what was concluded before is stale.
    """
    from icp_monitor.pipeline.pulling import pull_sources
    from icp_monitor.pipeline.staleness import told_when_refused
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace, told_when_refused(workspace):
        return pull_sources(workspace, whole)


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


def name_validation(
    settings: Settings, day: date | None = None, *, quarter: str | None = None, knowledge: str = "as-was"
) -> dict[str, str]:
    """Name the validation of ``quarter``, or of the newest one that had matured on ``day`` (today by default).

    Raises:
        ConfigError: the quarter can't be read.
        RefusedError: the quarter had not begun.
    """
    from icp_monitor.periods import parse_quarter
    from icp_monitor.pipeline.backfill import read_knowledge
    from icp_monitor.pipeline.naming import as_text
    from icp_monitor.pipeline.validation import due_quarter, validation_key
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        asked = parse_quarter(quarter, workspace.first_month) if quarter else None
        chosen = asked or due_quarter(workspace, day or workspace.today)
        key = validation_key(workspace, chosen, day, read_knowledge(knowledge))
        return {**as_text(key), "quarter": str(chosen)}


def validate(settings: Settings, run: RunName) -> Published:
    """Judge the quarter and publish its report; its scores and measures must be there."""
    from icp_monitor.periods import parse_quarter
    from icp_monitor.pipeline.naming import from_text
    from icp_monitor.pipeline.validation import publish
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        return publish(workspace, from_text(run), parse_quarter(run["quarter"], workspace.first_month))


def ask_for_decision(settings: Settings, run: RunName) -> dict[str, str]:
    """Validate, and return what the person who decides has to know: ``subject`` and ``summary`` (Markdown)."""
    from icp_monitor.pipeline.decisions import question

    return question(validate(settings, run), int(run["icp_version"]))


def record_decision(settings: Settings, asked: Mapping[str, str], *, choice: str, reason: str, who: str) -> None:
    """Store a person's answer to ``ask_for_decision`` in the ledger."""
    from icp_monitor.pipeline.decisions import record
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        record(workspace, asked, choice=choice, reason=reason, who=who)


def plan_backfill(
    settings: Settings, *, from_date: str, to_date: str, knowledge: str, icp_version: str = "at-time"
) -> dict[str, str]:
    """Check a backfill's request against what the ledger knows; returns it as text, with its run set.

    Raises:
        ConfigError: everything that is wrong with the request.
    """
    from icp_monitor.pipeline.backfill import Request, plan
    from icp_monitor.pipeline.workspace import open_workspace

    request = Request.read(from_date, to_date, knowledge, icp_version)
    with open_workspace(settings) as workspace:
        planned = plan(workspace, request)
    form = {"from_date": from_date, "to_date": to_date, "knowledge": knowledge, "icp_version": icp_version}
    return {**form, "run_set": planned.run_set}


def run_backfill(settings: Settings, request: Mapping[str, str], requested_by: str) -> dict[str, str]:
    """Recompute the request's look days that are not done yet."""
    from icp_monitor.pipeline.backfill import Request, run
    from icp_monitor.pipeline.workspace import open_workspace

    asked = Request.read(request["from_date"], request["to_date"], request["knowledge"], request["icp_version"])
    with open_workspace(settings) as workspace:
        run(workspace, asked, requested_by)
    return dict(request)


def report_failure(settings: Settings, *, dag: str, task: str, run: str, error: str) -> None:
    """Tell the ops channel that a DAG has failed."""
    from icp_monitor.pipeline.alerting import tell_ops
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings) as workspace:
        tell_ops(workspace, dag=dag, task=task, run=run, error=error)
