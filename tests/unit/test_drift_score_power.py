"""The score's power to tell winners from losers: published and hand-computed values, and what moves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from icp_monitor.config.icp import MaterialEffects
from icp_monitor.drift.cohort import CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.family import survives
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.score_power import compare_score_power
from icp_monitor.drift.verdicts import decide
from icp_monitor.metrics.discrimination import Slope, auc, calibration_slope, slope
from icp_monitor.periods import Window

PLAN = Plan({}, (), (), (), 90, MaterialEffects(), 0.90, 0.10, 0.80, 0.5)
WINDOW = Window(date(2026, 1, 1), date(2026, 4, 1))
EMPTY = Cohort(
    WINDOW,
    date(2026, 8, 1),
    date(2026, 8, 1),
    90,
    pd.DataFrame(columns=[*CELL_KEYS, *CELL_SUMS]),
    pd.DataFrame(columns=["attribute", "value", "n", "n_won"]),
    1.0,
)


def cohort(rows: list[tuple[str, int, int, int]]) -> Cohort:
    return replace(EMPTY, scores=pd.DataFrame(rows, columns=["segment", "band", "won", "lost"]))


def compare(before: Cohort, after: Cohort, keys: tuple[str, ...] = ("segment",)) -> Comparison:
    return compare_score_power(before, after, keys, PLAN)


def draw(rng: np.random.Generator, n: int, steepness: float, segment: str = "a", rate: float = -1.0) -> Cohort:
    """Deals with scores of 20 to 99, the log-odds of winning rising by ``steepness`` a point from ``rate`` at 60."""
    score = rng.integers(20, 100, n)
    won = rng.random(n) < 1 / (1 + np.exp(-rate - steepness * (score - 60)))
    counts = pd.DataFrame({"segment": segment, "band": score // 5, "won": won.astype(int), "lost": (~won).astype(int)})
    return replace(EMPTY, scores=counts.groupby(["segment", "band"], as_index=False).sum())


def together(*cohorts: Cohort) -> Cohort:
    return replace(EMPTY, scores=pd.concat([item.scores for item in cohorts], ignore_index=True))


def test_the_area_is_that_of_mann_whitney_and_its_variance_that_of_placements() -> None:
    rng = np.random.default_rng(1)
    won, lost = rng.integers(0, 8, 40), rng.integers(0, 6, 70)
    found = auc(np.bincount(won, minlength=8).astype(float), np.bincount(lost, minlength=8).astype(float))
    wins = (won[:, None] > lost) + 0.5 * (won[:, None] == lost)
    variance = wins.mean(axis=1).var(ddof=1) / len(won) + wins.mean(axis=0).var(ddof=1) / len(lost)
    assert found is not None
    assert found.value == pytest.approx(stats.mannwhitneyu(won, lost).statistic / (len(won) * len(lost)))
    assert found.variance == pytest.approx(variance)


def test_the_area_has_its_published_standard_error() -> None:
    """Readings of 109 CT images by Hanley and McNeil (1982); DeLong's standard error as Stata's roctab prints it."""
    found = auc(np.array([3.0, 2, 2, 11, 33]), np.array([33.0, 6, 6, 11, 2]))
    assert found is not None
    assert (found.value, found.variance**0.5) == (pytest.approx(0.8932, abs=5e-5), pytest.approx(0.0307, abs=5e-5))


def test_deals_told_apart_without_an_error_are_not_known_to_be_so_for_ever() -> None:
    few, many = (auc(np.array([0.0, n]), np.array([float(n), 0])) for n in (5, 500))
    assert few is not None
    assert many is not None
    assert few.value == many.value == 1
    assert few.variance > 20 * many.variance > 0


def test_the_slope_agrees_with_statsmodels() -> None:
    rng = np.random.default_rng(2)
    points = np.arange(2.5, 100, 5)
    n = rng.integers(5, 40, len(points))
    won = rng.binomial(n, 1 / (1 + np.exp(3 - 0.045 * points)))
    theirs = sm.GLM(np.column_stack([won, n - won]), sm.add_constant(points), family=sm.families.Binomial()).fit()
    found = slope(points, won.astype(float), (n - won).astype(float))
    assert found is not None
    assert (found.intercept, found.value) == pytest.approx(tuple(theirs.params))
    assert found.variance**0.5 == pytest.approx(theirs.bse[1])


@pytest.mark.parametrize(
    ("won", "lost"), [([0, 0, 9], [9, 9, 0]), ([9, 0, 0], [0, 5, 5]), ([0, 0, 0], [5, 5, 5]), ([0, 5, 0], [0, 5, 0])]
)
def test_there_is_no_slope_without_overlap(won: list[int], lost: list[int]) -> None:
    assert slope(np.array([10.0, 20, 30]), np.array(won, float), np.array(lost, float)) is None


def test_the_calibration_slope_is_1_for_a_score_worth_what_it_was_and_0_for_one_worth_nothing() -> None:
    before = Slope(-3, 0.045, 0.005**2)
    same = calibration_slope(before, before, 0.90)
    nothing = calibration_slope(before, Slope(-1, 0.0, 0.009**2), 0.90)
    assert same is not None
    assert nothing is not None
    assert same.value == 1
    assert nothing.low < 0 == nothing.value < nothing.high < 0.5
    assert calibration_slope(Slope(0, 0.0, 1), before, 0.90) is None


def test_a_score_that_stops_predicting_is_a_drift_and_says_what_a_point_is_still_worth() -> None:
    rng = np.random.default_rng(3)
    found = compare(draw(rng, 2_000, 0.045), draw(rng, 500, 0.0))
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) == "drift"
    assert found.change is not None
    assert found.change.high < -PLAN.material.score_power
    assert any(cause.text.startswith("a point of score is worth") for cause in found.causes)


def test_a_score_that_predicts_better_is_no_drift() -> None:
    rng = np.random.default_rng(4)
    found = compare(draw(rng, 2_000, 0.01), draw(rng, 500, 0.09))
    assert found.change is not None
    assert found.change.low > PLAN.material.score_power
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) == "stable"


def test_a_shift_between_segments_is_mix_and_not_a_loss_of_power() -> None:
    """Scores only separate segment a from b, which scores low and seldom wins; with little of b, they separate less."""
    high = [("a", band, 60, 60) for band in range(15, 19)]
    low = [("b", band, 10, 90) for band in range(4, 8)]
    little_of_it = [("b", band, 3, 27) for band in range(4, 8)]
    found = compare(cohort(high + low), cohort(high + little_of_it))
    assert found.change is not None
    assert found.tested is not None
    assert found.change.high < -PLAN.material.score_power
    assert found.tested.value == 0
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) != "drift"


def test_trap_5_20_a_team_that_works_its_best_accounts_only_does_not_seem_to_score_worse() -> None:
    """The win rate of every score is as ever; below 60 points deals are no longer worked, and the range shrinks."""
    rng = np.random.default_rng(5)
    before, after = draw(rng, 20_000, 0.045), draw(rng, 20_000, 0.045)
    assert after.scores is not None
    narrow = replace(after, scores=after.scores[after.scores["band"] * 5 >= 60])
    found = compare(before, narrow)
    assert found.change is not None
    assert found.tested is not None
    assert found.change.high < -PLAN.material.score_power
    assert abs(found.tested.value) < 0.02
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) == "stable"


def test_weights_count_a_deal_as_often_as_they_say() -> None:
    """Counting every deal of a band twice is the same as having two of each, but for the variance, which knows."""
    won, lost = np.array([2.0, 5, 9]), np.array([8.0, 6, 3])
    weights = np.array([2.0, 1, 3])
    weighted, repeated = auc(won, lost, weights), auc(won * weights, lost * weights)
    assert weighted is not None
    assert repeated is not None
    assert weighted.value == pytest.approx(repeated.value)
    assert weighted.variance > 1.5 * repeated.variance


def test_deals_without_a_score_say_nothing() -> None:
    rng = np.random.default_rng(6)
    before, after = draw(rng, 900, 0.04), draw(rng, 300, 0.03)
    unscored = cohort([("a", -1, 400, 3)])
    assert compare(before, after) == compare(before, together(after, unscored))


def test_thin_segments_are_taken_together() -> None:
    rng = np.random.default_rng(7)
    names = ("a", "b", "c", "d")
    before = together(*(draw(rng, n, 0.045, name) for n, name in zip((900, 600, 60, 60), names, strict=True)))
    after = together(*(draw(rng, n, 0.045, name) for n, name in zip((300, 200, 15, 15), names, strict=True)))
    places = [cause.text.split(":")[0] for cause in compare(before, after).causes if ": " in cause.text]
    assert places == ["mix", "a", "b", "the rest"]


def test_a_cohort_without_wins_says_nothing() -> None:
    rng = np.random.default_rng(8)
    found = compare(draw(rng, 900, 0.04), cohort([("a", 3, 0, 50), ("a", 9, 1, 50)]))
    assert (found.change, found.p_value, found.current.n) == (None, None, 101)


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0, 15], ids=["same scores", "higher scores"])
def test_the_size_of_the_test_is_as_stated_and_its_power_as_promised(shift: int) -> None:
    """600 draws of 150 against 600 deals without a change, with the same or a higher mix of scores; then with one."""
    rng = np.random.default_rng(20261122)
    runs = 600

    def quarter(steepness: float) -> Cohort:
        deals = draw(rng, 150 * (2 if shift else 1), steepness)
        assert deals.scores is not None
        thinned = deals.scores.copy()
        low = thinned["band"] * 5 < 20 + 2 * shift
        thinned.loc[low, ["won", "lost"]] //= 2 if shift else 1
        return replace(deals, scores=thinned)

    null = [compare(draw(rng, 600, 0.045), quarter(0.045)) for _ in range(runs)]
    false = sum((item.p_value or 1) < 0.10 for item in null)
    found = [compare(draw(rng, 600, 0.045), quarter(0.0)) for _ in range(100)]
    power = sum(decide(item, found=survives(item.p_value, PLAN.fdr)) == "drift" for item in found) / 100
    print(f"p < .10 in {false / runs:.3f}; a score that stops predicting is found in {power:.2f}")  # noqa: T201
    assert stats.binom.ppf(0.001, runs, 0.10) <= false <= stats.binom.ppf(0.999, runs, 0.10)
    assert power > 0.9
