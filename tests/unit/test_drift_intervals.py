"""Intervals agree with statsmodels, and say nothing where nothing was counted."""

from __future__ import annotations

import math

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from icp_monitor.metrics.intervals import Interval, jeffreys, katz, lift, newcombe, normal_quantile, rothman, wilson

COUNTS = [(12, 98), (0, 40), (40, 40), (119, 410), (1, 3)]


def of(won: int, n: int, level: float = 0.90) -> Interval:
    interval = wilson(won, n, level)
    assert interval is not None
    return interval


@pytest.mark.parametrize(("won", "n"), COUNTS)
@pytest.mark.parametrize("level", [0.80, 0.90, 0.95])
def test_wilson_agrees_with_statsmodels(won: int, n: int, level: float) -> None:
    low, high = proportion_confint(won, n, 1 - level, method="wilson")
    interval = of(won, n, level)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize(("won", "n"), [pair for pair in COUNTS if 0 < pair[0] < pair[1]])
def test_jeffreys_agrees_with_statsmodels(won: int, n: int) -> None:
    interval = jeffreys(won, n, 0.90)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx(proportion_confint(won, n, 0.10, method="jeffreys"))


def test_jeffreys_reaches_0_and_1_where_all_deals_end_alike() -> None:
    none, every = jeffreys(0, 12, 0.90), jeffreys(12, 12, 0.90)
    assert none is not None
    assert every is not None
    assert (none.low, every.high) == (0.0, 1.0)
    assert none.high == pytest.approx(1 - every.low)


def test_newcombe_agrees_with_statsmodels() -> None:
    """The example of a fall from 119 of 410 to 12 of 98."""
    difference = newcombe(of(12, 98), of(119, 410))
    low, high = confint_proportions_2indep(12, 98, 119, 410, method="newcomb", compare="diff", alpha=0.10)
    assert (difference.low, difference.high) == pytest.approx((low, high), abs=1e-9)
    assert difference.value == pytest.approx(12 / 98 - 119 / 410)


def test_katz_agrees_with_statsmodels() -> None:
    ratio = katz(40, 100, 60, 300, 0.90)
    assert ratio is not None
    low, high = confint_proportions_2indep(40, 100, 60, 300, method="log", compare="ratio", alpha=0.10)
    assert (ratio.low, ratio.high) == pytest.approx((low, high), rel=1e-9)


def test_an_effective_sample_size_turns_rothman_into_wilson() -> None:
    share = 119 / 410
    assert rothman(share, share * (1 - share) / 410, 410, 0.90) == pytest.approx(of(119, 410))


def test_a_curve_without_variance_is_as_uncertain_as_its_known_deals() -> None:
    assert rothman(0.0, 0.0, 40, 0.90) == of(0, 40)


def test_the_variance_of_a_lift_follows_from_its_gradient() -> None:
    """Delta method done numerically: d log lift / d won, won_rest times the binomial variances."""
    won, n, won_rest, n_rest, step = 40, 100, 60, 300, 1e-5

    def log_lift(x: float, y: float) -> float:
        return math.log((x / n) / ((x + y) / (n + n_rest)))

    by_part = (log_lift(won + step, won_rest) - log_lift(won - step, won_rest)) / (2 * step)
    by_rest = (log_lift(won, won_rest + step) - log_lift(won, won_rest - step)) / (2 * step)
    variance = by_part**2 * won * (n - won) / n + by_rest**2 * won_rest * (n_rest - won_rest) / n_rest
    interval = lift(won, n, won_rest, n_rest, 0.90)
    assert interval is not None
    assert interval.value == pytest.approx(1.6)
    assert math.log(interval.high / interval.value) == pytest.approx(normal_quantile(0.90) * math.sqrt(variance))
    assert interval.high / interval.value == pytest.approx(interval.value / interval.low)


def test_nothing_counted_is_unknown_and_not_0() -> None:
    assert wilson(0, 0, 0.90) is None
    assert jeffreys(0, 0, 0.90) is None
    assert katz(0, 10, 5, 10, 0.90) is None
    assert lift(0, 10, 5, 10, 0.90) is None
