"""What holds for every score, whatever the weights, the values and the policies for missing ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.scoring.contributions import contributions
from icp_monitor.scoring.explanation import Explanation, explain
from icp_monitor.scoring.weights import points_on

TODAY = date(2026, 7, 1)
LAST_PLACE = 1.01e-6
laws = settings(deadline=None, max_examples=30)


@dataclass(frozen=True)
class Trait:
    """An attribute whose match is its value: full from 1 up, in a straight line from 0."""

    weight: float
    match: float | None
    policy: str = "neutral"
    prior: float = 0.5

    def described(self, index: int) -> Mapping[str, Any]:
        line = {"type": "number", "match": {"full": [1, None], "soft_to": [0, None]}}
        return {"id": f"x{index}", "weight": self.weight, "missing": self.policy, "prior": self.prior, **line}


SHARES = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
WEIGHTS = st.integers(1, 1000).map(lambda tenths: tenths / 10)
POLICIES = st.sampled_from(["zero", "neutral", "renormalise"])
TRAITS = st.builds(Trait, WEIGHTS, st.none() | SHARES, POLICIES, SHARES)
KNOWN_TRAITS = st.builds(Trait, WEIGHTS, SHARES, POLICIES, SHARES)


def some(traits: st.SearchStrategy[Trait]) -> st.SearchStrategy[list[Trait]]:
    return st.lists(traits, min_size=1, max_size=6)


Match = float | None
Explain = Callable[..., list[Explanation]]


@pytest.fixture(scope="session")
def explained(profile: Callable[..., IcpConfig], run: Callable[..., list[Mapping[str, Any]]]) -> Explain:
    """Scores an account with these traits, or several with other matches; any coverage is enough."""

    def of(traits: Sequence[Trait], *matches: Sequence[Match]) -> list[Explanation]:
        described = [trait.described(index) for index, trait in enumerate(traits)]
        icp = profile(described, scoring={"missing": {"coverage_floor": 0}})
        catalogue = catalogue_of(icp)
        accounts = [
            {"account_id": str(number), **{f"x{index}": match for index, match in enumerate(values)}}
            for number, values in enumerate(matches or [[trait.match for trait in traits]])
        ]
        statement = contributions(icp, catalogue.raw_accounts.table, points_on(icp, TODAY))
        rows = run(catalogue, {"raw_accounts": accounts}, statement)
        return [explain(icp, row, TODAY) for row in sorted(rows, key=lambda row: row["account_id"])]

    return of


def with_match(traits: Sequence[Trait], index: int, match: Match) -> list[Match]:
    return [match if position == index else trait.match for position, trait in enumerate(traits)]


@laws
@given(traits=some(TRAITS))
def test_scores_and_bounds_lie_between_0_and_100_and_the_bounds_hold_the_score(
    explained: Explain, traits: list[Trait]
) -> None:
    (found,) = explained(traits)
    assert 0 <= found.score_low <= found.score_high <= 100
    if found.score is not None:
        assert found.score_low - LAST_PLACE <= found.score <= found.score_high + LAST_PLACE
        if all(trait.policy != "renormalise" for trait in traits):
            assert found.score_low <= found.score <= found.score_high


@laws
@given(traits=some(TRAITS))
def test_only_where_nothing_is_known_and_nothing_assumed_there_is_no_score(
    explained: Explain, traits: list[Trait]
) -> None:
    counts = any(trait.match is not None or trait.policy != "renormalise" for trait in traits)
    (found,) = explained(traits)
    assert (found.score is not None) == counts


@laws
@given(traits=some(TRAITS))
def test_coverage_is_the_known_share_of_the_weight(explained: Explain, traits: list[Trait]) -> None:
    known = sum(trait.weight for trait in traits if trait.match is not None)
    (found,) = explained(traits)
    assert found.coverage == pytest.approx(known / sum(trait.weight for trait in traits), abs=LAST_PLACE)


@laws
@given(traits=some(TRAITS), factor=st.integers(1, 1000))
def test_weights_on_another_scale_give_the_same_bits(explained: Explain, traits: list[Trait], factor: int) -> None:
    scaled = [replace(trait, weight=float(Fraction(str(trait.weight)) * factor / 100)) for trait in traits]
    (first,), (second,) = explained(traits), explained(scaled)
    assert (first.score, first.score_low, first.score_high) == (second.score, second.score_low, second.score_high)
    assert (first.tier, first.coverage) == (second.tier, second.coverage)


@laws
@given(traits=some(KNOWN_TRAITS), better=SHARES, data=st.data())
def test_a_closer_match_never_lowers_the_score(
    explained: Explain, traits: list[Trait], better: float, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(traits) - 1))
    low, high = sorted((traits[index].match or 0.0, better))
    worse, closer = explained(traits, with_match(traits, index, low), with_match(traits, index, high))
    assert worse.score is not None
    assert closer.score is not None
    assert worse.score <= closer.score


@laws
@given(traits=some(TRAITS), learned=SHARES, data=st.data())
def test_learning_a_missing_value_narrows_the_bounds_and_stays_within_them(
    explained: Explain, traits: list[Trait], learned: float, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(traits) - 1))
    before, after = explained(traits, with_match(traits, index, None), with_match(traits, index, learned))
    assert before.score_low <= after.score_low <= after.score_high <= before.score_high
    assert after.score is not None
    assert before.score_low - LAST_PLACE <= after.score <= before.score_high + LAST_PLACE


@laws
@given(traits=some(TRAITS), data=st.data())
def test_the_order_of_the_attributes_does_not_matter_beyond_the_last_place(
    explained: Explain, traits: list[Trait], data: st.DataObject
) -> None:
    (first,), (second,) = explained(traits), explained(data.draw(st.permutations(traits)))
    assert (first.score is None) == (second.score is None)
    assert first.score == pytest.approx(second.score, abs=LAST_PLACE)
    assert (first.score_low, first.score_high) == pytest.approx((second.score_low, second.score_high), abs=LAST_PLACE)


@laws
@given(traits=some(TRAITS))
def test_contributions_add_up_to_the_score_and_none_takes_points_away(explained: Explain, traits: list[Trait]) -> None:
    (found,) = explained(traits)
    if found.score is None:
        assert all(part.points is None for part in found.contributions)
        return
    points = [part.points or 0.0 for part in found.contributions]
    assert min(points) >= 0
    assert sum(Fraction(str(part)) for part in points) == Fraction(str(found.score))
    assert points == sorted(points, reverse=True)


@laws
@given(traits=some(TRAITS))
def test_what_a_full_match_is_worth_adds_up_to_100(explained: Explain, traits: list[Trait]) -> None:
    (found,) = explained(traits)
    assert sum(part.worth for part in found.contributions) == pytest.approx(100, abs=1e-12)


@laws
@given(traits=some(TRAITS))
def test_a_certain_tier_is_the_tier_at_both_bounds(explained: Explain, traits: list[Trait]) -> None:
    (found,) = explained(traits)
    assert found.tier_certain == (found.tier != "unscored" and found.tier_at_worst == found.tier_at_best)
    if found.tier_certain and all(trait.policy != "renormalise" for trait in traits):
        assert found.tier == found.tier_at_worst
