"""History of the source, merged accounts, amounts in other currencies: what a snapshot makes of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from icp_monitor.catalogue import Catalogue, catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.anchors import accounts_at_anchor
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities
from icp_monitor.snapshots.visible import visible

Row = Mapping[str, Any]
Run = Callable[..., list[Row]]

JULY = date(2026, 7, 1)
NOW = Asof(JULY, "as-was", 9, JULY, has_account_history=True, has_merges=True)
PULLED_ON = date(2026, 6, 1)


@pytest.fixture(scope="module")
def catalogue(profile: Callable[..., IcpConfig]) -> Catalogue:
    return catalogue_of(profile({"id": "size", "weight": 1, "type": "category", "match": {"full": ["large"]}}))


@pytest.fixture(scope="module")
def icp(profile: Callable[..., IcpConfig]) -> IcpConfig:
    return profile({"id": "size", "weight": 1, "type": "category", "match": {"full": ["large"]}})


def account(size: str, load: int = 1, day: date = date(2025, 1, 1), **more: object) -> Row:
    clocks = {"load": load, "assumed": load == 1, "known_on": day, "valid_from": day}
    return {"account_id": "x", "created_on": date(2025, 1, 1), "size": size, **clocks, **more}


def past(day: date, size: str | None, load: int = 1, known_on: date | None = None) -> Row:
    since = known_on or day
    clocks = {"load": load, "assumed": load == 1, "known_on": since, "valid_from": since}
    return {"account_id": "x", "changed_on": day, "size": size, **clocks}


def deal(created_on: date, account_id: str = "x", opportunity_id: str = "d", **more: object) -> Row:
    return {
        "opportunity_id": opportunity_id, "account_id": account_id, "outcome": "open", "created_on": created_on, **more
    }  # fmt: skip


@pytest.mark.parametrize(
    ("anchor", "size", "known"),
    [
        (date(2025, 2, 1), "small", True),  # what the source says of the time before its first change
        (date(2025, 3, 1), "medium", True),
        (date(2025, 8, 31), "medium", True),
        (date(2025, 9, 1), None, True),  # it changed to unknown
        (date(2026, 3, 1), "large", True),
        (date(2026, 6, 15), "huge", True),  # pulled later than the source's history reaches
    ],
)
def test_a_deal_sees_its_account_as_the_source_recorded_it(
    catalogue: Catalogue, icp: IcpConfig, run: Run, anchor: date, size: str | None, known: bool
) -> None:
    """An attribute that was refreshed after the outcome never feeds the score of a deal from before it."""
    tables = {
        "raw_accounts": [account("large"), account("huge", load=2, day=date(2026, 6, 10))],
        "raw_account_history": [
            past(date(1900, 1, 1), "small"),
            past(date(2025, 3, 1), "medium"),
            past(date(2025, 9, 1), None),
            past(date(2026, 3, 1), "large"),
        ],
        "raw_opportunities": [deal(anchor)],
    }
    deals = opportunities(catalogue, NOW).subquery("deals")
    (row,) = run(catalogue, tables, accounts_at_anchor(catalogue, icp, NOW, deals))
    assert (row["size"], bool(row["anchor_known"])) == (size, known)


def test_before_the_sources_own_history_its_first_version_stands_in_and_says_so(
    catalogue: Catalogue, icp: IcpConfig, run: Run
) -> None:
    tables = {
        "raw_accounts": [account("large")],
        "raw_account_history": [past(date(2025, 6, 1), "medium")],
        "raw_opportunities": [deal(date(2025, 2, 1))],
    }
    deals = opportunities(catalogue, NOW).subquery("deals")
    (row,) = run(catalogue, tables, accounts_at_anchor(catalogue, icp, NOW, deals))
    assert (row["size"], bool(row["anchor_known"])) == ("medium", False)


def test_an_account_without_history_keeps_what_the_pulls_say(catalogue: Catalogue, icp: IcpConfig, run: Run) -> None:
    tables = {
        "raw_accounts": [account("large"), {**account("small"), "account_id": "y"}],
        "raw_account_history": [past(date(2025, 3, 1), "medium")],
        "raw_opportunities": [deal(date(2025, 2, 1), "y")],
    }
    deals = opportunities(catalogue, NOW).subquery("deals")
    (row,) = run(catalogue, tables, accounts_at_anchor(catalogue, icp, NOW, deals))
    assert (row["size"], bool(row["anchor_known"])) == ("small", True)


@pytest.mark.parametrize(("day", "size"), [(date(2025, 3, 1), "small"), (date(2025, 3, 2), "medium"), (JULY, "huge")])
def test_a_snapshot_of_accounts_has_the_values_of_its_day(catalogue: Catalogue, run: Run, day: date, size: str) -> None:
    tables = {
        "raw_accounts": [account("large"), account("huge", load=2, day=date(2026, 6, 10))],
        "raw_account_history": [past(date(1900, 1, 1), "small"), past(date(2025, 3, 1), "medium")],
    }
    asof = replace(NOW, as_of=day, observed_until=day)
    (row,) = run(catalogue, tables, accounts(catalogue, asof))
    assert row["size"] == size


def test_history_that_was_learned_later_is_not_known_before(catalogue: Catalogue, icp: IcpConfig, run: Run) -> None:
    tables = {
        "raw_accounts": [account("large")],
        "raw_account_history": [
            past(date(2025, 1, 1), "small"),
            past(date(2025, 3, 1), "medium", load=2, known_on=date(2026, 8, 1)),
        ],
        "raw_opportunities": [deal(date(2025, 4, 1))],
    }
    sizes = {}
    for knowledge in ("as-was", "restated"):
        asof = replace(NOW, knowledge=knowledge)
        deals = opportunities(catalogue, asof).subquery("deals")
        sizes[knowledge] = run(catalogue, tables, accounts_at_anchor(catalogue, icp, asof, deals))[0]["size"]
    assert sizes == {"as-was": "small", "restated": "medium"}


def merged(account_id: str, into: str, load: int, day: date) -> Row:
    row = account("", load=load, day=day, account_id=account_id, deleted=True, merged_into=into)
    return {**row, "size": None, "created_on": None}


def accounts_named(*names: str) -> list[Row]:
    return [{**account("large"), "account_id": name} for name in names]


def test_trap_5_08_records_of_a_merged_account_belong_to_the_one_that_took_its_place(
    catalogue: Catalogue, run: Run
) -> None:
    """A merge of duplicates in mid-quarter leaves totals unchanged: nothing is lost and nothing is counted twice."""
    tables = {
        "raw_accounts": [
            *accounts_named("a", "b", "c", "x"),
            merged("a", "b", 2, date(2026, 6, 1)),
            merged("b", "c", 3, date(2026, 6, 8)),  # a merge of a merge
        ],
        "raw_opportunities": [deal(date(2026, 1, 1), name, f"d-{name}") for name in "abcx"],
    }
    rows = run(catalogue, tables, opportunities(catalogue, NOW))
    assert {row["opportunity_id"]: row["account_id"] for row in rows} == {
        "d-a": "c", "d-b": "c", "d-c": "c", "d-x": "x"
    }  # fmt: skip
    before = replace(NOW, as_of=date(2026, 6, 5))
    rows = run(catalogue, tables, opportunities(catalogue, before))
    assert {row["opportunity_id"]: row["account_id"] for row in rows} == {
        "d-a": "b", "d-b": "b", "d-c": "c", "d-x": "x"
    }  # fmt: skip
    assert {row["account_id"] for row in run(catalogue, tables, accounts(catalogue, NOW))} == {"c", "x"}


def test_as_was_a_merge_is_not_known_before_it_happened(catalogue: Catalogue, run: Run) -> None:
    tables = {
        "raw_accounts": [*accounts_named("a", "b"), merged("a", "b", 2, date(2026, 8, 1))],
        "raw_opportunities": [deal(date(2026, 1, 1), "a")],
    }
    found = {
        knowledge: run(catalogue, tables, opportunities(catalogue, replace(NOW, knowledge=knowledge)))
        for knowledge in ("as-was", "restated")
    }
    assert {name: rows[0]["account_id"] for name, rows in found.items()} == {"as-was": "a", "restated": "b"}


def test_accounts_that_were_merged_in_a_circle_end_somewhere(catalogue: Catalogue, run: Run) -> None:
    tables = {
        "raw_accounts": [merged("a", "b", 1, date(2026, 1, 1)), merged("b", "a", 1, date(2026, 1, 1))],
        "raw_opportunities": [deal(date(2026, 1, 1), "a")],
    }
    (row,) = run(catalogue, tables, opportunities(catalogue, NOW))
    assert row["account_id"] in ("a", "b")


def test_other_tables_follow_merges_too(catalogue: Catalogue, run: Run) -> None:
    month = {"month": date(2026, 1, 1), "currency": "USD", "mrr_minor": 100}
    tables = {
        "raw_accounts": [*accounts_named("a", "b"), merged("a", "b", 2, date(2026, 6, 1))],
        "raw_revenue": [{"account_id": name, **month} for name in "ab"],
    }
    rows = run(catalogue, tables, visible(catalogue.raw_revenue, NOW))
    assert [(row["account_id"], row["mrr_minor"]) for row in rows] == [("b", 100), ("b", 100)]


def amount(minor: int | None, currency: str | None, name: str) -> Row:
    log = None if minor is None else round(math.log(minor / 100) * 1e9)
    square = None if minor is None else round(math.log(minor / 100) ** 2 * 1e9)
    logs = {"log_amount": log, "log_amount_squared": square}
    return deal(date(2026, 1, 1), opportunity_id=name, amount_minor=minor, currency=currency, **logs)


def test_trap_5_10_amounts_are_brought_to_the_companys_currency_at_declared_rates(
    catalogue: Catalogue, run: Run
) -> None:
    """Markets move, the declared rate doesn't: the same deals in another currency are no change of contract value."""
    tables = {
        "raw_opportunities": [
            amount(100_000, "USD", "own"),
            amount(100_000, "EUR", "foreign"),
            amount(100_000, "JPY", "without a rate"),
            amount(100_000, None, "of no currency"),
            amount(None, "EUR", "unknown"),
            amount(1_01, "EUR", "small"),
        ]
    }
    asof = replace(NOW, currency="USD", rates={"EUR": 1.085})
    rows = {row["opportunity_id"]: row for row in run(catalogue, tables, opportunities(catalogue, asof))}
    assert {name: row["amount_minor"] for name, row in rows.items()} == {
        "own": 100_000,
        "foreign": 108_500,
        "without a rate": None,
        "of no currency": None,
        "unknown": None,
        "small": 110,  # 1.09585 rounded to cents
    }
    foreign = rows["foreign"]
    assert foreign["log_amount"] == pytest.approx(math.log(1_085) * 1e9, abs=2)
    assert foreign["log_amount_squared"] == pytest.approx(math.log(1_085) ** 2 * 1e9, abs=3)
    assert rows["without a rate"]["log_amount"] is None
