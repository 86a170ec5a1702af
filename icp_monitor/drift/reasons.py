"""Why a verdict came out as it did, and what it was not: short sentences derived from the numbers."""

from __future__ import annotations

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Cause, Comparison
from icp_monitor.drift.phrases import change_in, signed_percent
from icp_monitor.drift.verdict import Decision
from icp_monitor.metrics.intervals import Interval

MOST = 3
LARGE_PART = 1 / 3
NOTHING = "there is nothing to compare: a cohort has no such deals, or all of them are alike"


def because(verdict: Decision, comparison: Comparison) -> tuple[str, ...]:
    """What carries a drift; for another verdict where the change lies, and what moved the value that is shown."""
    if comparison.deciding is None:
        return (NOTHING,)
    if verdict == "drift":
        return tuple(cause.text for cause in _large(comparison, comparison.deciding))
    return (_range(verdict, comparison, comparison.deciding), *(cause.text for cause in _movers(comparison)))


def not_because(verdict: Decision, comparison: Comparison, baseline: Cohort, current: Cohort) -> tuple[str, ...]:
    """What moved too little, or the other way, to explain a change; nothing where there is no change to explain."""
    if comparison.deciding is None:
        return ()
    named = _large(comparison, comparison.deciding) if verdict == "drift" else _movers(comparison)
    if not named:
        return ()
    small = (cause.text for cause in comparison.causes if not cause.carrier and cause not in named)
    return (*small, *steady_volume(baseline, current))


def steady_volume(baseline: Cohort, current: Cohort) -> tuple[str, ...]:
    """That as many opportunities come a week as before, where two Poisson counts would differ as much (95 %)."""
    if not baseline.n or not current.n:
        return ()
    change = current.per_week / baseline.per_week
    noise = 1.96 * (1 / baseline.n + 1 / current.n) ** 0.5
    if abs(change - 1) > noise:
        return ()
    return (f"pipeline volume steady ({signed_percent(change - 1)}, within noise)",)


def _range(verdict: Decision, comparison: Comparison, change: Interval) -> str:
    low, high = (change_in(comparison.unit, end) for end in (change.low, change.high))
    limit = change_in(comparison.unit, comparison.material).lstrip("+")
    part = f" {comparison.tested_at}" if comparison.tested else ""
    lies = f"the change{part} lies between {low} and {high}"
    if verdict == "stable":
        return f"{lies}: no fall of {limit}" if comparison.one_sided else f"{lies}, inside ±{limit}"
    if change.low * change.high > 0 and abs(change.value) >= comparison.material:
        return f"{lies}, but among so many comparisons chance shows as much somewhere"
    return f"{lies}: too wide to tell whether it reaches {limit}"


def _movers(comparison: Comparison) -> list[Cause]:
    """What moved the shown value, where the verdict is about another part of it and noise can't explain the move."""
    change = comparison.change
    if comparison.tested is None or change is None or change.low <= 0 <= change.high:
        return []
    return [cause for cause in _large(comparison, change) if not cause.carrier]


def _large(comparison: Comparison, change: Interval) -> list[Cause]:
    """The causes that pull the way of the change, down to a third of the largest; at most three places."""
    pulling = [cause for cause in comparison.causes if cause.change * change.value > 0]
    pulling.sort(key=lambda cause: -abs(cause.change))
    causes, carriers = ([c for c in pulling if c.carrier is carrier] for carrier in (False, True))
    return [*_down_to_a_third(causes), *_down_to_a_third(carriers)[:MOST]]


def _down_to_a_third(largest_first: list[Cause]) -> list[Cause]:
    return [cause for cause in largest_first if abs(cause.change) >= abs(largest_first[0].change) * LARGE_PART]
