"""The sums over candidate starts, the Shiryaev-Roberts sum and its alarms, on numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from icp_monitor.drift.sequential.bets import CHANNELS, Bet
from icp_monitor.drift.sequential.calibration import Calibration
from icp_monitor.drift.sequential.episodes import alarms, begins
from icp_monitor.drift.sequential.evidence import Evidence, symmetric
from icp_monitor.drift.sequential.shifts import Shift, against_the_rest, joined
from icp_monitor.drift.sequential.shiryaev_roberts import (
    company_path,
    differences_path,
    segment_paths,
    shares_path,
)
from icp_monitor.drift.sequential.starts import Starts
from icp_monitor.drift.sequential.thresholds import GRID, threshold_for

CERTAIN = 1e12  # a baseline so long that it is known


def column(*values: float) -> np.ndarray:
    return np.array(values).reshape(-1, 1)


def known_baseline(u: np.ndarray, v: np.ndarray) -> Evidence:
    units = u.shape[1:]
    return symmetric(u, v, np.zeros(units), np.full(units, CERTAIN))


def test_the_shiryaev_roberts_sum_of_two_weeks_by_hand() -> None:
    """With θ = -1, u = (-1, -2) and v = 1: Λ of the second week alone is e^1.5, of both e^2; R₁ = e^0.5."""
    path = segment_paths(known_baseline(column(-1, -2), column(1, 1)), Bet((1.0,), down=1.0))
    assert np.exp(path.log_evidence[:, 0]) == pytest.approx([math.e**0.5, math.e**1.5 + math.e**2])
    assert path.lag[:, 0].tolist() == [1, 2]


def test_the_recursion_of_shiryaev_and_roberts_holds_where_the_baseline_is_known() -> None:
    """R of a known alternative follows R = (1 + R before) · Λ of the week."""
    rng = np.random.default_rng(4)
    u, v = rng.normal(0, 1, (20, 1)), np.ones((20, 1))
    path = segment_paths(known_baseline(u, v), Bet((0.5,), down=0.0))
    expected = 0.0
    for look in range(20):
        expected = (1 + expected) * math.exp(0.5 * u[look, 0] - 0.125)
        assert math.exp(path.log_evidence[look, 0]) == pytest.approx(expected, rel=1e-6)


def test_stakes_are_shared_between_sizes_and_directions() -> None:
    path = segment_paths(known_baseline(column(0.0), column(2.0)), Bet((1.0, 2.0), down=0.9))
    assert np.exp(path.log_evidence[0, 0]) == pytest.approx((math.e**-1 + math.e**-4) / 2)


def test_a_rise_is_bet_on_only_after_the_patience_of_the_bet() -> None:
    evidence = known_baseline(np.full((3, 1), 5.0), np.ones((3, 1)))
    patient = segment_paths(evidence, Bet((1.0,), down=0.5, patience=3)).log_evidence[:, 0]
    assert patient[1] < 0 < patient[2]


def test_a_ramp_weighs_the_weeks_since_its_start_with_1_2_3_52nds() -> None:
    evidence = Evidence(column(1, 2, 4), column(1, 1, 1), column(1, 1, 1), *(np.zeros(1),) * 3)
    sums = Starts(evidence).sums(3, "ramp")
    assert sums.ru[0, 0] == pytest.approx((1 * 1 + 2 * 2 + 3 * 4) / 52)
    assert sums.rrv[0, 0] == pytest.approx((1 + 4 + 9) / 52**2)
    assert sums.rrrk[0, 0] == pytest.approx((1 + 8 + 27) / 52**3)


def test_a_ramp_is_complete_after_52_weeks() -> None:
    evidence = symmetric(np.ones((60, 1)), np.ones((60, 1)), np.zeros(1), np.ones(1))
    assert Starts(evidence).sums(60, "ramp").ru[0, 0] == pytest.approx(sum(range(1, 53)) / 52 + 8)


def test_quiet_weeks_make_the_baseline_longer() -> None:
    """Baseline V₀ = 3; 1 quiet week, then 2 weeks with U = 2: g = 2/6, U* = 4 - 4·2/6, V* = 2 - 2·2/6."""
    evidence = symmetric(column(0, 2, 2), column(1, 1, 1), np.zeros(1), np.full(1, 3.0))
    starts = Starts(evidence)
    shift = joined(starts.sums(2, "step"), evidence, starts.totals)
    assert (shift.u[-1, 0], shift.v[-1, 0]) == pytest.approx((4 - 4 * 2 / 6, 2 - 2 * 2 / 6))


def test_the_baselines_own_luck_is_no_change() -> None:
    """A level that is off by the same in every week, before and after, leaves no shift at all."""
    v = np.full((10, 1), 2.0)
    evidence = symmetric(0.7 * v, v, np.full(1, 0.7 * 40), np.full(1, 40.0))
    starts = Starts(evidence)
    assert joined(starts.sums(4, "step"), evidence, starts.totals).u == pytest.approx(0.0, abs=1e-9)


def test_what_the_rest_shows_too_is_taken_off_as_far_as_it_is_known() -> None:
    """Two alike segments with U = V = 4 and a wide prior: the rest says 1, the segment says no more."""
    both = Shift(np.full((1, 2), 4.0), np.full((1, 2), 4.0), np.zeros((1, 2)))
    assert against_the_rest(both, spread=1e6).u == pytest.approx(0.0, abs=1e-6)
    assert against_the_rest(both, spread=1e-6).u == pytest.approx(4.0)


def test_a_segment_without_a_rest_allows_for_all_that_the_company_may_move() -> None:
    """The common shift's variance 0.01 joins the estimate's 1/3: v = 1 / (1/3 + 0.01), u / v stays 4/3."""
    alone = Shift(np.full((1, 1), 4.0), np.full((1, 1), 3.0), np.ones((1, 1)))
    kept = against_the_rest(alone, spread=0.1)
    assert kept.v[0, 0] == pytest.approx(1 / (1 / 3 + 0.01))
    assert kept.u[0, 0] / kept.v[0, 0] == pytest.approx(4 / 3)


def test_one_segments_fall_is_not_the_companys() -> None:
    """All six falling a little is the company's change; one falling as much as all six together is its own."""
    bet, v = Bet((0.3,), down=1.0), np.full((20, 6), 4.0)
    all_fall = company_path(known_baseline(-0.3 * v, v), bet).log_evidence[-1, 0]
    u = np.zeros((20, 6))
    u[:, 2] = -0.3 * v.sum(1)
    one_falls = company_path(known_baseline(u, v), bet).log_evidence[-1, 0]
    assert all_fall > 15 > 3 > one_falls


def test_the_mix_is_judged_by_pearsons_statistic() -> None:
    """Λ = (1 + τ²v)^(-f/2) exp(X²/2 · τ²v / (1 + τ²v)), X² against a known baseline of shares .5, .3, .2."""
    p, counts = np.array([0.5, 0.3, 0.2]), np.array([40.0, 35.0, 25.0])
    v = 100 * p * (1 - p)
    evidence = Evidence(
        (counts - 100 * p)[None],
        v[None],
        (v * (1 - 2 * p))[None],
        np.zeros(3),
        *(CERTAIN * part for part in (v, v * (1 - 2 * p))),
    )
    square, known = ((counts - 100 * p) ** 2 / (100 * p)).sum(), 0.04 * v.sum() / 2
    log_ratio = square / 2 * known / (1 + known) - np.log1p(known)
    assert shares_path(evidence, Bet((0.2,))).log_evidence[0, 0] == pytest.approx(log_ratio, rel=1e-6)


def test_values_that_move_together_have_lost_no_power() -> None:
    v = np.full((12, 4), 9.0)
    together = differences_path(known_baseline(0.5 * v, v), Bet((0.3,))).log_evidence[-1, 0]
    apart = differences_path(known_baseline(0.5 * v * [1, -1, 1, -1], v), Bet((0.3,))).log_evidence[-1, 0]
    assert together < 3 < 20 < apart


def test_an_alarm_stays_on_until_the_evidence_has_fallen_tenfold() -> None:
    path = column(4.0, 5.1, 4.0, 2.8, 2.6, 4.9, 5.2)
    on = alarms(path, 5.0)
    assert on[:, 0].tolist() == [False, True, True, True, False, False, True]
    assert np.flatnonzero(begins(on)).tolist() == [1, 6]


def test_the_threshold_of_an_exponential_tail_is_found_beyond_the_last_alarm() -> None:
    """1,000 e^(5 - h) alarms in 2,000 years: one in 2,000 years needs h = 5 + ln 1,000."""
    counts = np.round(1000 * np.exp(5 - GRID))
    assert threshold_for(counts, 2000, 1 / 2000) == pytest.approx(5 + math.log(1000), abs=0.1)


def test_the_channels_of_every_company_share_the_budget_and_no_more() -> None:
    """Attributes and customers, which not every company has, take theirs from the others' (`thresholds_within`)."""
    everywhere = (channel for channel in CHANNELS if channel.metric not in ("attribute_power", "retention"))
    assert sum(channel.share for channel in everywhere) == pytest.approx(1.0)


def test_a_calibration_survives_its_json() -> None:
    calibration = Calibration(0.7, {"acv/segment": 6.25}, 2000, 7, won_amounts_only=True)
    assert Calibration.from_json(calibration.as_json()) == calibration
