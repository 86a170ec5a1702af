"""Retention, lifetime value and acquisition cost, on synthetic customers whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from scipy import stats

from icp_monitor.config.icp import MaterialEffects, MinEvidence
from icp_monitor.drift.acquisition import compare_acquisition_cost
from icp_monitor.drift.bootstrap import bootstrap
from icp_monitor.drift.cohort import CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.economics import acquisition_cost
from icp_monitor.drift.family import survives
from icp_monitor.drift.judge import judge
from icp_monitor.drift.log_rank import log_rank
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.retention import compare_lifetime_value, compare_retention
from icp_monitor.drift.verdicts import decide
from icp_monitor.metrics.tenure import Tenure, lifetime_value, retained, tenure_of
from icp_monitor.periods import Window

PLAN = Plan({"a": MinEvidence()}, (), (), (), 90, MaterialEffects(), 0.90, 0.10, 0.80, 0.5)
YEAR, QUARTER = Window(date(2025, 1, 1), date(2026, 1, 1)), Window(date(2026, 1, 1), date(2026, 4, 1))
BUCKETS = 60


def customers(rng: np.random.Generator, n: int, churn: float, margin: float = 100.0, months: int = 48) -> pd.DataFrame:
    """Customers who signed so long ago, with the months that they were seen in and whether they then left.

    Every customer is watched for three months from some tenure on; margins differ between customers.
    """
    entered = rng.integers(0, months - 3, n)
    leaves = np.minimum(rng.geometric(churn, n) - 1, 3) if churn else np.full(n, 3)
    return pd.DataFrame(
        {
            "bucket": rng.integers(0, BUCKETS, n),
            "entered": entered,
            "seen": np.minimum(leaves + 1, 3),
            "left": leaves < 3,
            "margin": np.round(margin * rng.lognormal(-0.18, 0.6, n), 2),
        }
    )


def subscriptions(people: pd.DataFrame) -> pd.DataFrame:
    """The customer-months that people make, as the table has them."""
    spread = people.loc[people.index.repeat(people["seen"])]
    step = spread.groupby(level=0).cumcount()
    rows = spread.assign(
        segment="a",
        month=spread["entered"] + step,
        at_risk=1,
        churned=(spread["left"] & (step == spread["seen"] - 1)).astype(int),
        margin_minor=(spread["margin"] * 100).round().astype(int),
    )
    return rows.groupby(["segment", "bucket", "month"], as_index=False)[["at_risk", "churned", "margin_minor"]].sum()


def cohort(window: Window, **tables: pd.DataFrame) -> Cohort:
    cells = pd.DataFrame(columns=[*CELL_KEYS, *CELL_SUMS])
    attributes = pd.DataFrame(columns=["attribute", "value", "n", "n_won"])
    return Cohort(window, date(2026, 8, 1), date(2026, 8, 1), 90, cells, attributes, 1.0, **tables)


def drawn(window: Window, seed: int, n: int, churn: float, margin: float = 100.0) -> Cohort:
    return cohort(window, subscriptions=subscriptions(customers(np.random.default_rng(seed), n, churn, margin)))


def acquired(window: Window, rng: np.random.Generator, customers: float, cost: float) -> Cohort:
    counts = pd.DataFrame(
        {"segment": "a", "bucket": range(BUCKETS), "customers": rng.poisson(customers / BUCKETS, BUCKETS)}
    )
    return cohort(window, costs=counts.assign(cost_minor=round(cost * 100 / BUCKETS)))


def test_survival_is_kaplan_meiers_with_late_entry_and_greenwoods_variance() -> None:
    people = customers(np.random.default_rng(1), 4_000, 0.03)
    tenure = tenure_of(subscriptions(people), 36)
    fitter = KaplanMeierFitter().fit(people["entered"] + people["seen"], people["left"], entry=people["entered"])
    theirs = fitter.survival_function_at_times(range(1, 37)).to_numpy()
    assert tenure.survival[1:] == pytest.approx(theirs, abs=1e-9)
    found = retained(tenure, 12)
    assert found is not None
    at = fitter.event_table.loc[1:12]
    watched = at["at_risk"] - at["entrance"]
    greenwood = theirs[11] ** 2 * (at["observed"] / (watched * (watched - at["observed"]))).sum()
    assert found == pytest.approx((theirs[11], greenwood), rel=1e-6)


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # raised by lifelines 0.30 under pandas 3
def test_the_test_of_retention_agrees_with_the_log_rank_test_of_lifelines() -> None:
    """On customers watched from the day they signed, whom lifelines can compare."""
    rng = np.random.default_rng(2)
    people = [customers(rng, n, churn).assign(entered=0) for n, churn in ((900, 0.05), (400, 0.09))]
    found = [tenure_of(subscriptions(item), 3) for item in people]
    theirs = logrank_test(people[0]["seen"], people[1]["seen"], people[0]["left"], people[1]["left"])
    assert log_rank([(found[0].life_table(3), found[1].life_table(3))]) == pytest.approx(theirs.p_value)


def test_trap_5_31_a_segment_that_nobody_leaves_has_a_capped_lifetime_value_and_says_so() -> None:
    """1 / churn would be infinite; the value is that of 36 months."""
    before, after = drawn(YEAR, 3, 6_000, 0.02), drawn(QUARTER, 4, 1_500, 0.0)
    found = compare_lifetime_value(before, after, PLAN)
    assert found.current.value == pytest.approx(36 * 100, rel=0.05)
    assert "nobody left; the value is that of 36 months, not more" in [cause.text for cause in found.causes]
    assert "first 36 months" in found.method


def test_trap_5_31_customers_still_active_are_censored_and_not_counted_as_gone() -> None:
    """True margin of 36 months at 2 % churn a month: 100 (1 - .98^36) / .02; the mean lifetime so far is far less."""
    table = drawn(YEAR, 5, 20_000, 0.02).subscriptions
    assert table is not None
    truth = 100 * (1 - 0.98**36) / 0.02
    assert lifetime_value(tenure_of(table), 36) == pytest.approx(truth, rel=0.06)
    assert table["margin_minor"].sum() / 100 / 20_000 < 0.12 * truth


def test_the_lifetime_value_with_a_discount_is_that_computed_by_hand() -> None:
    tenure = Tenure(np.array([10.0, 8.0]), np.array([2.0, 4.0]), np.array([1_000.0, 400.0]))
    assert lifetime_value(tenure, 2, 0.25) == pytest.approx(100 + 0.8 * 50 / 1.25)


@pytest.mark.parametrize(("churn", "margin", "moved"), [(0.06, 100.0, "months that"), (0.02, 60.0, "margin of")])
def test_a_loss_of_value_says_whether_customers_left_or_bring_less(churn: float, margin: float, moved: str) -> None:
    before, after = drawn(YEAR, 6, 8_000, 0.02), drawn(QUARTER, 7, 2_000, churn, margin)
    found = compare_lifetime_value(before, after, PLAN)
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) == "drift"
    assert found.change is not None
    assert found.change.high < -PLAN.material.ltv
    largest = min(found.causes, key=lambda cause: cause.change)
    assert largest.text.startswith(moved)
    retention = compare_retention(before, after, PLAN)
    assert (decide(retention, found=survives(retention.p_value, PLAN.fdr)) == "drift") is (churn > 0.02)


def test_tenures_that_nobody_was_seen_at_end_the_comparison() -> None:
    before, after = drawn(YEAR, 9, 8_000, 0.02), drawn(QUARTER, 8, 500, 0.02)
    young = replace(after, subscriptions=_first_months(after, 6))
    assert compare_retention(before, young, PLAN).change is None
    assert "first 6 months" in compare_lifetime_value(before, young, PLAN).method


def _first_months(found: Cohort, months: int) -> pd.DataFrame:
    assert found.subscriptions is not None
    return found.subscriptions[found.subscriptions["month"] < months]


def test_the_bootstrap_of_a_mean_has_its_variance_and_counts_accounts_as_wholes() -> None:
    rng = np.random.default_rng(10)
    each = rng.normal(10, 3, 400)
    sums = np.column_stack([each, np.ones(400)])
    found = bootstrap(sums, lambda total: total[..., 0] / total[..., 1])
    doubled = bootstrap(2 * sums, lambda total: total[..., 0] / total[..., 1])
    assert found is not None
    assert doubled is not None
    assert found.variance == pytest.approx(each.var() / 400, rel=0.1)
    assert doubled.variance == pytest.approx(found.variance)
    assert found.interval(0.90).low == pytest.approx(each.mean() - 1.645 * each.std() / 20, abs=0.05)
    assert bootstrap(sums[:9], lambda total: total[..., 0] / total[..., 1]) is None


def test_the_range_of_an_acquisition_cost_is_that_of_the_number_of_customers() -> None:
    """Poisson counts of 400: a relative standard error of 5 %."""
    rng = np.random.default_rng(12)
    found = bootstrap(rng.poisson(2.0, 200).astype(float)[:, None], acquisition_cost(400_000))
    assert found is not None
    assert found.variance**0.5 / found.value == pytest.approx(0.05, rel=0.15)


def test_cost_by_customer_is_split_into_cost_and_customers() -> None:
    rng = np.random.default_rng(13)
    found = compare_acquisition_cost(acquired(YEAR, rng, 800, 1_000_000), acquired(QUARTER, rng, 200, 400_000), PLAN)
    assert decide(found, found=survives(found.p_value, PLAN.fdr)) == "drift"
    assert found.causes[0].text == "cost in a day: +62 %"


def test_cost_up_with_a_flat_value_is_a_diagnosis_of_its_own() -> None:
    rng = np.random.default_rng(14)
    before, after = acquired(YEAR, rng, 800, 1_000_000), acquired(QUARTER, rng, 200, 400_000)
    before = replace(before, subscriptions=drawn(YEAR, 15, 8_000, 0.02).subscriptions)
    flat = replace(after, subscriptions=drawn(QUARTER, 16, 2_000, 0.02).subscriptions)
    worth = replace(after, subscriptions=drawn(QUARTER, 17, 2_000, 0.02, margin=170.0).subscriptions)
    said = "diagnosis: a new customer costs more than before and is worth no more"
    for current, diagnosed in ((flat, True), (worth, False), (after, False)):
        findings = {(item.unit.metric, item.unit.segment): item for item in judge(PLAN, before, current, current, {})}
        cost = findings["cac", "company"]
        assert (cost.verdict, cost.direction) == ("drift", "up")
        assert (said in cost.because) is diagnosed
        assert ("retention", "a") in findings


def small(metric: str, seed: int) -> Comparison:
    if metric == "cac":
        rng = np.random.default_rng(seed)
        return compare_acquisition_cost(acquired(YEAR, rng, 600, 900_000), acquired(QUARTER, rng, 150, 225_000), PLAN)
    compare = compare_retention if metric == "retention" else compare_lifetime_value
    return compare(drawn(YEAR, seed, 3_000, 0.02), drawn(QUARTER, seed + 5_000, 1_000, 0.02), PLAN)


def test_where_nobody_happened_to_leave_the_ranges_are_as_wide_as_a_few_months_of_watching_allow() -> None:
    """100 customers of ten months each in a quarter: none left, though 2 % a month do; that is no proof of anything."""
    rng = np.random.default_rng(21)
    before = drawn(YEAR, 22, 3_000, 0.02)
    lucky = cohort(QUARTER, subscriptions=subscriptions(customers(rng, 60, 0.0, months=24)))
    retention, value = compare_retention(before, lucky, PLAN), compare_lifetime_value(before, lucky, PLAN)
    assert retention.current.value == 1
    assert retention.current.low is not None
    assert retention.current.low < 0.85
    assert value.p_value is not None
    assert value.p_value > 0.001


def test_the_cost_of_a_handful_of_customers_is_as_uncertain_as_their_number() -> None:
    """14 customers in 14 groups of one: drawn again among themselves they would always be 14."""
    buckets = pd.DataFrame({"segment": "a", "bucket": range(14), "customers": 1, "cost_minor": 100_000})
    before = acquired(YEAR, np.random.default_rng(23), 600, 900_000)
    found = compare_acquisition_cost(before, cohort(QUARTER, costs=buckets), PLAN)
    assert found.current.low is not None
    assert found.current.high is not None
    assert found.current.high / found.current.low > 1.8  # a Poisson number of 14: 0.64 to 1.56 times, at 90 %


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["retention", "ltv", "cac"])
def test_the_tests_about_customers_keep_their_size(metric: str) -> None:
    runs = 150
    p_values = [small(metric, seed).p_value for seed in range(runs)]
    false = sum(p is not None and p < 0.10 for p in p_values)
    print(f"{metric}: p < .10 in {false / runs:.3f}")  # noqa: T201
    assert None not in p_values
    assert stats.binom.ppf(0.001, runs, 0.08) <= false <= stats.binom.ppf(0.999, runs, 0.10)
