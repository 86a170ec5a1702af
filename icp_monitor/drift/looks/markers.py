"""Was more won after something had happened than before it? Beside the event, and never because of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from icp_monitor.config.icp import COMPANY
from icp_monitor.config.monitoring import EventMarker
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.looks.measure import Measures
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.buckets import WEEK
from icp_monitor.metrics.intervals import Interval

WEEKS = 13
FEWEST_WEEKS = 4

Says = Literal["more", "less", "no_change", "not_enough"]


@dataclass(frozen=True)
class BeforeAfter:
    """The company's deals decided in the weeks before and after an event: how many, and the share of them won.

    ``change`` is that of the won share at equal age and in equal segments, so that neither timing nor mix is in it;
    None where that can't be told. Nothing here says that the event was the cause.
    """

    event: EventMarker
    before: float | None
    n_before: int
    after: float | None
    n_after: int
    change: Interval | None
    says: Says


def around_events(measures: Measures, events: Iterable[EventMarker]) -> tuple[BeforeAfter, ...]:
    """Each event within the weeks that are known, with the 13 weeks before it and after."""
    stretches = ((event, weeks_around(event.on, measures.tables)) for event in events)
    return tuple(_around(measures, event, *weeks) for event, weeks in stretches if weeks is not None)


def weeks_around(on: date, tables: WeeklyTables) -> tuple[range, range] | None:
    """The whole weeks that ended by the day and those that began on it or later; None with too few on either side."""
    days = (on - tables.origin).days
    before = range(max(days // WEEK - WEEKS, 0), max(days // WEEK, 0))
    start = -(-days // WEEK)
    after = range(max(start, 0), min(start + WEEKS, tables.weeks))
    return (before, after) if min(len(before), len(after)) >= FEWEST_WEEKS else None


def _around(measures: Measures, event: EventMarker, before: range, after: range) -> BeforeAfter:
    sides = [measures.decided_in(stretch) for stretch in (before, after)]
    change = measures.between(before, after).deciding
    shares = [cohort.wins / cohort.n if cohort.n else None for cohort in sides]
    says = _says(change, sides, measures) if change is not None else "not_enough"
    return BeforeAfter(event, shares[0], sides[0].n, shares[1], sides[1].n, change, says)


def _says(change: Interval, sides: list[Cohort], measures: Measures) -> Says:
    needed, material = measures.plan.evidence_for(COMPANY), measures.plan.material.win_rate
    if any(cohort.n < needed.matured_opps or cohort.wins < needed.wins for cohort in sides):
        return "not_enough"
    if change.low > 0:
        return "more"
    if change.high < 0:
        return "less"
    return "no_change" if -material < change.low and change.high < material else "not_enough"
