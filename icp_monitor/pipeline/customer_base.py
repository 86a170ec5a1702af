"""Who the customers are as known on a day, and what each of them pays in every month: read once, then counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.customer_weeks import customer_weeks, stretches_of_revenue, stretches_of_subscriptions
from icp_monitor.metrics.customers import (
    customers,
    first_starts,
    first_wins,
    spans_of_revenue,
    spans_of_subscriptions,
)
from icp_monitor.metrics.months import last_complete, number_of
from icp_monitor.metrics.mrr import customer_months
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.scoring.opportunities import scored_versions
from icp_monitor.snapshots.anchors import Facts, at_anchor
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.visible import visible
from icp_monitor.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd

OF_A_WIN = ("opportunity_id", "account_id", "outcome", "closed_on", "segment", "score")
REVENUE = ("subscriptions", "revenue")  # either tells what customers pay; the first that is mapped does


def mapped_tables(workspace: Workspace) -> frozenset[str]:
    """The tables that some source fills."""
    return frozenset(name for source in workspace.config.sources.sources.values() for name in source.tables)


def last_month(asof: Asof) -> int:
    """The last month that was over on the day, and that the sources tell of to its end."""
    return last_complete(min(asof.as_of, asof.observed_until))


@dataclass(frozen=True)
class CustomerBase:
    """The `customers`, their `customer_months` from the ``first`` to the ``last``, and every scored account version."""

    customers: sa.FromClause
    months: sa.FromClause
    versions: sa.FromClause
    first: int
    last: int


@contextmanager
def customer_base(
    warehouse: Warehouse,
    catalogue: Catalogue,
    icp: IcpConfig,
    asof: Asof,
    tables: frozenset[str],
    deals: sa.FromClause,
    facts: Facts | None = None,
) -> Iterator[CustomerBase | None]:
    """The customers on the day; None where no table tells what they pay, or nobody has paid yet.

    ``deals`` are the scored opportunities known on the day, whose first won one says what a customer was when it came.
    The ``facts`` about accounts stand beside the scores of their versions.
    """
    paid = paid_spans(catalogue, asof, tables)
    first, last = (None if paid is None else _first_month(warehouse, paid)), last_month(asof)
    if paid is None or first is None or first > last:
        yield None
        return
    spans = paid.subquery("spans")
    with ExitStack() as computed:
        scored = scored_versions(catalogue, icp, asof, facts or _nothing_else)
        versions = computed.enter_context(warehouse.computed(scored))
        who = computed.enter_context(warehouse.computed(_customers(spans, versions, deals, last)))
        months = computed.enter_context(warehouse.computed(customer_months(who, spans, first, last)))
        yield CustomerBase(who, months, versions, first, last)


def _nothing_else(_versions: sa.FromClause) -> Sequence[sa.ColumnElement[Any]]:
    return ()


def paid_spans(catalogue: Catalogue, asof: Asof, tables: frozenset[str]) -> sa.Select[Any] | None:
    """What was paid for in which months; None where no source tells."""
    if "subscriptions" in tables:
        return spans_of_subscriptions(visible(catalogue.raw_subscriptions, asof).subquery("known_subscriptions"))
    if "revenue" in tables:
        return spans_of_revenue(visible(catalogue.raw_revenue, asof).subquery("known_revenue"))
    return None


def customers_by_week(
    warehouse: Warehouse,
    catalogue: Catalogue,
    icp: IcpConfig,
    asof: Asof,
    tables: frozenset[str],
    origin: date,
    deals: sa.FromClause,
) -> pd.DataFrame | None:
    """The `customer_weeks` from ``origin`` on; None where no table tells what customers pay."""
    paid, stretches = paid_spans(catalogue, asof, tables), _stretches(catalogue, asof, tables, origin)
    if paid is None or stretches is None:
        return None
    versions = scored_versions(catalogue, icp, asof).subquery("versions")
    last = number_of(min(asof.as_of, asof.observed_until))
    no_tier = sa.cast(sa.null(), sa.Text).label("tier")  # weeks are not told apart by it
    won = sa.select(*(deals.c[name] for name in OF_A_WIN), no_tier).subquery("deals")
    who = _customers(paid.subquery("spans"), versions, won, last).cte("customers")
    frame: pd.DataFrame = warehouse.read(customer_weeks(stretches.cte("stretches"), who)).to_pandas()
    return frame


def _stretches(catalogue: Catalogue, asof: Asof, tables: frozenset[str], origin: date) -> sa.Select[Any] | None:
    if "subscriptions" in tables:
        return stretches_of_subscriptions(visible(catalogue.raw_subscriptions, asof).subquery("paid_for"), origin)
    if "revenue" in tables:
        return stretches_of_revenue(visible(catalogue.raw_revenue, asof).subquery("paid_in"), origin)
    return None


def _first_month(warehouse: Warehouse, paid: sa.Select[Any]) -> int | None:
    spans = paid.subquery("spans")
    rows: list[dict[str, Any]] = warehouse.read(sa.select(sa.func.min(spans.c.first).label("first"))).to_pylist()
    found: int | None = rows[0]["first"]
    return found


def _customers(spans: sa.FromClause, versions: sa.FromClause, deals: sa.FromClause, last: int) -> sa.Select[Any]:
    starts = first_starts(spans, last).subquery("first_starts")
    facts = (versions.c[name] for name in ("segment", "tier", "score"))
    known = sa.select(*starts.c, *facts).select_from(at_anchor(starts, versions)).subquery("known_starts")
    return customers(known, first_wins(deals).subquery("first_wins"))
