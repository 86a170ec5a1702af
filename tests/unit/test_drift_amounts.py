"""Won amounts are compared on logarithms, at equal mix."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_ind

from icp_monitor.config.icp import MaterialEffects
from icp_monitor.drift.amounts import compare_amounts
from icp_monitor.drift.cohort import CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.family import survives
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.verdicts import decide
from icp_monitor.metrics.amounts import won_amounts
from icp_monitor.periods import Window

HORIZON = 90
PLAN = Plan({}, (), (), (), HORIZON, MaterialEffects(), 0.90, 0.10, 0.80, 0.5)


def cohort(amounts: dict[str, np.ndarray]) -> Cohort:
    """Won deals of each segment with these amounts, one cell each."""
    rows = [
        (
            segment,
            "tier_1",
            "x",
            "won",
            7,
            1,
            1,
            round(amount * 100),
            *(round(np.log(amount) ** k * 1e9) for k in (1, 2)),
        )
        for segment, values in amounts.items()
        for amount in values
    ]
    attributes = pd.DataFrame(columns=["attribute", "value", "n", "n_won"])
    window = Window(date(2026, 1, 1), date(2026, 4, 1))
    return Cohort(
        window,
        date(2026, 8, 1),
        date(2026, 8, 1),
        HORIZON,
        pd.DataFrame(rows, columns=[*CELL_KEYS, *CELL_SUMS]),
        attributes,
        1.0,
    )


def draw(seed: int, n: int, median: float, spread: float = 0.6) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(np.log(median), spread, n).round(2)


@pytest.mark.parametrize(("seed", "median"), [(1, 48_000), (2, 60_000), (3, 30_000)])
def test_one_stratum_gives_welchs_test_and_interval(seed: int, median: float) -> None:
    before, after = draw(10 + seed, 160, 48_000), draw(seed, 45, median, 0.9)
    found = compare_amounts(cohort({"a": before}), cohort({"a": after}), ("segment",), PLAN)
    theirs = stats.ttest_ind(np.log(after), np.log(before), equal_var=False)
    interval = theirs.confidence_interval(0.90)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-5)
    assert found.change is not None
    assert found.change.value == pytest.approx(stats.gmean(after) / stats.gmean(before) - 1, rel=1e-5)
    assert (found.change.low, found.change.high) == pytest.approx(tuple(np.expm1(interval)), rel=1e-5)
    assert found.tested is None


def test_the_values_shown_are_plain_means() -> None:
    before, after = draw(1, 50, 48_000), draw(2, 40, 48_000)
    found = compare_amounts(cohort({"a": before}), cohort({"a": after}), ("segment",), PLAN)
    assert (found.baseline.value, found.current.value) == pytest.approx((before.mean(), after.mean()))
    assert (found.baseline.low, found.baseline.n, found.current.n) == (None, 50, 40)


def test_a_shift_to_segments_with_small_deals_is_mix_and_not_a_drift_of_amounts() -> None:
    before = cohort({"large": draw(1, 300, 90_000), "small": draw(2, 300, 15_000)})
    after = cohort({"large": draw(3, 60, 90_000), "small": draw(4, 240, 15_000)})
    found = compare_amounts(before, after, ("segment",), PLAN)
    assert found.change is not None
    assert found.tested is not None
    assert found.change.high < -0.30
    assert found.tested.low < 0 < found.tested.high
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) != "drift"


@pytest.mark.parametrize("factor", [1.0, 1.06, 1.12])
def test_stable_means_that_two_one_sided_tests_reject_a_material_change(factor: float) -> None:
    """Schuirmann's test, as statsmodels has it, on logarithms and at half of 1 - level."""
    before, after = draw(1, 1_200, 48_000), draw(2, 300, 48_000 * factor)
    found = compare_amounts(cohort({"a": before}), cohort({"a": after}), ("segment",), PLAN)
    limits = np.log1p([-0.15, 0.15])
    p_value = ttost_ind(np.log(after), np.log(before), *limits, usevar="unequal")[0]
    assert (decide(found, found=survives(found.p_value, PLAN.fdr)) == "stable") == (p_value < 0.05)


def test_amounts_of_deals_won_beyond_the_horizon_do_not_count() -> None:
    cells = cohort({"a": np.array([100.0, 200.0, 300.0])}).cells
    cells.loc[2, "age"] = HORIZON + 1
    found = won_amounts(cells, HORIZON)
    assert found is not None
    assert (found.n, found.mean) == (2, pytest.approx(150))


def test_a_single_amount_is_too_few() -> None:
    found = compare_amounts(cohort({"a": draw(1, 50, 48_000)}), cohort({"a": np.array([100.0])}), ("segment",), PLAN)
    assert (found.change, found.p_value, found.precision) == (None, None, None)


def test_amounts_that_never_vary_can_not_be_tested() -> None:
    same = cohort({"a": np.full(30, 100.0)})
    assert compare_amounts(same, same, ("segment",), PLAN).p_value is None
