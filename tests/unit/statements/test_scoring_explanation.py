"""An explanation adds up to the score and says what is missing and what that could change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.scoring.contributions import contributions
from icp_monitor.scoring.explanation import Explanation, apportioned, explain
from icp_monitor.scoring.weights import points_on
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.asof import Asof

TODAY = date(2026, 7, 1)
NOW = Asof(TODAY, "as-was", 9, TODAY)
YES = {"type": "category", "match": {"full": ["yes"]}}

Explain = Callable[..., Explanation]


@pytest.fixture
def explained(run: Callable[..., list[Mapping[str, Any]]]) -> Explain:
    """Explains one account."""

    def of(icp: IcpConfig, **values: str | float | None) -> Explanation:
        catalogue = catalogue_of(icp)
        visible = accounts(catalogue, NOW).subquery("accounts")
        statement = contributions(icp, visible, points_on(icp, TODAY))
        (row,) = run(catalogue, {"raw_accounts": [{"account_id": "a1", **values}]}, statement)
        return explain(icp, row, TODAY)

    return of


def test_contributions_come_largest_first_and_add_up_to_the_score(
    profile: Callable[..., IcpConfig], explained: Explain
) -> None:
    icp = profile(*({"id": name, "weight": weight, **YES} for name, weight in (("c", 2), ("b", 4), ("a", 5))))
    explanation = explained(icp, a="yes", b="no", c="yes")
    assert [(part.attribute, part.points) for part in explanation.contributions] == [
        ("a", 45.454546),  # rounded down the two make 63.636363; the last millionth goes to 500/11
        ("c", 18.181818),
        ("b", 0.0),
    ]
    assert explanation.score == 63.636364
    assert explanation.missing == ()
    assert explanation.tier_at_worst == explanation.tier_at_best == explanation.tier == "tier_2"


def test_missing_values_are_named_and_so_are_the_tiers_that_they_leave_open(
    profile: Callable[..., IcpConfig], explained: Explain
) -> None:
    stack = {"id": "stack", "weight": 1, "type": "set", "match": {"any": {"x": 1}}}
    icp = profile({"id": "a", "weight": 7, **YES}, {"id": "b", "weight": 2, **YES}, stack)
    explanation = explained(icp, a="yes")
    assert explanation.missing == ("b", "stack")
    assert (explanation.tier, explanation.tier_certain) == ("tier_1", False)
    assert (explanation.tier_at_worst, explanation.tier_at_best) == ("tier_2", "tier_1")
    by_name = {part.attribute: part for part in explanation.contributions}
    assert (by_name["b"].missing, by_name["b"].match, by_name["b"].points) == (True, None, 10.0)
    assert by_name["stack"].value is None


def test_values_are_shown_as_they_are_known(profile: Callable[..., IcpConfig], explained: Explain) -> None:
    stack = {"id": "stack", "weight": 1, "type": "set", "match": {"any": {"x": 1}}, "absence_means": "no"}
    staff = {"id": "staff", "weight": 1, "type": "number", "match": {"full": [10, None], "soft_to": [0, None]}}
    explanation = explained(profile(stack, staff), stack="|x|y|", staff=5.0)
    shown = {part.attribute: (part.value, part.match) for part in explanation.contributions}
    assert shown == {"stack": (("x", "y"), 1.0), "staff": (5.0, 0.5)}
    absent = explained(profile(stack, staff), stack=None, staff=5.0).contributions[-1]
    assert (absent.attribute, absent.value, absent.missing) == ("stack", (), False)


def test_an_account_without_a_score_has_no_points(profile: Callable[..., IcpConfig], explained: Explain) -> None:
    icp = profile({"id": "a", "weight": 1, **YES}, {"id": "b", "weight": 3, **YES})
    explanation = explained(icp, a="yes")
    assert (explanation.score, explanation.tier) == (None, "unscored")
    assert [(part.attribute, part.points) for part in explanation.contributions] == [("b", None), ("a", None)]


def test_the_knock_outs_that_hold_are_named(profile: Callable[..., IcpConfig], explained: Explain) -> None:
    knockouts = [{"id": "no-go", "when": "a == 'yes'"}, {"id": "other-one", "when": "a == 'no'"}]
    explanation = explained(profile({"id": "a", "weight": 1, **YES}, knockouts=knockouts), a="yes")
    assert (explanation.tier, explanation.score, explanation.knocked_out_by) == ("disqualified", 100.0, ("no-go",))


def test_a_declared_push_is_shown_apart_from_the_weight(profile: Callable[..., IcpConfig], explained: Explain) -> None:
    push = {"attribute": "a", "multiplier": 3, "author": "cmo", "reason": "launch", "expires": "2027-01-01"}
    icp = profile({"id": "a", "weight": 1, **YES}, {"id": "b", "weight": 1, **YES}, strategic_overrides=[push])
    first, second = explained(icp, a="yes", b="yes").contributions
    assert (first.attribute, first.weight, first.multiplier, first.worth) == ("a", 1.0, 3.0, 75.0)
    assert (second.attribute, second.weight, second.multiplier, second.worth) == ("b", 1.0, 1.0, 25.0)


@pytest.mark.parametrize(
    ("points", "score", "parts"),
    [
        ([100 / 3, 100 / 3, 100 / 3], 100.0, (33.333334, 33.333333, 33.333333)),
        ([0.0, 0.0], 0.0, (0.0, 0.0)),
        ([50.0, 30.0], 80.0, (50.0, 30.0)),
    ],
)
def test_what_rounding_leaves_over_goes_to_the_largest_remainders(
    points: list[float], score: float, parts: tuple[float, ...]
) -> None:
    assert apportioned(points, score) == parts
