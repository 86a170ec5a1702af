"""Where a quarter's validation and weekly monitoring say different things, and why they may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from icp_monitor.alerts.names import VERDICTS, Names
from icp_monitor.alerts.wording import days, unit_name
from icp_monitor.drift.verdict import Finding, Verdict


def disagreements(quarter: Sequence[Verdict], weeks: Sequence[Finding], names: Names) -> Iterator[str]:
    """A sentence for each unit that drifts by the one and not by the other, though both could judge it.

    A unit that only one of them has evidence on is no disagreement, unless that one calls it a drift.
    """
    weekly = {finding.unit: finding for finding in weeks}
    for verdict in quarter:
        finding = weekly.get(verdict.finding.unit)
        if finding is not None and _differ(verdict.finding, finding):
            yield _sentence(verdict, finding, names)


def _differ(quarter: Finding, weeks: Finding) -> bool:
    both = {quarter.verdict, weeks.verdict}
    return "drift" in both and len(both) == 2 and "data_problem" not in both


def _sentence(verdict: Verdict, weeks: Finding, names: Names) -> str:
    quarter = verdict.finding
    by_quarter, by_week = VERDICTS[quarter.verdict], VERDICTS[weeks.verdict]
    return (
        f"{unit_name(verdict, names)}: {by_quarter} in the quarter, {by_week} by weekly monitoring. "
        f"The quarter is about deals created {days(quarter.window)} and followed to the horizon, the weeks about what "
        f"was open or decided {days(weeks.window)}. {_bounds(quarter, weeks)}"
    )


def _bounds(quarter: Finding, weeks: Finding) -> str:
    if quarter.verdict == "drift":
        return "Weekly monitoring asks for more evidence, because it looks every week."
    if weeks.window.start >= quarter.window.end:
        return "What changed after the quarter shows in the weeks alone."
    return "The weeks hold more deals than the quarter, and the part of them that has changed."
