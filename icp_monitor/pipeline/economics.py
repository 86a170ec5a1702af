"""What customers pay, how long they stay and what they cost: the part of ``measure`` about what comes after the win."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.matching import AnyAttribute
from icp_monitor.ledger import RunKey
from icp_monitor.metrics.acquisition_cost import starting_revenue
from icp_monitor.metrics.attributes import bucket_keys, key_name
from icp_monitor.metrics.best_customers import best_customer_counts
from icp_monitor.metrics.funnel import funnel_counts, reached_by_accounts, reached_by_leads
from icp_monitor.metrics.lifetime import REALISED_MONTHS, customer_lives, realised_values
from icp_monitor.metrics.months import YEAR, first_day
from icp_monitor.metrics.mrr import revenue_movements
from icp_monitor.metrics.retention_rates import retention_counts
from icp_monitor.periods import Quarter
from icp_monitor.pipeline.customer_base import CustomerBase, customer_base, last_month
from icp_monitor.pipeline.partitions import of_run, rows_of
from icp_monitor.pipeline.spending import spending
from icp_monitor.scoring.opportunities import scored_versions
from icp_monitor.snapshots.anchors import at_anchor
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.visible import visible
from icp_monitor.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd

    from icp_monitor.metrics.economic_metrics import Period
    from icp_monitor.metrics.group_economics import Costs, Revenue

DATASETS = (
    *("funnel_counts", "revenue_movements", "retention_counts", "customer_lives", "customer_values", "band_metrics"),
    *("best_customers", "cost_allocations", "acquisition_costs", "segment_pnl"),
)
LOOKED_BACK = 3 * YEAR  # months before the first quarter: a year's new customers, their first year, and the lag


@dataclass(frozen=True, eq=False)
class Economics:
    """One run's look at its customers: where it reads, and which quarters it is about."""

    warehouse: Warehouse
    catalogue: Catalogue
    icp: IcpConfig
    asof: Asof
    key: RunKey
    tables: frozenset[str]
    quarters: Sequence[Quarter]
    level: float

    def write(self) -> tuple[dict[str, int], pd.DataFrame]:
        """Write every dataset whose sources are mapped; returns their rows, and those for ``segment_metrics``."""
        from icp_monitor.metrics.economic_metrics import economic_metrics, periods_of

        periods = periods_of(self.quarters, last_month(self.asof))
        found: dict[str, pd.DataFrame] = {}
        if "leads" in self.tables:
            found["funnel_counts"] = self._funnel()
        revenue, costs = self._customers(periods, found)
        counts = {name: self._store(name, frame) for name, frame in found.items() if len(frame)}
        for name in {*DATASETS} - {*counts}:  # which an earlier run of the day may have written
            self.warehouse.drop_partition(self.catalogue.named(name), of_run(self.key))
        funnel = found.get("funnel_counts")
        return counts, economic_metrics(revenue, costs, funnel, periods, self.icp.segment_ids, self.level)

    @property
    def deals(self) -> sa.Subquery:
        """The opportunities that the run has scored."""
        return rows_of(self.catalogue.opportunity_scores, self.key)

    def _customers(
        self, periods: Sequence[Period], found: dict[str, pd.DataFrame]
    ) -> tuple[Revenue | None, Costs | None]:
        """What customers pay and cost; the tables are added to those ``found``."""
        from icp_monitor.metrics.group_economics import Revenue

        where = (self.warehouse, self.catalogue, self.icp, self.asof, self.tables, self.deals)
        with customer_base(*where, partial(bucket_keys, self.icp.attributes)) as base:
            if base is None or not periods:
                return None, None
            ends = [period.end for period in periods]
            tables = {name: self._read(statement) for name, statement in _of_customers(base, ends).items()}
            revenue = Revenue(*tables.values())
            names = ("revenue_movements", "retention_counts", "customer_lives", "customer_values")
            found |= dict(zip(names, tables.values(), strict=False))
            found["best_customers"] = self._read(_of_the_best(base, self.icp.attributes))
            costs = self._costs(base, revenue, ends, found) if "costs" in self.tables else None
        found["band_metrics"] = _bands(revenue, costs, periods, self.level)
        return revenue, costs

    def _costs(
        self, base: CustomerBase, revenue: Revenue, ends: Sequence[int], found: dict[str, pd.DataFrame]
    ) -> Costs:
        import pandas as pd

        from icp_monitor.metrics.acquisition_cost import acquisition_costs
        from icp_monitor.metrics.group_economics import Costs
        from icp_monitor.metrics.pnl import segment_pnl

        movements, segments = revenue.movements, self.icp.segment_ids
        where = (self.warehouse, self.catalogue, self.asof, base, self.tables)
        spent = spending(*where, self.deals, segments, movements, ends[0] - LOOKED_BACK)
        both = sorted({*ends, *(end - REALISED_MONTHS + 1 for end in ends)})
        acquired = acquisition_costs(spent.by_method, movements, both, self._lags())
        methods = (frame.assign(method=method) for method, frame in spent.by_method.items())
        found["cost_allocations"] = pd.concat(methods, ignore_index=True)
        found["acquisition_costs"] = acquired
        found["segment_pnl"] = segment_pnl(movements, spent.principal, spent.method, segments, ends)
        return Costs(spent.method, spent.principal, acquired)

    def _lags(self) -> dict[str, int]:
        from icp_monitor.metrics.acquisition_cost import cycle_lags

        cells = self._read(sa.select(*rows_of(self.catalogue.life_tables, self.key).c))
        return cycle_lags(cells, self.icp.segment_ids, self.icp.horizon_days)

    def _funnel(self) -> pd.DataFrame:
        import pandas as pd

        windows = [quarter.window for quarter in self.quarters]
        deals = self.deals
        versions = scored_versions(self.catalogue, self.icp, self.asof).subquery("versions")
        known = visible(self.catalogue.raw_leads, self.asof).subquery("known_leads")
        begun = sa.select(known).where(known.c.created_on < self.asof.as_of).subquery("begun_leads")
        facts = (versions.c.segment, versions.c.tier)
        leads = sa.select(*begun.c, *facts).select_from(at_anchor(begun, versions)).subquery("leads")
        with self.warehouse.computed(reached_by_leads(leads, deals)) as reached:
            by_account = reached_by_accounts(reached, deals).subquery("reached_by_accounts")
            parts = [
                self._read(funnel_counts(rows, level, windows, self.icp.horizon_days, self.asof.observed_until))
                for level, rows in (("lead", reached), ("account", by_account))
            ]
        return pd.concat(parts, ignore_index=True)

    def _read(self, statement: sa.Select[Any]) -> pd.DataFrame:
        frame: pd.DataFrame = self.warehouse.read(statement).to_pandas()
        return frame

    def _store(self, name: str, frame: pd.DataFrame) -> int:
        import pyarrow as pa

        dataset = self.catalogue.named(name)
        dated = frame.assign(month=[first_day(int(number)) for number in frame["month"]]) if "month" in frame else frame
        ordered = dated.sort_values([*dataset.key], kind="stable", ignore_index=True)
        rows = pa.Table.from_pandas(ordered.assign(**vars(self.key)), preserve_index=False)
        return self.warehouse.replace_partition(dataset, of_run(self.key), rows)


def _of_customers(base: CustomerBase, ends: Sequence[int]) -> Mapping[str, sa.Select[Any]]:
    """The statements that make the tables of `Revenue`, in their order."""
    first = max(base.first, ends[0] - LOOKED_BACK)
    return {
        "movements": revenue_movements(base.months, first, base.last),
        "retention": retention_counts(base.months, ends),
        "lives": customer_lives(base.months, ends),
        "values": realised_values(base.months, ends),
        "starting": starting_revenue(base.months, ends),
    }


def _of_the_best(base: CustomerBase, attributes: Sequence[AnyAttribute]) -> sa.Select[Any]:
    began = sa.select(base.customers.c.account_id, base.customers.c.started_on.label("created_on")).subquery("began")
    keys = (base.versions.c[key_name(attribute)] for attribute in attributes)
    traits = sa.select(began.c.account_id, *keys).select_from(at_anchor(began, base.versions)).subquery("traits")
    return best_customer_counts(base.months, traits, attributes, base.last)


def _bands(revenue: Revenue, costs: Costs | None, periods: Sequence[Period], level: float) -> pd.DataFrame:
    import pandas as pd

    from icp_monitor.metrics.economic_metrics import band_rows

    return pd.DataFrame([row for period in periods for row in band_rows(revenue, costs, period, level)])
