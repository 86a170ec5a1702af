"""An attribute's power to separate deals: what moves it, and what must not."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from icp_monitor.config.icp import MaterialEffects
from icp_monitor.drift.attribute_power import MERGED, compare_attribute_power
from icp_monitor.drift.cohort import CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.family import survives
from icp_monitor.drift.homogeneity import Counts, homogeneity
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.verdict import Unit
from icp_monitor.drift.verdicts import decide, direction_of
from icp_monitor.periods import Window

PLAN = Plan({}, (), (), (), 90, MaterialEffects(), 0.90, 0.10, 0.80, 0.5)
CELLS = pd.DataFrame(columns=[*CELL_KEYS, *CELL_SUMS])
VALUES = ("finance", "health", "retail", "media")

Rates = dict[str, tuple[int, int]]  # deals and wins by value


def cohort(rates: Rates) -> Cohort:
    counts = [("industry", value, n, won) for value, (n, won) in rates.items()]
    rows = pd.DataFrame(counts, columns=["attribute", "value", "n", "n_won"])
    window = Window(date(2026, 1, 1), date(2026, 4, 1))
    return Cohort(window, date(2026, 8, 1), date(2026, 8, 1), 90, CELLS, rows, 1.0)


def compare(before: Rates, after: Rates) -> Comparison:
    return compare_attribute_power(cohort(before), cohort(after), "industry", PLAN)


def rates(n: int, *shares: float) -> Rates:
    return {value: (n, round(n * share)) for value, share in zip(VALUES, shares, strict=False)}


def drawn(rng: np.random.Generator, n: int, *shares: float) -> Rates:
    return {value: (n, int(rng.binomial(n, share))) for value, share in zip(VALUES, shares, strict=False)}


@pytest.mark.parametrize("seed", range(3))
def test_the_test_agrees_with_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n0, n1 = rng.integers(200, 400, 4).astype(float), rng.integers(50, 100, 4).astype(float)
    w0, w1 = (rng.binomial(n.astype(int), 0.3).astype(float) for n in (n0, n1))
    tables = [np.array([[x, m - x], [y, n - y]]) for x, m, y, n in zip(w1, n1, w0, n0, strict=True)]
    theirs = StratifiedTable(tables).test_equal_odds(adjust=True)
    found = homogeneity(Counts(n0, w0, n1, w1))
    assert found is not None
    assert (found.test.statistic, found.test.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))


def test_an_attribute_that_no_longer_separates_is_a_drift_without_a_direction() -> None:
    found = compare(rates(600, 0.45, 0.30, 0.15, 0.10), rates(200, 0.25, 0.25, 0.25, 0.25))
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) == "drift"
    assert found.change is not None
    assert direction_of(found.change, Unit("attribute", "attribute_power", "company", attribute="industry")) is None
    assert found.baseline.value == pytest.approx(np.std([0.45, 0.30, 0.15, 0.10]), abs=0.005)
    assert found.current.value == 0
    assert found.causes[0].text == "win rates lie 0.0 points around their mean, against 13.6 points"
    assert found.causes[1].text.startswith("finance: 25 % won against 45 % (\N{MINUS SIGN}")


def test_values_that_trade_places_are_a_drift_although_they_lie_as_far_apart() -> None:
    found = compare(rates(600, 0.45, 0.15), rates(200, 0.15, 0.45))
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) == "drift"
    assert found.current.value == pytest.approx(found.baseline.value, abs=0.01)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_odds_that_change_by_one_factor_for_all_change_nothing(factor: float) -> None:
    """The market won or lost everywhere; which value wins more is as it was."""
    before = np.array([0.45, 0.30, 0.15, 0.10])
    odds = factor * before / (1 - before)
    found = compare(rates(100_000, *before), rates(100_000, *(odds / (1 + odds))))
    assert found.change is not None
    assert found.change.high < 0.005
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) == "stable"


def test_rare_values_are_merged_until_each_expects_five_wins_and_five_others() -> None:
    """Of the three rare ones, which expect 1.5 wins each in the quarter, and the next, which makes up the five."""
    rare = dict.fromkeys(("x", "y", "z"), (20, 6))
    few = dict.fromkeys(("x", "y", "z"), (5, 1))
    found = compare({**rates(400, 0.3, 0.3), "w": (40, 12), **rare}, {**rates(100, 0.3, 0.3), "w": (10, 3), **few})
    assert [cause.text.split(":")[0] for cause in found.causes[1:]] == ["finance", "health", MERGED]


def test_a_value_of_which_nothing_is_ever_won_says_nothing() -> None:
    """Deals that are not yet linked to an account, say, and so never won."""
    before, after = rates(400, 0.4, 0.2), rates(100, 0.4, 0.2)
    found = compare({**before, "unknown": (250, 0)}, {**after, "unknown": (500, 0)})
    assert found.p_value == compare(before, after).p_value
    assert not any(cause.text.startswith("unknown") for cause in found.causes)


def test_a_new_value_has_nothing_to_be_compared_with_and_joins_the_rest() -> None:
    found = compare(rates(400, 0.4, 0.2), {**rates(100, 0.4, 0.2), "new": (60, 50)})
    assert not any(cause.text.startswith("new") for cause in found.causes)


@pytest.mark.parametrize(
    "after",
    [{"finance": (50, 20)}, {}, rates(100, 0.0, 0.0), rates(100, 1.0, 1.0)],
    ids=["one value", "none", "no wins", "all won"],
)
def test_without_values_or_outcomes_to_compare_nothing_is_said(after: Rates) -> None:
    found = compare(rates(400, 0.4, 0.2), after)
    assert (found.change, found.p_value, found.baseline.value) == (None, None, None)


@pytest.mark.slow
def test_the_size_of_the_test_is_as_stated_and_its_power_as_promised() -> None:
    """500 draws without a change, and 100 in which the order of the values is turned round."""
    rng = np.random.default_rng(11)
    shares = (0.40, 0.30, 0.20, 0.10)
    null = [compare(drawn(rng, 300, *shares), drawn(rng, 75, *shares)) for _ in range(500)]
    small = sum(item.p_value is not None and item.p_value < 0.10 for item in null)
    assert stats.binom.ppf(0.001, 500, 0.08) <= small <= stats.binom.ppf(0.999, 500, 0.10)
    assert sum(decide(item, found=survives(item.p_value, 0.10)) == "drift" for item in null) < 0.10 * len(null)
    turned = [compare(drawn(rng, 300, *shares), drawn(rng, 75, *reversed(shares))) for _ in range(100)]
    assert sum(decide(item, found=survives(item.p_value, 0.10)) == "drift" for item in turned) > 0.95 * len(turned)


def test_a_material_change_is_rarely_called_stable() -> None:
    """Win rates that moved by exactly the material effect beside one another."""
    rng = np.random.default_rng(12)
    step = PLAN.material.attribute_power
    before, after = (0.30, 0.30, 0.30, 0.30), (0.30 + step, 0.30 - step, 0.30 + step, 0.30 - step)
    said = [compare(drawn(rng, 900, *before), drawn(rng, 400, *after)) for _ in range(300)]
    stable = sum(decide(item, found=survives(item.p_value, 0.10)) == "stable" for item in said)
    assert stable <= stats.binom.ppf(0.999, len(said), 0.05)


def test_the_baseline_and_the_quarter_may_change_places() -> None:
    one, other = rates(400, 0.4, 0.2, 0.1), rates(90, 0.2, 0.3, 0.1)
    there, back = compare(one, other), compare(other, one)
    assert there.p_value == pytest.approx(back.p_value)
    assert there.change is not None
    assert back.change is not None
    assert (there.change.low, there.change.high) == pytest.approx((back.change.low, back.change.high))


def test_names_of_values_and_their_order_do_not_matter() -> None:
    before, after = rates(400, 0.4, 0.2, 0.1), rates(90, 0.2, 0.3, 0.1)
    names = dict(zip(VALUES, "zyxw", strict=True))
    renamed = [{names[value]: counts for value, counts in reversed(item.items())} for item in (before, after)]
    one, other = compare(*renamed), compare(before, after)
    assert one.change is not None
    assert other.change is not None
    assert (one.p_value, one.change.value, one.change.low) == pytest.approx(
        (other.p_value, other.change.value, other.change.low)
    )
