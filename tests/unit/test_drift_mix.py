"""A mix is compared as two samples; distances have their published values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from icp_monitor.config.icp import MaterialEffects
from icp_monitor.drift.distances import distances, psi, psi_critical
from icp_monitor.drift.mix import chi_square, compare_mix, merge_small, permutation_p_value, total_variation
from icp_monitor.drift.plan import Plan

PLAN = Plan(
    segments={},
    attributes=(),
    scored=(),
    segmenting=(),
    horizon_days=120,
    material=MaterialEffects(),
    level=0.90,
    fdr=0.10,
    power=0.80,
    min_maturity=0.5,
)
SIXES = np.array([[16.0, 16, 16, 16, 16, 8], [16, 18, 16, 14, 12, 12]])


def test_chi_square_is_the_test_of_two_samples() -> None:
    """Goodness of fit against the first row would give p .47 where the two samples give .90."""
    found = chi_square(SIXES)
    assert (found.statistic, found.freedom) == (pytest.approx(1.622409, abs=1e-6), 5)
    assert found.p_value == pytest.approx(0.898526, abs=1e-6)


def test_distances_have_their_published_values() -> None:
    found = distances(SIXES[0], SIXES[1], 0.90)
    assert found.hellinger == pytest.approx(0.068128, abs=1e-6)
    assert found.jensen_shannon == pytest.approx(0.0817342, abs=1e-7)
    assert psi(np.array([50.0, 50.0]), np.array([20.0, 80.0])) == pytest.approx(0.4158883083, abs=1e-10)


def test_psi_agrees_with_the_example_of_the_package_toad() -> None:
    rng = np.random.RandomState(1)
    feature, _, base = rng.rand(500), rng.randint(2, size=500), rng.rand(500)
    edges = [-math.inf, 0.3, 0.5, 0.7, math.inf]
    counts = [np.histogram(values, bins=edges)[0].astype(float) for values in (base, feature)]
    assert psi(counts[0], counts[1]) == pytest.approx(0.018630024627491467, rel=1e-9)


def test_hellinger_of_two_normals_is_approached_by_fine_bins() -> None:
    """N(0,1) against N(-2,1): sqrt(1 - exp(-1/2))."""
    edges = np.linspace(-9, 7, 3_201)
    shares = [1e6 * np.diff(stats.norm.cdf(edges, mean)) for mean in (0, -2)]
    assert distances(shares[0], shares[1], 0.90).hellinger == pytest.approx(math.sqrt(1 - math.exp(-0.5)), abs=1e-5)


def test_psi_of_two_samples_of_one_population_exceeds_its_critical_value_as_often_as_stated() -> None:
    """2,000 draws of 200 against 800 deals in 8 categories; 95 %."""
    rng = np.random.default_rng(20260701)
    shares = np.full(8, 1 / 8)
    draws = [(rng.multinomial(800, shares), rng.multinomial(200, shares)) for _ in range(2_000)]
    values = np.array([psi(before.astype(float), after.astype(float)) for before, after in draws])
    assert np.mean(values > psi_critical(800, 200, 8, 0.95)) == pytest.approx(0.05, abs=0.015)


def test_small_cells_are_merged_until_5_are_expected_everywhere() -> None:
    """The three rare categories together still expect 3.7 deals, so the next one joins them."""
    table = np.array([[400.0, 300, 8, 6, 2], [100, 60, 1, 3, 0]])
    assert merge_small(table).tolist() == [[316.0, 400.0], [64.0, 100.0]]


def test_a_table_without_small_cells_stays_as_it_is() -> None:
    assert merge_small(SIXES) is SIXES


def test_the_permutation_test_agrees_with_fishers_exact_test() -> None:
    table = np.array([[57.0, 3], [11, 4]])
    exact = stats.fisher_exact(table).pvalue
    assert permutation_p_value(table) == pytest.approx(exact, abs=0.01)


def test_the_permutation_test_gives_the_same_number_every_time() -> None:
    table = np.array([[57.0, 3, 1], [11, 3, 1]])
    assert permutation_p_value(table) == permutation_p_value(table.copy())


def test_a_tiny_mix_is_tested_by_permutation() -> None:
    found = compare_mix({"a": 200, "b": 4}, {"a": 30, "b": 2}, PLAN)
    assert found.method.startswith("permutation")
    assert found.p_value is not None
    assert 0.05 < found.p_value < 0.5


def test_a_mix_of_one_category_can_not_change() -> None:
    found = compare_mix({"a": 200}, {"a": 50}, PLAN)
    assert (found.change, found.p_value) == (None, None)


def test_a_new_category_is_a_change_from_nothing() -> None:
    found = compare_mix({"a": 300, "b": 100}, {"a": 50, "b": 20, "new": 40}, PLAN)
    assert any(cause.text == "new: 36 % against 0 % (+36.4 points)" for cause in found.causes)
    assert found.change is not None
    assert found.change.low > 0.2


@pytest.mark.parametrize("shift", [0.0, 0.08, 0.20])
def test_the_interval_covers_the_true_distance_as_often_as_it_says(shift: float) -> None:
    """1,000 draws of 200 against 800 deals in 5 categories; a 90 % interval may cover more, not less."""
    rng = np.random.default_rng(20260702)
    before = np.array([0.30, 0.25, 0.20, 0.15, 0.10])
    after = before + shift * np.array([-0.7, 0.4, -0.3, 0.5, 0.1])
    covered = 0
    for _ in range(1_000):
        table = np.array([rng.multinomial(800, before), rng.multinomial(200, after)], dtype=float)
        found = total_variation(table, chi_square(table), 0.90)
        covered += found.low <= shift <= found.high
    assert covered / 1_000 > 0.87


def test_the_interval_excludes_0_just_when_the_test_is_significant_at_half_the_error() -> None:
    rng = np.random.default_rng(20260703)
    agreed = []
    for _ in range(300):
        table = rng.multinomial(300, [0.4, 0.35, 0.25], size=2).astype(float)
        test = chi_square(table)
        agreed.append((total_variation(table, test, 0.90).low > 0) == (test.p_value < 0.05))
    assert all(agreed)


def test_a_closer_fit_than_chance_allows_does_not_prove_stability() -> None:
    """Shares that agree exactly in 40 against 100 deals leave room for a material change."""
    found = compare_mix({"a": 60, "b": 40}, {"a": 24, "b": 16}, PLAN)
    assert found.change is not None
    assert found.change.value == 0
    assert found.change.high > PLAN.material.mix


def test_the_noise_of_a_mix_falls_with_its_size() -> None:
    small = compare_mix({"a": 60, "b": 40}, {"a": 20, "b": 20}, PLAN)
    large = compare_mix({"a": 600, "b": 400}, {"a": 200, "b": 200}, PLAN)
    assert small.precision is not None
    assert large.precision is not None
    assert large.precision.current == pytest.approx(small.precision.current / 10, rel=0.05)
