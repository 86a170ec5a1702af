"""What was spent, and who bears it by each method: from the costs, the activities and the deals of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.metrics.costs import (
    activities_to_place,
    activity_drivers,
    cost_pools,
    costs_to_place,
    opportunity_driver,
    placed,
)
from icp_monitor.pipeline.customer_base import CustomerBase
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.visible import visible
from icp_monitor.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Spending:
    """The costs as each method shares them out, and the method by which figures are shown."""

    by_method: Mapping[str, pd.DataFrame]
    method: str

    @property
    def principal(self) -> pd.DataFrame:
        """The costs as they are shown."""
        return self.by_method[self.method]


def spending(
    warehouse: Warehouse,
    catalogue: Catalogue,
    asof: Asof,
    base: CustomerBase,
    tables: frozenset[str],
    deals: sa.FromClause,
    segments: Sequence[str],
    movements: pd.DataFrame,
    since: int,
) -> Spending:
    """The costs of the months from ``since`` on that were over, by every method whose drivers are known."""
    from icp_monitor.metrics.allocation import allocated, methods_possible, principal
    from icp_monitor.metrics.drivers import drivers_of

    def read(statement: sa.Select[Any]) -> pd.DataFrame:
        frame: pd.DataFrame = warehouse.read(statement).to_pandas()
        return frame

    costs = costs_to_place(visible(catalogue.raw_costs, asof).subquery("known_costs")).subquery("costs")
    pools = read(cost_pools(placed(costs, base.customers, base.versions).subquery("placed_costs"), segments))
    known = pools[pools["month"].between(since, base.last)]
    first = base.last if known.empty else int(known["month"].min())
    worked = _activities(catalogue, asof, base, deals).subquery("worked") if "activities" in tables else None
    drivers = drivers_of(
        read(opportunity_driver(deals, base.customers, first, base.last)),
        None if worked is None else read(activity_drivers(worked, first, base.last)),
        movements,
    )
    methods = methods_possible(drivers)
    return Spending({method: allocated(known, drivers, method) for method in methods}, principal(methods))


def _activities(catalogue: Catalogue, asof: Asof, base: CustomerBase, deals: sa.FromClause) -> sa.Select[Any]:
    known = visible(catalogue.raw_activities, asof).subquery("known_activities")
    return placed(activities_to_place(known, deals).subquery("activities"), base.customers, base.versions)
