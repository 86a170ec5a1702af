"""Who is a customer, of which segment, and what it pays: as known then, after merges, in any currency."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.months import number_of
from icp_monitor.metrics.mrr import recurring_revenue, revenue_movements
from icp_monitor.metrics.retention_rates import retention_counts
from icp_monitor.pipeline.customer_base import customer_base
from icp_monitor.scoring.opportunities import scored_opportunities
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities
from icp_monitor.warehouse import Warehouse, open_warehouse

DAY = date(2026, 1, 1)
ASOF = Asof(DAY, "as-was", 2, DAY)
Row = dict[str, Any]


@pytest.fixture
def store(tmp_path: Path, catalogue: Catalogue) -> Iterator[Callable[..., Warehouse]]:
    """Fills a warehouse with rows: each is known since its ``known_on``, and comes with load 1 unless it says 2."""
    with open_warehouse(f"file:{tmp_path}/warehouse", catalogue) as warehouse:

        def fill(**tables: list[Row]) -> Warehouse:
            for name, rows in tables.items():
                dataset = catalogue.named(f"raw_{name}")
                for load in (1, 2):
                    own = [_completed(row) for row in rows if row.get("load", 1) == load]
                    if own:
                        warehouse.replace_partition(dataset, {"load": load}, pa.Table.from_pylist(own))
            return warehouse

        yield fill


def _completed(row: Row) -> Row:
    known = row.get("known_on", date(2020, 1, 1))
    clocks = {"source": "crm", "deleted": False, "assumed": row.get("load", 1) == 1}
    return {**clocks, "known_on": known, "valid_from": known, **row}


def account(name: str, employees: float, industry: str = "fintech", **more: Any) -> Row:
    return {"account_id": name, "created_on": date(2020, 1, 1), "industry": industry, "employees": employees, **more}


def paid(name: str, account_id: str, started_on: date, amount: int = 100_00, **more: Any) -> Row:
    return {"subscription_id": name, "account_id": account_id, "started_on": started_on, "mrr_minor": amount, **more}


def won(name: str, account_id: str, created_on: date, closed_on: date) -> Row:
    outcome = {"outcome": "won", "created_on": created_on, "closed_on": closed_on}
    return {"opportunity_id": name, "account_id": account_id, "known_on": created_on, **outcome}


@pytest.fixture
def read(catalogue: Catalogue, icp: IcpConfig) -> Callable[..., list[Row]]:
    """The rows of a statement about the customers of a day."""

    def run(
        warehouse: Warehouse,
        statement: Callable[[Any], sa.Select[Any]],
        asof: Asof = ASOF,
        table: str = "subscriptions",
    ) -> list[Row]:
        snapshot = opportunities(catalogue, asof).subquery("snapshot")
        deals = scored_opportunities(catalogue, icp, asof, snapshot).subquery("deals")
        with customer_base(warehouse, catalogue, icp, asof, frozenset({table}), deals) as base:
            found: list[Row] = [] if base is None else warehouse.read(statement(base)).to_pylist()
        return found

    return run


def who(base: Any) -> sa.Select[Any]:
    return sa.select(*base.customers.c).order_by(base.customers.c.account_id)


def movements(base: Any) -> sa.Select[Any]:
    return revenue_movements(base.months, base.first, base.last)


def test_a_customer_that_changes_its_segment_stays_in_the_one_it_was_won_in(store: Any, read: Any) -> None:
    """A fintech that turns to health later: the retention of fintechs still knows it, that of others never did."""
    warehouse = store(
        accounts=[account("A", 500), account("A", 500, "health", load=2, known_on=date(2025, 3, 1))],
        subscriptions=[paid("S", "A", date(2024, 6, 1))],
    )
    (customer,) = read(warehouse, who)
    assert (customer["segment"], customer["started_on"]) == ("fintech-mm", date(2024, 6, 1))
    kept = read(warehouse, lambda base: retention_counts(base.months, [number_of(date(2025, 12, 1))]))
    assert [(row["segment"], row["n"], row["n_stayed"]) for row in kept] == [("fintech-mm", 1, 1)]


def test_the_first_won_deal_says_what_a_customer_was_and_not_the_day_of_its_first_invoice(
    store: Any, read: Any
) -> None:
    warehouse = store(
        accounts=[account("A", 500), account("A", 500, "health", load=2, known_on=date(2025, 3, 1))],
        opportunities=[
            won("O1", "A", date(2025, 1, 10), date(2025, 4, 1)),
            won("O2", "A", date(2025, 5, 10), date(2025, 6, 1)),
        ],
        subscriptions=[paid("S", "A", date(2025, 4, 15))],
    )
    (customer,) = read(warehouse, who)
    assert customer["segment"] == "fintech-mm"


def test_an_account_that_nothing_is_known_of_is_still_a_customer(store: Any, read: Any) -> None:
    (customer,) = read(store(subscriptions=[paid("S", "A", date(2025, 4, 15))]), who)
    assert (customer["segment"], customer["tier"], customer["band"]) == ("other", "unscored", -1)


def test_what_was_not_known_yet_is_not_counted_unless_the_past_is_restated(store: Any, read: Any) -> None:
    late = paid("S2", "A", date(2025, 5, 1), load=2, known_on=date(2026, 3, 1))
    warehouse = store(subscriptions=[paid("S1", "A", date(2025, 4, 1)), late])
    then, now = (read(warehouse, movements, replace(ASOF, knowledge=knowledge)) for knowledge in ("as-was", "restated"))
    assert [max(row["after_minor"] for row in rows) for rows in (then, now)] == [100_00, 200_00]


def test_what_ends_later_is_still_paid_today_and_what_begins_later_is_not_yet(store: Any, read: Any) -> None:
    warehouse = store(
        subscriptions=[
            paid("S1", "A", date(2025, 4, 1), ended_on=date(2027, 1, 1)),
            paid("S2", "B", date(2026, 2, 1)),
            paid("S3", "C", date(2025, 4, 5), ended_on=date(2025, 4, 25)),
        ]
    )
    assert [row["account_id"] for row in read(warehouse, who)] == ["A"]


def test_merged_accounts_are_one_customer(store: Any, read: Any) -> None:
    gone = {**account("B", 100), "deleted": True, "merged_into": "A", "load": 2, "known_on": date(2025, 6, 1)}
    warehouse = store(
        accounts=[account("A", 500), account("B", 100), gone],
        subscriptions=[paid("S1", "A", date(2025, 4, 1)), paid("S2", "B", date(2025, 2, 1))],
    )
    merged = read(warehouse, who, replace(ASOF, has_merges=True))
    assert [(row["account_id"], row["started_on"]) for row in merged] == [("A", date(2025, 2, 1))]
    before = read(warehouse, who, replace(ASOF, as_of=date(2025, 5, 5), has_merges=True))
    assert [row["account_id"] for row in before] == ["A", "B"]


def test_amounts_in_other_currencies_are_brought_to_one_at_declared_rates(store: Any, read: Any) -> None:
    warehouse = store(
        subscriptions=[
            paid("S1", "A", date(2025, 11, 1), currency="USD"),
            paid("S2", "B", date(2025, 11, 1), currency="EUR"),
            paid("S3", "C", date(2025, 11, 1), currency="XXX"),
        ]
    )
    rows = read(warehouse, movements, replace(ASOF, currency="USD", rates={"EUR": 1.25}))
    last = pd.DataFrame(rows).query("month == month.max()")
    found = recurring_revenue(last)
    assert (found.customers, found.mrr_minor) == (2, 225_00)  # what nobody has a rate for is unknown, not 0 and not 1


def test_monthly_revenue_gives_the_same_movements_as_subscriptions_that_say_the_same(store: Any, read: Any) -> None:
    months = [date(2025, month, 1) for month in range(1, 13)]
    paid_for = dict.fromkeys(months[:4], 10000) | dict.fromkeys(months[6:10], 15000)
    warehouse = store(
        subscriptions=[
            paid("S1", "A", date(2025, 1, 10), 100_00, ended_on=date(2025, 5, 10)),
            paid("S2", "A", date(2025, 7, 1), 150_00, ended_on=date(2025, 11, 1)),
        ],
        revenue=[{"account_id": "A", "month": month, "mrr_minor": amount} for month, amount in paid_for.items()],
    )
    told = ("month", "movement", "n", "before_minor", "after_minor")
    both = [
        sorted(tuple(row[name] for name in told) for row in read(warehouse, movements, table=table))
        for table in ("subscriptions", "revenue")
    ]
    assert both[0] == both[1]
    assert [row[1] for row in both[0] if row[1] != "unchanged"] == ["new", "churn", "reactivation", "churn"]
