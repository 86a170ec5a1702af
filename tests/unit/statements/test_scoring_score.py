"""Scores and tiers worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue, catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.scoring.accounts import account_scores
from icp_monitor.scoring.opportunities import opportunity_scores
from icp_monitor.scoring.weights import points_on, regimes
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities

Row = Mapping[str, Any]
Profile = Callable[..., IcpConfig]
Score = Callable[..., Row]

TODAY = date(2026, 7, 1)
NOW = Asof(TODAY, "as-was", 9, TODAY)
YES_OR_HALF = {"type": "category", "match": {"full": ["yes"], "partial": {"half": 0.5}}}


def attribute(name: str, weight: float, **more: object) -> dict[str, object]:
    return {"id": name, "weight": weight, **YES_OR_HALF, **more}


FIVE_FOUR_TWO = (attribute("a", 5), attribute("b", 4), attribute("c", 2))


def snapshot(catalogue: Catalogue) -> sa.Subquery:
    return opportunities(catalogue, NOW).subquery("snapshot")


@pytest.fixture
def score(run: Callable[..., list[Row]]) -> Score:
    """Scores one account under a profile."""

    def scored(icp: IcpConfig, **values: str | float | None) -> Row:
        catalogue = catalogue_of(icp)
        (row,) = run(
            catalogue,
            {"raw_accounts": [{"account_id": "a1", **values}]},
            account_scores(catalogue, icp, NOW, snapshot(catalogue)),
        )
        return row

    return scored


def test_weights_5_4_2_and_matches_1_half_0_score_63_point_64_and_tier_2(profile: Profile, score: Score) -> None:
    row = score(profile(*FIVE_FOUR_TWO), a="yes", b="half", c="no")
    assert row["score"] == 63.636364
    assert (row["score_low"], row["score_high"], row["coverage"]) == (63.636364, 63.636364, 1.0)
    assert (row["tier"], bool(row["tier_certain"])) == ("tier_2", True)


def test_a_missing_third_value_makes_the_tier_provisional_between_its_bounds(profile: Profile, score: Score) -> None:
    row = score(profile(*FIVE_FOUR_TWO), a="yes", b="half", c=None)
    assert (row["score_low"], row["score_high"]) == (63.636364, 81.818182)
    assert row["score"] == 72.727273  # the neutral policy counts half of the two weights
    assert (row["tier"], bool(row["tier_certain"])) == ("tier_2", False)


@pytest.mark.parametrize(
    ("points", "tier"), [(80, "tier_1"), (79.9999, "tier_2"), (60, "tier_2"), (59.9999, "tier_3"), (0, "tier_3")]
)
def test_a_cut_belongs_to_the_tier_above_it(profile: Profile, score: Score, points: float, tier: str) -> None:
    row = score(profile(attribute("hit", points), attribute("miss", 100 - points)), hit="yes", miss="no")
    assert (row["score"], row["tier"]) == (points, tier)


@pytest.mark.parametrize(("policy", "expected"), [("zero", 60.0), ("neutral", 70.0), ("renormalise", 100.0)])
def test_each_policy_counts_a_missing_value_in_its_own_way(
    profile: Profile, score: Score, policy: str, expected: float
) -> None:
    icp = profile(attribute("a", 6), attribute("b", 4, missing=policy, prior=0.25))
    row = score(icp, a="yes", b=None)
    assert row["score"] == expected
    assert (row["score_low"], row["score_high"]) == (60.0, 100.0)


def test_an_attribute_follows_the_profiles_policy_unless_it_has_its_own(profile: Profile, score: Score) -> None:
    icp = profile(
        attribute("a", 6), attribute("b", 2), attribute("c", 2, missing="zero"),
        scoring={"missing": {"default": "renormalise"}},
    )  # fmt: skip
    assert score(icp, a="yes")["score"] == 75.0  # 6 of 6 + 2


def test_below_the_coverage_floor_there_is_no_score(profile: Profile, score: Score) -> None:
    icp = profile(attribute("a", 6), attribute("b", 4))
    at_floor, below = score(icp, a="yes"), score(icp, b="yes")
    assert (at_floor["tier"], at_floor["coverage"]) == ("tier_1", 0.6)
    assert (below["tier"], below["score"], below["coverage"]) == ("unscored", None, 0.4)
    assert (below["score_low"], below["score_high"], bool(below["tier_certain"])) == (40.0, 100.0, False)


def test_with_nothing_known_there_is_no_score_even_without_a_floor(profile: Profile, score: Score) -> None:
    icp = profile(attribute("a", 1), scoring={"missing": {"default": "renormalise", "coverage_floor": 0}})
    row = score(icp, a=None)
    assert (row["score"], row["tier"]) == (None, "unscored")


def test_a_knock_out_disqualifies_but_the_score_stays_visible(profile: Profile, score: Score) -> None:
    icp = profile(attribute("a", 1), knockouts=[{"id": "rival", "when": "a in ['yes']"}])
    hit, spared, unknown = score(icp, a="yes"), score(icp, a="half"), score(icp, a=None)
    assert (hit["tier"], hit["score"], bool(hit["tier_certain"])) == ("disqualified", 100.0, True)
    assert spared["tier"] == "tier_3"
    assert unknown["tier"] == "unscored"


def test_a_candidate_without_weight_is_not_scored_but_can_be_asked_for_in_rules(profile: Profile, score: Score) -> None:
    segments = [{"id": "tracked", "name": "Tracked", "when": "candidate == 'yes'", "priority": 1}]
    row = score(profile(attribute("a", 1), attribute("candidate", 0), segments=segments), a="yes", candidate="yes")
    assert (row["score"], row["coverage"], row["segment"]) == (100.0, 1.0, "tracked")


def test_the_first_rule_by_priority_names_the_segment_and_unknown_is_no_match(profile: Profile, score: Score) -> None:
    icp = profile(
        attribute("a", 1),
        {"id": "staff", "weight": 1, "type": "number", "match": {"full": [1, None]}},
        segments=[
            {"id": "large", "name": "Large", "when": "staff >= 500", "priority": 2},
            {"id": "wanted", "name": "Wanted", "when": "a == 'yes' and staff >= 100", "priority": 1},
            {"id": "unsure", "name": "Unsure", "when": "not (staff < 10)", "priority": 3},
            {"id": "blank", "name": "Blank", "when": "staff is null", "priority": 4},
            {"id": "gone", "name": "Gone", "when": "a == 'no'", "priority": 5, "lifecycle": "retired"},
        ],
    )
    assert score(icp, a="yes", staff=600.0)["segment"] == "wanted"
    assert score(icp, a="no", staff=600.0)["segment"] == "large"
    assert score(icp, a="no", staff=20.0)["segment"] == "unsure"
    assert score(icp, a="yes", staff=None)["segment"] == "blank"
    assert score(icp, a="no", staff=5.0)["segment"] == "other"


def test_an_override_multiplies_a_weight_up_to_its_day_of_expiry(profile: Profile) -> None:
    push = {"attribute": "b", "multiplier": 4, "author": "cmo", "reason": "launch", "expires": "2026-03-01"}
    icp = profile(attribute("a", 3), attribute("b", 1), strategic_overrides=[push])
    assert points_on(icp, date(2026, 2, 28)) == {"a": pytest.approx(300 / 7), "b": pytest.approx(400 / 7)}
    assert points_on(icp, date(2026, 3, 1)) == {"a": 75.0, "b": 25.0}
    assert [(regime.start, regime.end) for regime in regimes(icp)] == [
        (date.min, date(2026, 3, 1)),
        (date(2026, 3, 1), date.max),
    ]


def test_a_deal_is_scored_with_the_weights_of_its_anchor_date(profile: Profile, run: Callable[..., list[Row]]) -> None:
    push = {"attribute": "b", "multiplier": 3, "author": "cmo", "reason": "launch", "expires": "2026-03-01"}
    icp = profile(attribute("a", 1), attribute("b", 1), strategic_overrides=[push])
    catalogue = catalogue_of(icp)
    deals = [
        {"opportunity_id": name, "account_id": "x", "outcome": "open", "created_on": day}
        for name, day in (("before", date(2026, 2, 28)), ("after", date(2026, 3, 1)))
    ]
    tables = {"raw_accounts": [{"account_id": "x", "a": "no", "b": "yes"}], "raw_opportunities": deals}
    rows = run(catalogue, tables, opportunity_scores(catalogue, icp, NOW, snapshot(catalogue)))
    assert {row["opportunity_id"]: row["score"] for row in rows} == {"before": 75.0, "after": 50.0}


def test_a_deal_without_a_known_account_is_other_and_unscored_and_all_is_possible(
    profile: Profile, run: Callable[..., list[Row]]
) -> None:
    icp = profile(attribute("a", 1))
    catalogue = catalogue_of(icp)
    deal = {"opportunity_id": "d", "outcome": "open", "created_on": date(2026, 1, 1)}
    deals = [{**deal, "account_id": "nobody"}, {**deal, "opportunity_id": "e", "account_id": None}]
    rows = run(catalogue, {"raw_opportunities": deals}, opportunity_scores(catalogue, icp, NOW, snapshot(catalogue)))
    assert [row["opportunity_id"] for row in rows] == ["d", "e"]
    for row in rows:
        assert (row["segment"], row["tier"], row["coverage"]) == ("other", "unscored", 0.0)
        assert (row["score"], row["score_low"], row["score_high"]) == (None, 0.0, 100.0)
        assert not row["tier_certain"]
        assert not row["anchor_known"]


def test_a_population_is_the_best_that_an_account_has_reached(profile: Profile, run: Callable[..., list[Row]]) -> None:
    icp = profile(attribute("a", 1))
    catalogue = catalogue_of(icp)
    accounts = [{"account_id": name, "a": "yes"} for name in ("customer", "pipeline", "beaten", "quiet", "tomorrow")]
    closed = {"created_on": date(2026, 1, 1), "closed_on": date(2026, 2, 1)}
    deals = [
        {"opportunity_id": "1", "account_id": "customer", "outcome": "won", **closed},
        {"opportunity_id": "2", "account_id": "customer", "outcome": "open", "created_on": date(2026, 5, 1)},
        {"opportunity_id": "3", "account_id": "pipeline", "outcome": "won", **closed, "closed_on": TODAY},
        {"opportunity_id": "4", "account_id": "beaten", "outcome": "lost", **closed},
        {"opportunity_id": "5", "account_id": "tomorrow", "outcome": "open", "created_on": TODAY},
    ]
    statement = account_scores(catalogue, icp, NOW, snapshot(catalogue))
    rows = run(catalogue, {"raw_accounts": accounts, "raw_opportunities": deals}, statement)
    assert {row["account_id"]: row["population"] for row in rows} == {
        "customer": "customer",
        "pipeline": "pipeline",
        "beaten": "prospect",
        "quiet": "prospect",
        "tomorrow": "prospect",
    }


def test_the_statements_have_the_columns_of_their_datasets(profile: Profile) -> None:
    icp = profile(attribute("a", 1))
    catalogue = catalogue_of(icp)
    provenance = {"run_set", "as_of", "icp_version", "config_hash", "code_version", "knowledge"}
    for statement, dataset in (
        (account_scores(catalogue, icp, NOW, snapshot(catalogue)), catalogue.account_scores),
        (opportunity_scores(catalogue, icp, NOW, snapshot(catalogue)), catalogue.opportunity_scores),
    ):
        names = [column.name for column in statement.selected_columns]
        assert names == [name for name in dataset.columns if name not in provenance]
