"""What is known of accounts on a day, and on the anchor dates of their deals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.anchors import accounts_at_anchor
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities

Row = Mapping[str, Any]
Run = Callable[..., list[Row]]

JULY = date(2026, 7, 1)
NOW = Asof(JULY, "as-was", 9, JULY)


@pytest.fixture
def icp(profile: Callable[..., IcpConfig]) -> IcpConfig:
    return profile({"id": "size", "weight": 1, "type": "category", "match": {"full": ["large"]}})


def version(load: int, day: date, size: str | None, **more: object) -> Row:
    return {
        "account_id": "x", "load": load, "assumed": load == 1, "known_on": day, "valid_from": day, "size": size, **more
    }  # fmt: skip


def test_an_account_that_was_created_on_the_day_is_not_there_yet(icp: IcpConfig, run: Run) -> None:
    catalogue = catalogue_of(icp)
    known = [
        {"account_id": "old", "created_on": date(2026, 6, 30)},
        {"account_id": "new", "created_on": JULY},
        {"account_id": "undated", "created_on": None},
    ]
    for knowledge in ("as-was", "restated"):
        rows = run(catalogue, {"raw_accounts": known}, accounts(catalogue, Asof(JULY, knowledge, 9, JULY)))
        assert {row["account_id"] for row in rows} == {"old", "undated"}


def test_the_newest_known_version_of_an_account_is_visible(icp: IcpConfig, run: Run) -> None:
    catalogue = catalogue_of(icp)
    tables = {
        "raw_accounts": [
            version(1, date(2026, 1, 1), "small"),
            version(2, date(2026, 3, 1), "medium"),
            version(3, date(2026, 6, 1), None),
        ]
    }
    days = (date(2026, 2, 28), date(2026, 3, 1), JULY)
    sizes = [run(catalogue, tables, accounts(catalogue, Asof(day, "as-was", 9, day)))[0]["size"] for day in days]
    assert sizes == ["small", "medium", None]
    restated = run(catalogue, tables, accounts(catalogue, Asof(days[0], "restated", 9, days[0])))
    assert [row["size"] for row in restated] == [None]


def test_a_version_that_is_known_but_not_yet_valid_is_not_used(icp: IcpConfig, run: Run) -> None:
    catalogue = catalogue_of(icp)
    announced = {**version(2, date(2026, 9, 1), "large"), "known_on": date(2026, 6, 1)}
    tables = {"raw_accounts": [version(1, date(2026, 1, 1), "small"), announced]}
    (row,) = run(catalogue, tables, accounts(catalogue, NOW))
    assert row["size"] == "small"


@pytest.mark.parametrize(
    ("anchor", "size", "known"),
    [
        (date(2025, 12, 31), "small", False),  # before the account's first version, which stands in
        (date(2026, 1, 1), "small", True),
        (date(2026, 2, 28), "small", True),
        (date(2026, 3, 1), "medium", True),
        (date(2026, 4, 1), None, False),  # deleted on that day
        (date(2026, 5, 1), "large", True),
    ],
)
def test_a_deal_sees_its_account_as_it_was_on_the_anchor_date(
    icp: IcpConfig, run: Run, anchor: date, size: str | None, known: bool
) -> None:
    catalogue = catalogue_of(icp)
    tables = {
        "raw_accounts": [
            version(1, date(2026, 1, 1), "small", created_on=date(2026, 1, 1)),
            version(2, date(2026, 3, 1), "medium"),
            version(3, date(2026, 4, 1), None, deleted=True),
            version(4, date(2026, 5, 1), "large"),
        ],
        "raw_opportunities": [{"opportunity_id": "d", "account_id": "x", "outcome": "open", "created_on": anchor}],
    }
    deals = opportunities(catalogue, NOW).subquery("deals")
    (row,) = run(catalogue, tables, accounts_at_anchor(catalogue, icp, NOW, deals))
    assert (row["anchor_on"], row["size"], bool(row["anchor_known"])) == (anchor, size, known)


def test_as_was_a_version_learned_later_is_not_used_even_for_an_earlier_anchor(icp: IcpConfig, run: Run) -> None:
    catalogue = catalogue_of(icp)
    late = {**version(3, date(2026, 4, 1), "large"), "known_on": date(2026, 8, 1)}
    tables = {
        "raw_accounts": [version(1, date(2026, 1, 1), "small"), version(2, date(2026, 2, 1), "medium"), late],
        "raw_opportunities": [
            {"opportunity_id": "d", "account_id": "x", "outcome": "open", "created_on": date(2026, 5, 1)}
        ],
    }
    sizes = {}
    for knowledge in ("as-was", "restated"):
        asof = Asof(JULY, knowledge, 9, JULY)
        deals = opportunities(catalogue, asof).subquery("deals")
        sizes[knowledge] = run(catalogue, tables, accounts_at_anchor(catalogue, icp, asof, deals))[0]["size"]
    assert sizes == {"as-was": "medium", "restated": "large"}


def test_values_of_an_account_without_a_creation_date_are_known_from_the_second_load_on(
    icp: IcpConfig, run: Run
) -> None:
    catalogue = catalogue_of(icp)
    anchors = (date(2026, 4, 30), date(2026, 5, 1))
    first_load = [{"account_id": "x", "size": "large"}]
    another_changed = [{**version(2, anchors[1], "small"), "account_id": "y"}]
    deals = [
        {"opportunity_id": day.isoformat(), "account_id": "x", "outcome": "open", "created_on": day} for day in anchors
    ]
    known = {}
    for name, accounts_rows in (("one load", first_load), ("two loads", first_load + another_changed)):
        tables = {"raw_accounts": accounts_rows, "raw_opportunities": deals}
        snapshot = opportunities(catalogue, NOW).subquery("deals")
        rows = run(catalogue, tables, accounts_at_anchor(catalogue, icp, NOW, snapshot))
        assert [row["size"] for row in rows] == ["large", "large"]
        known[name] = [bool(row["anchor_known"]) for row in rows]
    assert known == {"one load": [False, False], "two loads": [False, True]}


def test_where_loads_disagree_about_time_the_later_load_decides(icp: IcpConfig, run: Run) -> None:
    catalogue = catalogue_of(icp)
    tables = {
        "raw_accounts": [
            version(1, date(2026, 1, 1), "small"),
            version(2, date(2026, 5, 1), "medium"),
            version(3, date(2026, 3, 1), "large"),
        ],
        "raw_opportunities": [
            {"opportunity_id": day.isoformat(), "account_id": "x", "outcome": "open", "created_on": day}
            for day in (date(2026, 2, 1), date(2026, 4, 1), date(2026, 6, 1))
        ],
    }
    deals = opportunities(catalogue, NOW).subquery("deals")
    rows = run(catalogue, tables, accounts_at_anchor(catalogue, icp, NOW, deals))
    assert [(row["opportunity_id"], row["size"]) for row in rows] == [
        ("2026-02-01", "small"),
        ("2026-04-01", "large"),
        ("2026-06-01", "large"),
    ]
