"""Attributes that ratings and detections tell: from the day on which they were told, and never before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from icp_monitor.catalogue import Catalogue, catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.anchors import accounts_at_anchor
from icp_monitor.snapshots.asof import Asof, Fill
from icp_monitor.snapshots.opportunities import opportunities

Row = Mapping[str, Any]
Run = Callable[..., list[Row]]

JULY = date(2026, 7, 1)
FILLS = (Fill("stack", "technologies"), Fill("culture", "ratings"))
NOW = Asof(JULY, "as-was", 9, JULY, fills=FILLS)


@pytest.fixture(scope="module")
def icp(profile: Callable[..., IcpConfig]) -> IcpConfig:
    return profile(
        {"id": "size", "weight": 1, "type": "category", "match": {"full": ["large"]}},
        {"id": "stack", "weight": 1, "type": "set", "family": "technographic", "match": {"any": {"aws": 1.0}}},
        {"id": "culture", "weight": 1, "type": "ordinal", "family": "psychographic", "match": {"gte": 3}},
    )


@pytest.fixture(scope="module")
def catalogue(icp: IcpConfig) -> Catalogue:
    return catalogue_of(icp)


def told(days: Mapping[str, object], **more: object) -> Row:
    (day,) = days.values()
    return {"account_id": "x", "known_on": day, "valid_from": day, **days, **more}


def detection(technology: str, day: date, provider: str = "scan") -> Row:
    return told({"detected_on": day}, technology=technology, provider=provider)


def rating(value: float, day: date, rater: str = "csm-1", **more: object) -> Row:
    return told({"rated_on": day}, attribute="culture", rater=rater, rating=value, **more)


TABLES: Mapping[str, list[Row]] = {
    "raw_accounts": [
        {"account_id": "x", "created_on": date(2025, 1, 1), "size": "small"},
        {"account_id": "x", "size": "large", "load": 2, "assumed": False, "known_on": date(2026, 2, 1),
         "valid_from": date(2026, 2, 1)},
        {"account_id": "y", "created_on": date(2025, 1, 1), "size": "small"},
    ],
    "raw_technologies": [
        detection("sap", date(2026, 3, 1)),
        detection("aws", date(2026, 1, 1)),
        detection("aws", date(2026, 4, 1), "survey"),
    ],
    "raw_ratings": [
        rating(2, date(2026, 1, 15)),
        rating(5, date(2026, 3, 1)),
        rating(4, date(2026, 3, 1), "csm-2"),
        {**rating(1, date(2026, 3, 1), "csm-3"), "attribute": "another"},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("anchor", "size", "stack", "culture"),
    [
        (date(2025, 6, 1), "small", None, None),
        (date(2026, 1, 1), "small", "|aws|", None),
        (date(2026, 1, 31), "small", "|aws|", 2.0),
        (date(2026, 2, 1), "large", "|aws|", 2.0),
        (date(2026, 3, 1), "large", "|aws|sap|", 4.5),
    ],
)
def test_a_deal_sees_what_had_been_detected_and_rated_when_it_began(
    catalogue: Catalogue, icp: IcpConfig, run: Run, anchor: date, size: str, stack: str | None, culture: float | None
) -> None:
    """A rating that was given after the outcome was known says nothing of the deal's chances."""
    deal = {"opportunity_id": "d", "account_id": "x", "outcome": "open", "created_on": anchor}
    deals = opportunities(catalogue, NOW).subquery("deals")
    tables = {**TABLES, "raw_opportunities": [deal]}
    (row,) = run(catalogue, tables, accounts_at_anchor(catalogue, icp, NOW, deals))
    assert (row["size"], row["stack"], row["culture"], bool(row["anchor_known"])) == (size, stack, culture, True)


def test_a_snapshot_has_what_was_told_by_the_day_and_nothing_of_others(catalogue: Catalogue, run: Run) -> None:
    rows = {row["account_id"]: row for row in run(catalogue, TABLES, accounts(catalogue, NOW))}
    assert (rows["x"]["stack"], rows["x"]["culture"], rows["x"]["size"]) == ("|aws|sap|", 4.5, "large")
    assert (rows["y"]["stack"], rows["y"]["culture"], rows["y"]["size"]) == (None, None, "small")
    day = date(2026, 3, 1)  # what happens on the day itself is not seen yet
    rows = {
        row["account_id"]: row
        for row in run(catalogue, TABLES, accounts(catalogue, replace(NOW, as_of=day, observed_until=day)))
    }
    assert (rows["x"]["stack"], rows["x"]["culture"]) == ("|aws|", 2.0)


def test_as_was_a_rating_that_was_entered_later_is_not_known(catalogue: Catalogue, run: Run) -> None:
    late = {**rating(1, date(2026, 6, 1)), "load": 2, "known_on": date(2026, 8, 1), "valid_from": date(2026, 8, 1)}
    tables = {**TABLES, "raw_ratings": [*TABLES["raw_ratings"], late]}
    found = {
        knowledge: next(
            row["culture"]
            for row in run(catalogue, tables, accounts(catalogue, replace(NOW, knowledge=knowledge)))
            if row["account_id"] == "x"
        )
        for knowledge in ("as-was", "restated")
    }
    assert found == {"as-was": 4.5, "restated": 1.0}
