"""A company's deals as counts by week, as known on one day: what every weekly look reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics import weekly
from icp_monitor.metrics.attributes import bucket_keys, key_name
from icp_monitor.metrics.deals import Deals
from icp_monitor.periods import Window, first_on, quarter_of
from icp_monitor.pipeline.customer_base import customers_by_week
from icp_monitor.scoring.opportunities import scored_opportunities
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities
from icp_monitor.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd

    from icp_monitor.drift.weekly import WeeklyTables

COUNTED = ("anchor_on", "closed_on", "age_days", "outcome", "segment", "score", "log_amount")
DAYS = 7


@dataclass(frozen=True)
class Weeks:
    """The weeks from the first look day of the baseline on; ``baseline`` of them lie within it."""

    origin: date
    baseline: int
    first_month: int

    @classmethod
    def of(cls, window: Window, look_day: str, first_month: int) -> Weeks:
        """The weeks of a baseline's window; each begins on a look day, so that a look sees whole ones."""
        origin = first_on(look_day, window.start)
        return cls(origin, (window.end - origin).days // DAYS, first_month)

    @property
    def baseline_end(self) -> date:
        """The first day of monitoring."""
        return self.origin + timedelta(weeks=self.baseline)

    def complete(self, before: date) -> int:
        """How many weeks were over at 00:00 of a day."""
        return (before - self.origin).days // DAYS

    def months(self, weeks: int) -> tuple[int, ...]:
        """The month of its fiscal quarter, 1 to 3, in which the middle of each week lies."""
        return tuple((day.month - self.first_month) % 3 + 1 for day in self._middles(weeks))

    def fiscal_quarters(self, weeks: int) -> tuple[int, ...]:
        """The fiscal quarter, 1 to 4, in which the middle of each week lies."""
        return tuple(quarter_of(day, self.first_month).number for day in self._middles(weeks))

    def _middles(self, weeks: int) -> Iterator[date]:
        return (self.origin + timedelta(weeks=week, days=DAYS // 2) for week in range(weeks))


def weekly_tables(
    warehouse: Warehouse,
    catalogue: Catalogue,
    icp: IcpConfig,
    asof: Asof,
    weeks: Weeks,
    scored: sa.Select[Any],
    mapped: frozenset[str],
) -> WeeklyTables:
    """The weeks that were over, and that the sources had told of, on the day; ``mapped`` are the tables they fill.

    ``scored`` gives the day's deals: `deals_scored_now`, or `stored_deals` where a run has scored them before.
    """
    deals = scored.subquery("scored")
    wanted = (deals.c[name] for name in (*COUNTED, *map(key_name, icp.attributes)))
    known = sa.select(weekly.account_of(deals), *wanted).where(weekly.since(deals, weeks.origin))
    with warehouse.computed(known) as rows:
        counts = weekly_counts(warehouse, rows, icp, weeks)
    customers = customers_by_week(warehouse, catalogue, icp, asof, mapped, weeks.origin, scored.subquery("deals"))
    if customers is not None:
        counts["customers"] = customers
    return tables_of(counts, icp, asof, weeks)


def deals_scored_now(catalogue: Catalogue, icp: IcpConfig, asof: Asof) -> sa.Select[Any]:
    """Every deal of the day with its score and the buckets of its account's attributes."""
    snapshot = opportunities(catalogue, asof).subquery("snapshot")
    return scored_opportunities(catalogue, icp, asof, snapshot, partial(bucket_keys, icp.attributes))


def weekly_counts(warehouse: Warehouse, rows: sa.FromClause, icp: IcpConfig, weeks: Weeks) -> dict[str, pd.DataFrame]:
    """The counts of scored deals for each of the weekly tables."""
    deals, attributes, origin = Deals(rows), icp.attributes, weeks.origin
    statements = {
        "deals": weekly.weekly_deals(deals, origin),
        "amounts": weekly.weekly_amounts(deals, origin),
        "created_values": weekly.weekly_created_values(deals, attributes, origin),
        "resolved_values": weekly.weekly_resolved_values(deals, attributes, origin),
        "accounts": weekly.account_counts(deals, origin, weeks.baseline_end),
    }
    return {
        name: warehouse.read(statement).to_pandas(split_blocks=True, self_destruct=True)
        for name, statement in statements.items()
    }


def tables_of(counts: dict[str, pd.DataFrame], icp: IcpConfig, asof: Asof, weeks: Weeks) -> WeeklyTables:
    """The weekly tables from what was counted on the day, which is put in order of its columns."""
    from icp_monitor.drift.weekly import OPEN, WeeklyTables

    known = weeks.complete(min(asof.as_of, asof.observed_until))
    for name in (*counts,):  # one by one, as two copies of all of them are large
        counts[name] = counts[name].sort_values([*counts[name].columns], kind="stable", ignore_index=True)
    for name, end in (("deals", "resolved"), ("customers", "ended")):
        if name in counts:
            counts[name][end] = counts[name][end].fillna(OPEN).astype("int64")
    return WeeklyTables(
        origin=weeks.origin,
        weeks=known,
        baseline_weeks=weeks.baseline,
        fiscal_quarters=weeks.fiscal_quarters(known),
        months=weeks.months(known),
        segments=icp.segment_ids,
        **counts,
    )
