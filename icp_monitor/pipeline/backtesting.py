"""What monitoring would have said, look by look, over a stretch of history; nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from icp_monitor.alerts.history import AlertEvent, alert_history
from icp_monitor.alerts.names import Names
from icp_monitor.drift.digits import settled
from icp_monitor.drift.verdict import Context, Family, Finding, Verdict
from icp_monitor.errors import ConfigError, NotReadyError
from icp_monitor.ledger.versions import StoredVersion
from icp_monitor.pipeline.cohorts import first_close
from icp_monitor.pipeline.comparison import names_of
from icp_monitor.pipeline.monitoring import monitored_weeks, weeks_of
from icp_monitor.pipeline.naming import looking_from
from icp_monitor.pipeline.versions import version_for
from icp_monitor.pipeline.weekly import Weeks
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.snapshots.asof import Asof

if TYPE_CHECKING:
    from icp_monitor.drift.looks.false_alarms import FalseAlarms
    from icp_monitor.drift.plan import Plan

NAME = "backtest"
SELF_TEST_REPLAYS = 400
LookVerdicts = tuple[date, tuple[Verdict, ...]]


@dataclass(frozen=True)
class Backtest:
    """The looks of a stretch of history, oldest first, and what would have been told of them."""

    looks: tuple[LookVerdicts, ...]
    alerts: tuple[AlertEvent, ...]
    names: Names
    false_alarms: FalseAlarms | None


def backtest(
    workspace: Workspace,
    first: date,
    last: date,
    *,
    self_test: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> Backtest:
    """Judge every look day from ``first`` to ``last`` on the weeks as they are known now, by the version then in force.

    Each look reads the weeks before it only. Data checks are not replayed. ``self_test`` adds how often the thresholds
    raise an alarm in replays of the baseline in which nothing has changed.

    Raises:
        ConfigError: none of these days is a look day of the monitoring.
        NotReadyError: nothing was pulled yet.
        RefusedError: the baseline is left-censored.
    """
    from icp_monitor.drift.looks.false_alarms import false_alarms
    from icp_monitor.drift.plan import Plan

    version = version_for(workspace, last)
    weeks = weeks_of(workspace, version)
    asof = looking_from(workspace, version.icp, last, "restated")
    _refuse_without_baseline(workspace, version, asof)
    numbers = _numbers(weeks, first, min(asof.as_of, asof.observed_until))
    monitored = monitored_weeks(workspace, version, asof)
    plan = Plan.of(version.icp, workspace.config.monitoring)
    looks: list[LookVerdicts] = []
    for number, findings in zip(numbers, monitored.looks(monitored.measures(plan), {}, numbers), strict=True):
        day = weeks.baseline_end + timedelta(weeks=number + 1)
        looks.append((day, _verdicts(workspace, version, plan, day, findings)))
        progress()
    tested = None
    if self_test:
        tested = false_alarms(monitored.baseline, monitored.calibration, replays=SELF_TEST_REPLAYS, level=plan.level)
    return Backtest(tuple(looks), tuple(alert_history(looks)), names_of(version.icp), tested)


def _refuse_without_baseline(workspace: Workspace, version: StoredVersion, asof: Asof) -> None:
    from icp_monitor.drift.baseline import refuse_left_censored

    if asof.last_load == 0:
        raise NotReadyError("nothing was pulled yet, so there is no history to test. Cure: pull first")
    with workspace.warehouse(version.icp) as (warehouse, catalogue):
        refuse_left_censored(version.icp.baseline.window, first_close(warehouse, catalogue, asof))


def _numbers(weeks: Weeks, first: date, until: date) -> range:
    """The looks of these days, counted from the first week of monitoring on."""
    earliest = max(0, -((weeks.baseline_end + timedelta(weeks=1) - first).days // 7))
    found = range(earliest, weeks.complete(until) - weeks.baseline)
    if not found:
        raise ConfigError(
            f"there is no look from {first} to {until}: monitoring began on {weeks.baseline_end}, and looks weekly. "
            "Cure: widen the dates"
        )
    return found


def _verdicts(
    workspace: Workspace, version: StoredVersion, plan: Plan, day: date, findings: tuple[Finding, ...]
) -> tuple[Verdict, ...]:
    context = Context(
        run_id=NAME,
        as_of=day,
        run_set=NAME,
        knowledge="restated",
        icp_version=version.number,
        baseline_id=NAME,
        baseline=version.icp.baseline.window,
        horizon_days=plan.horizon_days,
        level=plan.level,
        family=Family(len(findings), alarm_budget_per_year=workspace.config.monitoring.alarm_budget_per_year),
    )
    return tuple(Verdict(context, settled(finding)) for finding in findings)
