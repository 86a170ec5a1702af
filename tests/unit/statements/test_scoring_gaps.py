"""What missing values do to tiers, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.scoring.gaps import MEASURES, gap_name, gaps
from icp_monitor.scoring.weights import points_on
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities

Row = Mapping[str, Any]

TODAY = date(2026, 7, 1)
NOW = Asof(TODAY, "as-was", 9, TODAY)
YES = {"type": "category", "match": {"full": ["yes"]}}


@pytest.fixture
def measure(profile: Callable[..., IcpConfig], run: Callable[..., list[Row]]) -> Callable[..., dict[str, Row]]:
    """The gaps of attributes a, b and c worth 60, 30 and 10 points, with the usual tiers."""
    icp = profile(*({"id": name, "weight": weight, **YES} for name, weight in (("a", 6), ("b", 3), ("c", 1))))
    catalogue = catalogue_of(icp)

    def measured(people: list[Row], deals: tuple[Row, ...] = ()) -> dict[str, Row]:
        snapshot = opportunities(catalogue, NOW).subquery("deals")
        pipeline = (
            sa.select(snapshot.c.account_id, sa.func.sum(snapshot.c.amount_minor).label("open_minor"))
            .group_by(snapshot.c.account_id)
            .subquery("pipeline")
        )
        statement = gaps(icp, accounts(catalogue, NOW).subquery("people"), pipeline, points_on(icp, TODAY))
        (row,) = run(catalogue, {"raw_accounts": people, "raw_opportunities": deals}, statement)
        return {name: {measure: row[gap_name(measure, name)] for measure in MEASURES} for name in ("a", "b", "c")}

    return measured


def test_an_account_is_shared_out_over_its_missing_attributes_by_what_they_are_worth(
    measure: Callable[..., dict[str, Row]],
) -> None:
    """Between 60 and 100 points: 30 of the open 40 lie on b, 10 on c, and 250 of pipeline likewise."""
    deal = {"opportunity_id": "o", "account_id": "x", "created_on": date(2026, 5, 1), "amount_minor": 25_000}
    found = measure([{"account_id": "x", "a": "yes"}], ({**deal, "outcome": "open"},))
    assert found["a"] == {"missing": 0, "provisional": 0, "settled": 0, "blocked": 0, "blocked_minor": 0}
    assert found["b"] == {"missing": 1, "provisional": 1, "settled": 1, "blocked": 0.75, "blocked_minor": 18_750}
    assert found["c"] == {"missing": 1, "provisional": 1, "settled": 0, "blocked": 0.25, "blocked_minor": 6_250}


def test_a_missing_value_that_cannot_change_the_tier_holds_nothing_up(measure: Callable[..., dict[str, Row]]) -> None:
    """90 to 100 points are tier 1 either way; 0 to 10 are tier 3."""
    found = measure([{"account_id": "x", "a": "yes", "b": "yes"}, {"account_id": "y", "a": "no", "b": "no"}])
    assert found["c"] == {"missing": 2, "provisional": 0, "settled": 0, "blocked": 0, "blocked_minor": 0}


def test_the_parts_of_all_attributes_make_up_the_accounts_whose_tier_is_open(
    measure: Callable[..., dict[str, Row]],
) -> None:
    answers = ("yes", "no", None)
    people = [{"account_id": f"{a}{b}{c}", "a": a, "b": b, "c": c} for a in answers for b in answers for c in answers]
    found = measure(people)
    # a missing: 9 of them; a=yes, b missing: 3; a=yes, b=yes is tier 1 for sure, a=yes, b=no tier 2; a=no tier 3
    assert sum(gap["blocked"] for gap in found.values()) == pytest.approx(12)
