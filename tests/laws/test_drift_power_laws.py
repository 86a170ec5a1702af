"""Laws of the score's and the attributes' power: what may not change them, and which way they must move."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from icp_monitor.drift.bootstrap import bootstrap
from icp_monitor.drift.economics import relative_change
from icp_monitor.drift.homogeneity import Counts, homogeneity
from icp_monitor.metrics.discrimination import auc, slope
from icp_monitor.metrics.life_table import Floats
from icp_monitor.metrics.tenure import Tenure, lifetime_value

laws = settings(deadline=None, max_examples=60)
numbers = st.lists(st.integers(0, 30), min_size=4, max_size=4)
pairs = st.tuples(numbers, numbers)


def floats(*rows: list[int]) -> list[np.ndarray]:
    return [np.array(row, dtype=np.float64) for row in rows]


@laws
@given(pairs)
def test_won_and_lost_change_places_around_one_half(counts: tuple[list[int], list[int]]) -> None:
    won, lost = floats(*counts)
    there, back = auc(won, lost), auc(lost, won)
    assert (there is None) == (back is None)
    if there and back:
        assert there.value + back.value == pytest.approx(1)
        assert there.variance == pytest.approx(back.variance)


@laws
@given(pairs, st.integers(2, 9))
def test_more_deals_of_the_same_kind_leave_the_area_and_narrow_its_range(
    counts: tuple[list[int], list[int]], times: int
) -> None:
    won, lost = floats(*counts)
    few, many = auc(won, lost), auc(won * times, lost * times)
    assume(few is not None)
    assert few is not None
    assert many is not None
    assert many.value == pytest.approx(few.value)
    assert many.variance <= few.variance / times * 1.001


@laws
@given(pairs, st.integers(0, 2), st.integers(1, 9))
def test_a_won_deal_that_scores_higher_raises_the_area(
    counts: tuple[list[int], list[int]], band: int, moved: int
) -> None:
    won, lost = floats(*counts)
    moved = min(moved, int(won[band]))
    higher = won.copy()
    higher[band] -= moved
    higher[band + 1] += moved
    before, after = auc(won, lost), auc(higher, lost)
    if before and after:
        assert after.value >= before.value - 1e-12


@laws
@given(pairs, st.floats(0.1, 10))
def test_a_score_on_another_scale_has_its_slope_on_that_scale(
    counts: tuple[list[int], list[int]], factor: float
) -> None:
    won, lost = floats(*counts)
    points = np.arange(4, dtype=np.float64) * 10
    one, other = slope(points, won, lost), slope(points * factor, won, lost)
    assert (one is None) == (other is None)
    if one and other:
        assert other.value * factor == pytest.approx(one.value, rel=1e-4, abs=1e-8)
        assert other.variance * factor**2 == pytest.approx(one.variance, rel=1e-4)


@laws
@given(st.lists(st.tuples(st.integers(20, 200), st.integers(20, 200)), min_size=2, max_size=5))
def test_the_order_of_values_and_who_is_called_baseline_do_not_matter(sizes: list[tuple[int, int]]) -> None:
    rng = np.random.default_rng(len(sizes))
    n0, n1 = (np.array(side, dtype=np.float64) for side in zip(*sizes, strict=True))
    w0, w1 = (rng.binomial(n.astype(int), 0.4).astype(np.float64) for n in (n0, n1))
    found = homogeneity(Counts(n0, w0, n1, w1))
    assume(found is not None)
    assert found is not None
    order = rng.permutation(len(sizes))
    shuffled = homogeneity(Counts(n0[order], w0[order], n1[order], w1[order]))
    swapped = homogeneity(Counts(n1, w1, n0, w0))
    assert shuffled is not None
    assert swapped is not None
    assert shuffled.test.statistic == pytest.approx(found.test.statistic, rel=1e-9, abs=1e-9)
    assert swapped.test.statistic == pytest.approx(found.test.statistic, rel=1e-6, abs=1e-6)
    assert swapped.excess == pytest.approx(-found.excess, rel=1e-6, abs=1e-9)


def _mean(sums: Floats) -> Floats:
    """Currency by account, of the sums: money, accounts."""
    return np.asarray(sums[..., 0] / sums[..., 1])


@laws
@given(st.floats(0.01, 100), st.integers(0, 1_000))
def test_money_in_another_currency_changes_no_relative_change(rate: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sums = [np.column_stack([rng.lognormal(8, 1, 30), rng.poisson(90, 30) + 1]) for _ in "ab"]
    exchanged = [item * np.array([rate, 1]) for item in sums]
    plain, other = ([bootstrap(item, _mean, seed=1) for item in side] for side in (sums, exchanged))
    changes = [
        relative_change(side[0], side[1], 0.90)
        for side in (plain, other)
        if side[0] is not None and side[1] is not None
    ]
    one, two = changes
    assert one is not None
    assert two is not None
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high), rel=1e-9)


@laws
@given(st.lists(st.tuples(st.integers(1, 90), st.floats(0, 1)), min_size=3, max_size=12), st.floats(0, 0.1))
def test_longer_horizons_are_worth_more_and_discounts_less(rows: list[tuple[int, float]], discount: float) -> None:
    at_risk = np.array([n for n, _ in rows], dtype=np.float64)
    churned = np.array([int(n * share) for n, share in rows], dtype=np.float64)
    tenure = Tenure(at_risk, churned, at_risk * 50)
    values = [lifetime_value(tenure, months) for months in range(1, len(rows) + 1)]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(values))
    assert values[-1] <= 50 * len(rows) + 1e-9
    assert lifetime_value(tenure, len(rows), discount) <= values[-1] + 1e-9
