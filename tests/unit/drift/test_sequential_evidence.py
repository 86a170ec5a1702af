"""What a week says about a unit, on numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from icp_monitor.catalogue.units import LOG_SCALE
from icp_monitor.drift.clusters import account_size
from icp_monitor.drift.sequential.amounts import amount_evidence, amount_residuals
from icp_monitor.drift.sequential.clustering import design_effects, outcome_correlation
from icp_monitor.drift.sequential.deals import Deals, deals_of
from icp_monitor.drift.sequential.odds import WinOdds
from icp_monitor.drift.sequential.outcomes import Outcomes, score_evidence, win_evidence
from icp_monitor.drift.sequential.power import attribute_outcomes
from icp_monitor.drift.sequential.resolutions import cycle_evidence, resolutions
from icp_monitor.drift.sequential.seasons import Season, shrunk
from icp_monitor.drift.sequential.shares import Counts, created_counts, mix_evidence
from icp_monitor.drift.weekly import OPEN, WeeklyTables

DEALS = ["segment", "created", "resolved", "outcome", "band", "n"]
EMPTY = {
    "amounts": ["segment", "resolved", "outcome", "bin", "n", "log_amount"],
    "created_values": ["created", "attribute", "value", "n"],
    "resolved_values": ["resolved", "attribute", "value", "band", "age", "n", "n_won"],
    "accounts": ["segment", "n", "n_won", "accounts"],
}


def tables(deals: list[tuple[object, ...]], **frames: pd.DataFrame) -> WeeklyTables:
    parts = {name: pd.DataFrame(columns=columns) for name, columns in EMPTY.items()} | frames
    return WeeklyTables(
        origin=date(2025, 1, 6),
        weeks=6,
        baseline_weeks=4,
        fiscal_quarters=(1,) * 6,
        segments=("a", "b"),
        deals=pd.DataFrame(deals, columns=DEALS),
        **parts,
    )


def outcomes(deals: Deals, p: list[float], z: list[float]) -> Outcomes:
    odds = WinOdds(np.zeros(7), np.zeros(1), Season.none(), np.ones(1), 0.0, 1.0)
    return Outcomes(deals, np.array(p), np.array(z), odds, baseline_weeks=1, weeks=2, segments=1)


def deals(resolved: list[int], won: list[int], n: list[float]) -> Deals:
    whole = np.zeros(len(won), dtype=np.int64)
    return Deals(whole, whole, np.array(resolved), np.array(won, float), whole, np.array(n))


def test_a_weeks_win_evidence_is_observed_minus_expected_wins_with_bernoulli_variance_and_skewness() -> None:
    evidence = win_evidence(outcomes(deals([0, 1, 1], [1, 1, 0], [1, 2, 3]), [0.5, 0.2, 0.4], [0, 0, 0]))
    assert evidence.u0 == pytest.approx([0.5])
    assert evidence.u == pytest.approx(np.array([[2 * 0.8 - 3 * 0.4]]))
    assert evidence.v == pytest.approx(np.array([[2 * 0.16 + 3 * 0.24]]))
    assert evidence.k == pytest.approx(np.array([[2 * 0.16 * 0.6 + 3 * 0.24 * 0.2]]))


def test_score_evidence_weighs_each_surprise_with_the_centred_score() -> None:
    evidence = score_evidence(outcomes(deals([1, 1], [1, 0], [1, 1]), [0.5, 0.5], [2.0, -1.0]))
    assert evidence.u == pytest.approx(np.array([[2 * 0.5 + 1 * 0.5]]))
    assert evidence.v == pytest.approx(np.array([[4 * 0.25 + 1 * 0.25]]))


def test_amounts_are_judged_by_their_logarithms_in_the_segments_standard_deviations() -> None:
    """Logs 1 and 3 in the baseline have mean 2; a week with one amount of log 3 adds (3 - 2) / s² and 1 / s²."""
    amounts = pd.DataFrame(
        [("a", week, "lost", 0, 1, log * LOG_SCALE) for week, log in ((0, 1.0), (1, 3.0), (4, 3.0))],
        columns=EMPTY["amounts"],
    )
    residuals = amount_residuals(tables([], amounts=amounts))
    evidence = amount_evidence(residuals)
    assert residuals.variance[0] == pytest.approx(1.0)
    assert evidence.u[:, 0] == pytest.approx([1.0, 0.0])
    assert evidence.v[:, 0] == pytest.approx([1.0, 0.0])


def test_an_amount_beyond_the_baselines_percentiles_counts_as_the_percentile() -> None:
    rows = [("a", 0, "lost", 0, 1, log * LOG_SCALE) for log in np.linspace(9, 11, 200)]
    amounts = pd.DataFrame([*rows, ("a", 4, "lost", 0, 1, 30 * LOG_SCALE)], columns=EMPTY["amounts"])
    residuals = amount_residuals(tables([], amounts=amounts))
    assert residuals.residual[-1] == pytest.approx(residuals.residual[:-1].max())


def test_amounts_of_won_deals_alone_are_judged_on_request() -> None:
    rows = [("a", week, outcome, 0, 1, 2e9) for week in (0, 4) for outcome in ("won", "lost")]
    amounts = pd.DataFrame(rows, columns=EMPTY["amounts"])
    assert amount_residuals(tables([], amounts=amounts), won_only=True).n.sum() == 2
    assert amount_residuals(tables([], amounts=amounts)).n.sum() == 4


def test_expected_resolutions_equal_the_observed_ones_over_the_baseline() -> None:
    rows = [("a", week, week + 1, "lost", 0, 3) for week in range(5)] + [("a", 0, OPEN, "open", 0, 4)]
    counts = resolutions(deals_of(tables(rows)), np.ones(6, dtype=np.int64), 4, 2)
    assert counts.observed[:4, 0].tolist() == [0, 3, 3, 3]
    assert counts.expected[:4, 0].sum() + 0.5 == pytest.approx(9.5, rel=0.02)
    assert cycle_evidence(counts).u[0, 0] == pytest.approx(
        (counts.observed[4, 0] - counts.expected[4, 0]) / counts.dispersion
    )


def test_a_deal_is_at_risk_from_its_creation_to_its_resolution() -> None:
    """One deal, created in week 1 and resolved in week 3: only weeks 1 to 3 expect anything."""
    counts = resolutions(deals_of(tables([("a", 1, 3, "won", 0, 1)])), np.ones(6, dtype=np.int64), 4, 2)
    assert (counts.expected[:, 0] > 0).tolist() == [False, True, True, True, False, False]


def test_mix_evidence_is_the_count_beyond_the_baselines_share() -> None:
    n = np.array([[6.0, 4.0], [6.0, 4.0], [9.0, 1.0]])
    evidence = mix_evidence(Counts("size", ("s", "m"), n, baseline_weeks=2))
    assert evidence.u == pytest.approx(np.array([[3.0, -3.0]]))
    assert evidence.v == pytest.approx(np.array([[2.4, 2.4]]))
    assert evidence.v0 == pytest.approx([4.8, 4.8])


def test_rare_values_are_taken_together() -> None:
    values = pd.DataFrame(
        [(0, "size", value, n) for value, n in (("s", 50), ("m", 30), ("l", 15), ("xl", 10))],
        columns=EMPTY["created_values"],
    )
    (counts,) = created_counts(tables([], created_values=values), deals_of(tables([])))[-1:]
    assert counts.values == ("m", "s", "(other values)")
    assert counts.n[0].tolist() == [30, 50, 25]


def test_an_unknown_value_is_no_part_of_the_mix() -> None:
    values = pd.DataFrame(
        [(0, "size", "s", 50), (0, "size", "m", 30), (1, "size", None, 99)], columns=EMPTY["created_values"]
    )
    counts = created_counts(tables([], created_values=values), deals_of(tables([])))[-1]
    assert counts.n.sum() == 80


def test_each_value_of_an_attribute_is_held_against_its_own_baseline() -> None:
    rows = [(week, "size", value, 10, 2, 20, won) for week in range(6) for value, won in (("s", 10), ("m", 4))]
    found = attribute_outcomes(
        tables([], resolved_values=pd.DataFrame(rows, columns=EMPTY["resolved_values"])), np.ones(6, dtype=np.int64)
    )
    assert [attribute.names for attribute in found] == [("m", "s")]
    assert win_evidence(found[0].outcomes).u == pytest.approx(np.zeros((2, 2)), abs=0.5)


def test_the_intraclass_correlation_of_accounts_that_always_end_alike_is_1() -> None:
    accounts = pd.DataFrame({"segment": "a", "n": [4, 4], "n_won": [4, 0], "accounts": [30, 70]})
    assert outcome_correlation(accounts) == pytest.approx(1.0)
    assert design_effects(accounts, ("a", "b")) == pytest.approx([4.0, 1.0])


def test_the_intraclass_correlation_by_hand() -> None:
    """Pairs, 2 both won, 4 split, 2 both lost: MSB = 2 · 4 · ¼ / 7 = 2/7 · 1, MSW = 4 · ½ / 8, rho = 1/15."""
    accounts = pd.DataFrame({"segment": "a", "n": 2, "n_won": [2, 1, 0], "accounts": [2, 4, 2]})
    between, within = 2 * 4 * 0.25 / 7, 4 * 0.5 / 8
    assert outcome_correlation(accounts) == pytest.approx((between - within) / (between + within))


def test_accounts_with_one_deal_each_leave_the_variance_alone() -> None:
    accounts = pd.DataFrame({"segment": "a", "n": 1, "n_won": [0, 1], "accounts": [50, 50]})
    assert design_effects(accounts, ("a",)) == pytest.approx([1.0])
    assert account_size(accounts) == 1.0


def test_an_account_is_as_large_as_a_deal_finds_it() -> None:
    """One account with 3 deals and one with 1: three deals of four are in an account of 3."""
    assert account_size(pd.DataFrame({"n": [3, 1], "accounts": [1, 1]})) == pytest.approx((9 + 1) / 4)


def test_quarters_that_differ_no_more_than_noise_are_not_a_season() -> None:
    assert shrunk(np.array([0.1, -0.1, 0.1, -0.1]), np.full(4, 0.02)) == pytest.approx(np.zeros(4))


def test_quarters_that_differ_far_more_than_noise_keep_nearly_their_shift() -> None:
    """Scatter 4 · 0.01 / 0.0001 = 400 with 3 degrees of freedom: 1 - 3/400 of it is kept."""
    kept = shrunk(np.array([0.1, -0.1, 0.1, -0.1]), np.full(4, 0.0001))
    assert kept == pytest.approx(np.array([0.1, -0.1, 0.1, -0.1]) * (1 - 3 / 400))


def test_a_quarter_without_data_has_no_season() -> None:
    season = Season.estimated(np.array([9.0, -9.0]), np.array([10.0, 10.0]), np.array([0, 3]))
    assert season.quarters.values[2:].tolist() == [0.0, 0.0]
    assert season.quarters.values[0] > 0
    assert season.months.values.tolist() == [0.0, 0.0, 0.0]


def test_the_months_of_a_quarter_that_was_seen_are_those_of_one_that_was_not() -> None:
    """Sales close at the end of a quarter: what one quarter shows of its months is expected of every other."""
    season = Season.estimated(np.array([-30.0, -30.0, 60.0]), np.full(3, 100.0), np.array([3, 4, 5]))
    second, third = (season.at(quarter * 3 + np.arange(3)) for quarter in (1, 2))
    assert second == pytest.approx([-0.3, -0.3, 0.6], abs=0.03)
    assert third == pytest.approx(second)


def test_a_deal_resolved_after_the_last_known_week_is_still_open() -> None:
    assert deals_of(tables([("a", 0, 7, "won", 0, 1)])).resolved.tolist() == [OPEN]


def test_a_deal_entered_after_its_resolution_has_age_0() -> None:
    late = replace(deals([1], [1], [1]), created=np.array([3]))
    assert late.age.tolist() == [0]
