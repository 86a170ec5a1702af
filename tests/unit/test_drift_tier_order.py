"""The order of the tiers: the trend agrees with statsmodels, and losing it is what counts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import Table

from icp_monitor.config.icp import TIERS, MaterialEffects
from icp_monitor.drift.cohort import CELL_SUMS, Cohort
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.family import survives
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.tier_order import TierRate, compare_tier_order, trend
from icp_monitor.drift.verdicts import decide
from icp_monitor.metrics.intervals import rothman
from icp_monitor.periods import Window

HORIZON = 90
PLAN = Plan({}, (), (), (), HORIZON, MaterialEffects(), 0.90, 0.10, 0.80, 0.5)
VALIDATED = {"tier_1": (200, 500), "tier_2": (150, 500), "tier_3": (100, 500)}


def cohort(won_of: dict[str, tuple[int, int]]) -> Cohort:
    rows = [
        ("other", tier, "x", outcome, 7, n)
        for tier, (won, size) in won_of.items()
        for outcome, n in (("won", won), ("lost", size - won))
    ]
    cells = pd.DataFrame(rows, columns=["segment", "tier", "channel", "outcome", "age", "n"])
    cells = cells.assign(**dict.fromkeys(CELL_SUMS[1:], 0))
    attributes = pd.DataFrame(columns=["attribute", "value", "n", "n_won"])
    window = Window(date(2026, 1, 1), date(2026, 4, 1))
    return Cohort(window, date(2026, 8, 1), date(2026, 8, 1), HORIZON, cells, attributes, 1.0)


def compare(now: dict[str, tuple[int, int]]) -> Comparison:
    return compare_tier_order(cohort(VALIDATED), cohort(now), PLAN)


def test_the_trend_agrees_with_statsmodels() -> None:
    """Its linear-by-linear test divides by n - 1 where Cochran and Armitage divide by n."""
    won, size = np.array([40, 35, 20]), np.array([120, 150, 130])
    theirs = Table(np.array([won, size - won])).test_ordinal_association(np.array([1, 0]), np.array([0, 1, 2]))
    shares = won / size
    rates = [
        TierRate(tier, rothman(share, share * (1 - share) / n, n, 0.90), share * (1 - share) / n, int(n))
        for tier, share, n in zip(TIERS, shares, size, strict=True)
    ]
    z = abs(theirs.zscore) * np.sqrt(size.sum() / (size.sum() - 1))
    assert trend(rates).p_value == pytest.approx(2 * stats.norm.sf(z), rel=1e-9)
    assert trend(rates).slope > 0


def test_a_lost_order_is_a_drift() -> None:
    found = compare({"tier_1": (45, 150), "tier_2": (45, 150), "tier_3": (48, 150)})
    assert found.change is not None
    assert found.change.value == pytest.approx(-0.02 - 0.20)
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) == "drift"
    assert found.causes[0].text.startswith("the tiers can't be told apart any more: Tier 1 wins 30 %")


def test_a_sharper_order_is_no_drift() -> None:
    found = compare({"tier_1": (110, 150), "tier_2": (45, 150), "tier_3": (10, 150)})
    assert found.change is not None
    assert found.change.low > PLAN.material.tier_order
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) == "stable"
    assert found.causes[0].text.startswith("the tiers still rank")


def test_the_same_order_in_a_small_quarter_is_too_little_evidence() -> None:
    found = compare({"tier_1": (12, 30), "tier_2": (9, 30), "tier_3": (6, 30)})
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) == "insufficient_evidence"


def test_the_change_is_that_of_the_gap_between_first_and_last_tier() -> None:
    found = compare({"tier_1": (60, 150), "tier_2": (45, 150), "tier_3": (45, 150)})
    assert (found.baseline.value, found.current.value) == pytest.approx((0.20, 0.10))
    assert found.baseline.n == 1_500


def test_a_cohort_without_the_last_tier_has_no_order() -> None:
    found = compare({"tier_1": (60, 150), "tier_2": (45, 150)})
    assert (found.change, found.p_value) == (None, None)


def test_unscored_and_disqualified_deals_have_no_rank() -> None:
    now = {"tier_1": (60, 150), "tier_2": (45, 150), "tier_3": (30, 150)}
    assert compare({**now, "unscored": (0, 500), "disqualified": (400, 500)}) == compare(now)
