"""Revenue, retention, lives, costs and leads are counted alike on every engine, and as plain Python counts them."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.acquisition_cost import starting_revenue
from icp_monitor.metrics.attributes import bucket_keys
from icp_monitor.metrics.best_customers import best_customer_counts
from icp_monitor.metrics.costs import (
    activities_to_place,
    activity_drivers,
    cost_pools,
    costs_to_place,
    opportunity_driver,
    placed,
)
from icp_monitor.metrics.customer_weeks import customer_weeks, stretches_of_subscriptions
from icp_monitor.metrics.funnel import LEVELS, STEPS, funnel_counts, reached_by_accounts, reached_by_leads
from icp_monitor.metrics.lifetime import customer_lives, realised_values
from icp_monitor.metrics.months import number_of
from icp_monitor.metrics.mrr import revenue_movements
from icp_monitor.metrics.retention_rates import retention_counts
from icp_monitor.periods import Window
from icp_monitor.pipeline.customer_base import CustomerBase, customer_base
from icp_monitor.scoring.opportunities import scored_opportunities
from icp_monitor.snapshots.anchors import at_anchor
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities
from icp_monitor.warehouse import Warehouse

pytestmark = pytest.mark.postgres

Engines = Mapping[str, Warehouse]
Row = dict[str, Any]

DAY, HORIZON = date(2026, 3, 2), 120
LAST = number_of(date(2026, 2, 1))
ENDS = [LAST - 6, LAST]
KNOWN = {"known_on": date(2026, 1, 1), "valid_from": date(2026, 1, 1), "assumed": True}
CLOCKS = {"source": "billing", "deleted": False, **KNOWN}
PURPOSES = ("acquisition", "delivery", "service", "rent", None)


def a_day(chance: random.Random) -> date:
    return date(2023, 6, 1) + timedelta(days=chance.randrange(1_000))


def subscription(number: int, chance: random.Random) -> Row:
    started = a_day(chance)
    return {
        **CLOCKS,
        "subscription_id": f"S{number:03d}",
        "account_id": chance.choice(["nobody", None, *(f"A{account:03d}" for account in range(0, 120, 3))]),
        "mrr_minor": chance.choice([None, 0, -5, 1, 99_999_999, chance.randrange(1, 500_000)]),
        "started_on": started,
        "ended_on": chance.choice([None, started + timedelta(days=chance.randrange(500)), date(2027, 1, 1)]),
        "is_trial": chance.choice([None, False, False, True]),
    }


def cost(number: int, chance: random.Random) -> Row:
    return {
        **CLOCKS,
        "cost_id": f"C{number:03d}",
        "month": a_day(chance).replace(day=1),
        "purpose": chance.choice(PURPOSES),
        "segment": chance.choice([None, "fintech-mm", "a segment that was dropped"]),
        "channel": chance.choice([None, "inbound", "partner"]),
        "account_id": chance.choice([None, None, None, f"A{chance.randrange(120):03d}"]),
        "amount_minor": chance.choice([None, -700, chance.randrange(10**9)]),
    }


def activity(number: int, chance: random.Random) -> Row:
    return {
        **CLOCKS,
        "activity_id": f"V{number:03d}",
        "account_id": chance.choice([None, f"A{chance.randrange(120):03d}"]),
        "opportunity_id": chance.choice([None, f"O{chance.randrange(300):03d}"]),
        "occurred_on": a_day(chance),
        "hours": chance.choice([None, 0.25, 1.1, 7.5]),
    }


def lead(number: int, chance: random.Random) -> Row:
    created = a_day(chance)

    def later() -> date | None:
        return chance.choice([None, created + timedelta(days=chance.randrange(-3, 200))])

    return {
        **CLOCKS,
        "lead_id": f"L{number:03d}",
        "account_id": chance.choice([None, "nobody", f"A{chance.randrange(60):03d}"]),
        "opportunity_id": chance.choice([None, f"O{chance.randrange(300):03d}"]),
        "created_on": chance.choice([None, created, created, created]),
        "mql_on": later(),
        "sql_on": later(),
        "converted_on": later(),
    }


ROWS: Mapping[str, tuple[Callable[[int, random.Random], Row], int]] = {
    "raw_subscriptions": (subscription, 260),
    "raw_costs": (cost, 200),
    "raw_activities": (activity, 200),
    "raw_leads": (lead, 250),
}


@dataclass(frozen=True)
class Book:
    """The same books on one engine: where to read, who the customers are, and the scored deals."""

    warehouse: Warehouse
    base: CustomerBase
    deals: sa.FromClause
    catalogue: Catalogue

    def raw(self, name: str) -> sa.Table:
        """A raw table; there is one load, so that nothing in it is superseded."""
        return self.catalogue.named(name).table


@pytest.fixture(scope="session")
def raw() -> dict[str, list[Row]]:
    chance = random.Random(11)
    return {name: [make(number, chance) for number in range(count)] for name, (make, count) in ROWS.items()}


@pytest.fixture(scope="session")
def books(
    engines: Engines, catalogue: Catalogue, icp: IcpConfig, raw: dict[str, list[Row]]
) -> Iterator[dict[str, Book]]:
    asof = Asof(DAY, "as-was", 1, DAY)
    with ExitStack() as stack:
        found = {}
        for name, warehouse in engines.items():
            for table, rows in raw.items():
                warehouse.replace_partition(catalogue.named(table), {"load": 1}, pa.Table.from_pylist(rows))
            snapshot = opportunities(catalogue, asof).subquery("snapshot")
            deals = stack.enter_context(warehouse.computed(scored_opportunities(catalogue, icp, asof, snapshot)))
            where = (warehouse, catalogue, icp, asof, frozenset({"subscriptions"}), deals)
            base = stack.enter_context(customer_base(*where))
            assert base is not None
            found[name] = Book(warehouse, base, deals, catalogue)
        yield found


@pytest.fixture(scope="session")
def agreed(books: dict[str, Book]) -> Callable[[Callable[[Book], sa.Select[Any]]], list[Row]]:
    """The rows of a statement, in order, on which every engine agrees, types included."""

    def run(statement: Callable[[Book], sa.Select[Any]]) -> list[Row]:
        tables = {}
        for name, book in books.items():
            rows = statement(book).subquery("rows")
            in_order = sa.select(rows).order_by(*(column.nulls_first() for column in rows.c))
            tables[name] = book.warehouse.read(in_order)
        for name, table in tables.items():
            assert table.schema == tables["duckdb"].schema, name
            assert table.to_pylist() == tables["duckdb"].to_pylist(), name
        found: list[Row] = tables["duckdb"].to_pylist()
        return found

    return run


Agreed = Callable[[Callable[[Book], sa.Select[Any]]], list[Row]]


def runs(row: Row, month: int) -> bool:
    first = number_of(row["started_on"])
    last = 10**6 if row["ended_on"] is None else number_of(row["ended_on"])
    return first <= month < last


@pytest.fixture(scope="session")
def paid(raw: dict[str, list[Row]]) -> dict[str, dict[int, int]]:
    """What each customer pays in each month from its first on, counted subscription by subscription."""
    real = [
        row
        for row in raw["raw_subscriptions"]
        if row["account_id"] is not None and (row["mrr_minor"] or 0) > 0 and not row["is_trial"]
    ]
    sums: dict[str, dict[int, int]] = {}
    for account in {row["account_id"] for row in real}:
        own = [row for row in real if row["account_id"] == account]
        months = range(min(number_of(row["started_on"]) for row in own), LAST + 1)
        series = {month: sum(row["mrr_minor"] for row in own if runs(row, month)) for month in months}
        started = [month for month, amount in series.items() if amount]
        if started:
            sums[account] = {month: amount for month, amount in series.items() if month >= started[0]}
    return sums


def test_movements_are_those_of_every_customer_and_month(agreed: Agreed, paid: dict[str, dict[int, int]]) -> None:
    first = min(min(series) for series in paid.values())
    found = agreed(lambda book: revenue_movements(book.base.months, first, LAST))
    expected: Counter[tuple[int, str]] = Counter()
    for series in paid.values():
        for month, after in series.items():
            before = series.get(month - 1)
            if before is None:
                name = "new"
            elif not before:
                name = "reactivation" if after else ""
            else:
                name = "churn" if not after else "unchanged"
                name = "upgrade" if after > before else "downgrade" if 0 < after < before else name
            if name:
                expected[month, name] += 1
    counted: Counter[tuple[int, str]] = Counter()
    for row in found:
        counted[row["month"], row["movement"]] += row["n"]
    assert counted == expected
    assert {name for _, name in counted} == {"new", "reactivation", "upgrade", "downgrade", "churn", "unchanged"}


def test_movements_sum_to_the_change_of_revenue_to_the_cent(agreed: Agreed, paid: dict[str, dict[int, int]]) -> None:
    first = min(min(series) for series in paid.values())
    found = agreed(lambda book: revenue_movements(book.base.months, first, LAST))
    for month in range(first, LAST + 1):
        rows = [row for row in found if row["month"] == month]
        now, before = (sum(series.get(at, 0) for series in paid.values()) for at in (month, month - 1))
        assert (sum(row["after_minor"] for row in rows), sum(row["before_minor"] for row in rows)) == (now, before)


def test_retention_follows_the_same_customers_for_a_year(agreed: Agreed, paid: dict[str, dict[int, int]]) -> None:
    found = agreed(lambda book: retention_counts(book.base.months, ENDS))
    for end in ENDS:
        pairs = [(series[end - 12], series[end]) for series in paid.values() if series.get(end - 12)]
        rows = [row for row in found if row["month"] == end]
        sums = {
            name: sum(row[name] for row in rows) for name in ("n", "n_stayed", "start_minor", "kept_minor", "end_minor")
        }
        assert sums == {
            "n": len(pairs),
            "n_stayed": sum(after > 0 for _, after in pairs),
            "start_minor": sum(before for before, _ in pairs),
            "kept_minor": sum(min(pair) for pair in pairs),
            "end_minor": sum(after for _, after in pairs),
        }


def test_a_life_ends_with_the_first_month_without_revenue(agreed: Agreed, paid: dict[str, dict[int, int]]) -> None:
    found = agreed(lambda book: customer_lives(book.base.months, ENDS))
    expected: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for end in ENDS:
        for series in paid.values():
            first = min(series)
            left = next((month for month in sorted(series) if not series[month]), None)
            for month in range(max(first + 1, end - 11), end + 1):
                if left is None or month <= left:
                    cell = expected[end, month - first - 1]
                    cell[0] += 1
                    cell[1] += month == left
                    cell[2] += series[month - 1]
    counted: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in found:
        for place, name in enumerate(("at_risk", "churned", "revenue_minor")):
            counted[row["month"], row["tenure"]][place] += row[name]
    assert counted == expected
    assert any(churned for _, churned, _ in counted.values())


def test_realised_values_hold_the_whole_first_year_of_all_who_began(
    agreed: Agreed, paid: dict[str, dict[int, int]]
) -> None:
    found = agreed(lambda book: realised_values(book.base.months, ENDS))
    for end in ENDS:
        began = [series for series in paid.values() if end - 23 <= min(series) <= end - 11]
        newest = [series for series in began if min(series) > end - 23]
        brought = [sum(series[min(series) + month] for month in range(12)) for series in newest]
        rows = [row for row in found if row["month"] == end]
        assert (sum(row["n"] for row in rows), sum(row["revenue_minor"] for row in rows)) == (
            len(brought),
            sum(brought),
        )


def test_the_median_of_starting_revenue_is_that_of_the_new_customers(
    agreed: Agreed, paid: dict[str, dict[int, int]]
) -> None:
    found = agreed(lambda book: starting_revenue(book.base.months, ENDS))
    for end in ENDS:
        began = sorted(series[min(series)] for series in paid.values() if end - 12 < min(series) <= end)
        (row,) = (row for row in found if (row["month"], row["segment"], row["tier"]) == (end, "company", "all"))
        middle = began[(len(began) - 1) // 2], began[len(began) // 2]
        assert (row["n"], row["low_minor"], row["high_minor"]) == (len(began), *middle)


def test_a_customer_belongs_to_one_place_and_the_buckets_are_of_one_size(agreed: Agreed, paid: dict[str, Any]) -> None:
    found = agreed(lambda book: sa.select(*book.base.customers.c))
    assert {row["account_id"] for row in found} == {*paid}
    assert len(found) == len(paid)
    sizes = Counter(row["bucket"] for row in found)
    assert max(sizes.values()) - min(sizes.values()) <= 1


def test_no_cost_is_lost_on_its_way_to_a_pool(agreed: Agreed, raw: dict[str, list[Row]], icp: IcpConfig) -> None:
    def pools(book: Book) -> sa.Select[Any]:
        costs = costs_to_place(book.raw("raw_costs")).subquery("costs")
        return cost_pools(placed(costs, book.base.customers, book.base.versions).subquery("placed"), icp.segment_ids)

    found = agreed(pools)
    known = [row for row in raw["raw_costs"] if row["amount_minor"] is not None]
    assert sum(row["amount_minor"] for row in found) == sum(row["amount_minor"] for row in known)
    assert {row["purpose"] for row in found} == {"acquisition", "delivery", "service", "fixed"}
    assert {row["cost_segment"] for row in found} == {None, "fintech-mm"}


def test_drivers_count_every_deal_with_a_prospect_and_every_touch_once(agreed: Agreed) -> None:
    first = LAST - 40
    deals = agreed(lambda book: opportunity_driver(book.deals, book.base.customers, first, LAST))
    every = agreed(lambda book: sa.select(book.deals.c.opportunity_id, book.deals.c.account_id, book.deals.c.anchor_on))
    customers = agreed(lambda book: sa.select(book.base.customers.c.account_id, book.base.customers.c.started_on))
    since = {row["account_id"]: row["started_on"] for row in customers}
    sold = [row for row in every if row["anchor_on"] < since.get(row["account_id"], date.max)]
    assert len(sold) < len(every)  # deals with those who are customers already win nobody
    assert sum(row["weight"] for row in deals) == sum(first <= number_of(row["anchor_on"]) <= LAST for row in sold)

    def worked(book: Book) -> sa.Subquery:
        rows = activities_to_place(book.raw("raw_activities"), book.deals).subquery("activities")
        return placed(rows, book.base.customers, book.base.versions).subquery("worked")

    touches = agreed(lambda book: activity_drivers(worked(book), first, LAST))
    each = [row for row in agreed(lambda book: sa.select(*worked(book).c)) if row["segment"] is not None]
    assert sum(row["n"] for row in touches) == sum(number_of(row["created_on"]) <= LAST for row in each)
    assert {row["driver"] for row in touches} == {"selling", "serving"}


@pytest.mark.parametrize("level", LEVELS)
def test_a_skipped_stage_counts_as_reached_and_no_share_is_above_one(agreed: Agreed, level: str) -> None:
    windows = [Window(date(2023, 1, 1), date(2025, 1, 1)), Window(date(2025, 1, 1), date(2026, 7, 1))]

    def reached(book: Book) -> sa.Subquery:
        leads, versions = book.raw("raw_leads"), book.base.versions
        facts = (versions.c.segment, versions.c.tier)
        rows = sa.select(*leads.c, *facts).select_from(at_anchor(leads, versions)).subquery("leads")
        own = reached_by_leads(rows, book.deals).subquery("reached")
        return own if level == "lead" else reached_by_accounts(own, book.deals).subquery("by_account")

    each = agreed(lambda book: sa.select(*reached(book).c))
    found = agreed(lambda book: funnel_counts(reached(book), level, windows, HORIZON, DAY))
    for first, last in STEPS:
        entered = [row for row in each if row[first] is not None]
        watched = [row for row in entered if (DAY - row[first]).days > HORIZON]
        arrived = [row for row in watched if row[last] is not None and (row[last] - row[first]).days <= HORIZON]
        rows = [row for row in found if (row["from_stage"], row["to_stage"]) == (first, last)]
        sums = [sum(row[name] for row in rows) for name in ("n", "n_watched", "n_reached")]
        assert sums == [len(entered), len(watched), len(arrived)]
        assert all(row[last] is None or row[last] >= row[first] for row in entered)
        assert all(row[first] is not None for row in each if row[last] is not None)


def test_a_customer_has_left_when_nothing_was_paid_for_a_month(
    agreed: Agreed, raw: dict[str, list[Row]], paid: dict[str, Any]
) -> None:
    """Day by day, against the merged stretches of each account."""
    origin = date(2025, 1, 6)
    found = agreed(
        lambda book: customer_weeks(
            stretches_of_subscriptions(book.raw("raw_subscriptions"), origin).cte("stretches"), book.base.customers
        )
    )
    expected: Counter[tuple[int, int | None]] = Counter()
    for account in paid:
        own = sorted(
            ((row["started_on"] - origin).days, 10**7 if row["ended_on"] is None else (row["ended_on"] - origin).days)
            for row in raw["raw_subscriptions"]
            if row["account_id"] == account and (row["mrr_minor"] or 0) > 0 and not row["is_trial"]
        )
        own = [(began, ended) for began, ended in own if began < ended]
        latest = own[0][1]
        for began, ended in own[1:]:
            if began > latest + 31:
                break
            latest = max(latest, ended)
        if latest + 31 >= 0:
            expected[own[0][0] // 7, None if latest == 10**7 else (latest + 31) // 7] += 1
    counted: Counter[tuple[int, int | None]] = Counter()
    for row in found:
        counted[row["started"], row["ended"]] += row["n"]
    assert counted == expected
    assert sum(ended is not None for _, ended in expected) > 5


def test_the_best_customers_are_those_who_brought_most_among_those_of_their_year(
    agreed: Agreed, icp: IcpConfig, paid: dict[str, dict[int, int]]
) -> None:
    """Each customer has one value of every attribute; the best tenth of each year is rounded down."""

    def counts(book: Book) -> sa.Select[Any]:
        accounts = book.raw("raw_accounts")
        keys = bucket_keys(icp.attributes, accounts)
        joined = book.base.customers.outerjoin(accounts, accounts.c.account_id == book.base.customers.c.account_id)
        traits = sa.select(book.base.customers.c.account_id, *keys).select_from(joined).subquery("traits")
        return best_customer_counts(book.base.months, traits, icp.attributes, LAST)

    found = agreed(counts)
    years: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for account, series in paid.items():
        first = min(series)
        if first <= LAST - 11:
            years[first // 12].append((-sum(series[first + month] for month in range(12)), account))
    best = {account for ranked in years.values() for _, account in sorted(ranked)[: len(ranked) // 4]}
    industries = {row["account_id"]: row["industry"] for row in agreed(lambda book: accounts_of(book))}
    expected = Counter(
        {"fintech": "fintech", "health": "health", None: "unknown"}.get(industries.get(name), "other") for name in best
    )
    for attribute in icp.attributes:
        rows = [row for row in found if row["attribute"] == attribute.id]
        assert sum(row["n"] for row in rows) == sum(map(len, years.values()))
        assert sum(row["n_quartile"] for row in rows) == len(best)
        assert sum(row["n_decile"] for row in rows) == sum(len(ranked) // 10 for ranked in years.values())
    assert {
        row["value"]: row["n_quartile"] for row in found if row["attribute"] == "industry" and row["n_quartile"]
    } == expected


def accounts_of(book: Book) -> sa.Select[Any]:
    accounts = book.raw("raw_accounts")
    return sa.select(accounts.c.account_id, accounts.c.industry)
