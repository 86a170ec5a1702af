"""How deals fare in the weeks of a look, beside the baseline's: a segment by score, the company by segment."""

from __future__ import annotations

from dataclasses import dataclass

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.lives import BothTables, Lives
from icp_monitor.drift.looks.census import SCORE_KINDS, Census
from icp_monitor.drift.strata import MIN_RESOLVED, REST, WHOLE
from icp_monitor.metrics.buckets import WEEK
from icp_monitor.metrics.life_table import LifeTable


@dataclass(frozen=True, eq=False)
class Kind:
    """Deals of one kind, with the life tables of the baseline's weeks and of the current ones."""

    name: str
    tables: BothTables


def lives_of_weeks(census: Census, segment: str, baseline: range, weeks: range) -> Lives:
    """The life tables of both stretches; kinds with fewer than 25 deals resolved in either are put together."""
    if segment == COMPANY:
        whole = _both(census, baseline, weeks)
        kinds = [Kind(name, _both(census, baseline, weeks, name)) for name in census.segments]
    else:
        whole = _both(census, baseline, weeks, segment)
        kinds = [Kind(name, _both(census, baseline, weeks, segment, kind)) for kind, name in enumerate(SCORE_KINDS)]
    kinds = _pooled([item for item in kinds if any(table.at_risk.any() for table in item.tables)])
    followed = all(table.reaches_horizon or table.n == 0 for item in kinds for table in item.tables)
    horizon_days = (len(whole[0].at_risk) - 1) * WEEK
    named = ("segment",) if segment == COMPANY else ("score",)
    return Lives(whole, kinds if followed else [Kind(WHOLE, whole)], named, horizon_days)


def _both(
    census: Census, baseline: range, weeks: range, segment: str | None = None, kind: int | None = None
) -> BothTables:
    return census.life_table(baseline, segment, kind), census.life_table(weeks, segment, kind)


def _pooled(kinds: list[Kind]) -> list[Kind]:
    thin = [item for item in kinds if min(table.resolved.sum() for table in item.tables) < MIN_RESOLVED]
    kept = [item for item in kinds if item not in thin]
    if not thin:
        return kept
    before, after = (_together([item.tables[side] for item in thin]) for side in (0, 1))
    return [*kept, Kind(REST if kept else WHOLE, (before, after))]


def _together(tables: list[LifeTable]) -> LifeTable:
    at_risk, won, lost, censored = (
        sum(getattr(table, name) for table in tables) for name in ("at_risk", "won", "lost", "censored")
    )
    return LifeTable(tables[0].edges, at_risk, won, lost, censored)
