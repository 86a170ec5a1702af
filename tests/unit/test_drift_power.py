"""What could have been found, and how many more deals would settle it."""

from __future__ import annotations

import math

import pytest
from statsmodels.stats.power import NormalIndPower

from icp_monitor.drift.comparison import Precision
from icp_monitor.drift.family import q_values
from icp_monitor.drift.power import minimum_detectable_effect, more_opportunities
from icp_monitor.metrics.intervals import normal_quantile

SHARE_VARIANCE = 0.28 * 0.72


def win_rate(n: float, n_baseline: float) -> Precision:
    return Precision(SHARE_VARIANCE / n_baseline, SHARE_VARIANCE / n)


@pytest.mark.parametrize(("n", "points"), [(60, 0.18), (150, 0.115), (400, 0.07)])
def test_the_smallest_detectable_change_of_a_28_percent_win_rate(n: int, points: float) -> None:
    """80 % power, one look at 95 %, a baseline of four quarters."""
    found = minimum_detectable_effect(win_rate(n, 4 * n), material=0.0, level=0.95, power=0.80)
    assert found == pytest.approx(points, abs=0.003)


@pytest.mark.parametrize("n", [60, 150, 400])
def test_the_smallest_detectable_change_agrees_with_statsmodels(n: int) -> None:
    theirs = NormalIndPower().solve_power(nobs1=n, ratio=4, alpha=0.10, power=0.80)
    found = minimum_detectable_effect(win_rate(n, 4 * n), material=0.0, level=0.90, power=0.80)
    assert found / math.sqrt(SHARE_VARIANCE) == pytest.approx(theirs, rel=1e-4)


def test_a_change_must_be_material_to_be_called_however_many_deals_there_are() -> None:
    found = minimum_detectable_effect(win_rate(1e9, 1e9), material=0.05, level=0.90, power=0.80)
    assert found == pytest.approx(0.05, abs=1e-4)


def test_relative_changes_are_detected_on_the_log_scale() -> None:
    found = minimum_detectable_effect(Precision(0.001, 0.004, ratio=True), material=0.15, level=0.90, power=0.80)
    error = math.sqrt(0.005)
    least = max(normal_quantile(0.90) * error, math.log(1.15))
    assert math.log1p(found) == pytest.approx(least + 0.8416212 * error)


@pytest.mark.parametrize("change", [-0.06, 0.01, 0.09])
def test_with_the_deals_that_it_asks_for_the_interval_settles_the_matter(change: float) -> None:
    z, n = normal_quantile(0.90), 150
    more = more_opportunities(change, 0.05, win_rate(n, 1_000), n, z)
    assert more is not None
    half = z * math.sqrt(SHARE_VARIANCE / (n + more) + SHARE_VARIANCE / 1_000)
    settled = half < abs(change) if abs(change) >= 0.05 else abs(change) + half < 0.05
    assert settled or more == 1


def test_a_baseline_too_small_can_not_be_made_up_for() -> None:
    assert more_opportunities(0.045, 0.05, win_rate(150, 600), 150, normal_quantile(0.90)) is None


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    """The example of their paper (1995): fifteen p-values of which four are rejected at .05."""
    p_values = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
        0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
    ]  # fmt: skip
    assert sum(q is not None and q <= 0.05 for q in q_values(p_values)) == 4


def test_units_without_a_test_are_not_in_the_family() -> None:
    assert q_values([None, 0.03, None]) == (None, 0.03, None)
    assert q_values([]) == ()
