"""The figures of a company's economics on cases that can be worked out by hand, and beside other libraries."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from icp_monitor.metrics.acquisition_cost import payback_months
from icp_monitor.metrics.closed_rates import ClosedRates
from icp_monitor.metrics.lifetime import Spread, km_worth, ltv_simple, simple_interval, tenure_of_lives
from icp_monitor.metrics.retention_rates import PRODUCTS, Retention, retention_of
from icp_monitor.metrics.trend import cochran_armitage
from icp_monitor.metrics.velocity import Velocity, log_change

LEVEL = 0.90


def kept(start: list[int], end: list[int]) -> Retention:
    """The sums over customers who paid so much, in currency, at start and end."""
    pairs = pd.DataFrame({"start": start, "end": end})
    kept = pairs.min(axis=1)
    products = [pairs.start**2, kept**2, pairs.end**2, pairs.start * kept, pairs.start * pairs.end]
    rows = pd.DataFrame(
        {
            "n": 1,
            "n_stayed": (pairs.end > 0).astype(int),
            "start_minor": pairs.start * 100,
            "kept_minor": kept * 100,
            "end_minor": pairs.end * 100,
            **dict(zip(PRODUCTS, products, strict=True)),
        }
    )
    return retention_of(rows)


def test_of_ten_closed_three_were_won_and_of_a_hundred_created_three_so_far() -> None:
    closed = ClosedRates(won=3, lost=7, no_decision=0)
    assert closed.broad == pytest.approx(0.30)
    assert closed.won / 100 == pytest.approx(0.03)


def test_a_narrow_win_rate_of_two_thirds_hides_that_nearly_all_deals_came_to_nothing() -> None:
    rates = ClosedRates(won=4, lost=2, no_decision=94)
    assert rates.narrow == pytest.approx(2 / 3)
    assert rates.broad == pytest.approx(0.04)


def test_velocity_is_deals_times_rate_times_value_by_days() -> None:
    assert Velocity(deals=100, win_rate=0.25, acv=50_000, cycle=60).a_day == pytest.approx(20_833.33, abs=0.01)


def test_the_logarithms_of_the_four_factors_sum_to_that_of_velocity() -> None:
    before, now = Velocity(100, 0.25, 50_000, 60), Velocity(120, 0.20, 41_000, 75)
    parts = log_change(before, now)
    assert parts is not None
    assert sum(parts.values()) == pytest.approx(math.log(now.a_day / before.a_day))
    assert parts["cycle"] < 0  # slower, so less a day


def test_gross_retention_takes_the_smaller_amount_of_each_customer_and_not_of_the_totals() -> None:
    found = kept([60, 40], [75, 25])
    assert (found.gross, found.net, found.logo) == (0.85, 1.0, 1.0)
    assert min(found.end_minor, found.start_minor) / found.start_minor == 1.0  # what the totals would wrongly say


def test_a_customer_who_left_counts_in_no_retention_and_one_who_was_not_there_at_all_in_none() -> None:
    found = kept([100, 100], [0, 300])
    assert (found.gross, found.net, found.logo) == (0.5, 1.5, 0.5)
    assert kept([], []).logo is None


def test_the_interval_of_net_retention_is_that_of_customers_drawn_again() -> None:
    rng = np.random.default_rng(4)
    start = rng.lognormal(5, 0.8, 400).round().astype(int)
    end = (start * rng.choice([0, 0.7, 1, 1.4], 400)).round().astype(int)
    found = kept(start.tolist(), end.tolist())
    draws = rng.integers(0, 400, (4_000, 400))
    ratios = end[draws].sum(axis=1) / start[draws].sum(axis=1)
    low, high = np.quantile(ratios, [0.05, 0.95])
    interval = found.net_interval(LEVEL)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.01)


def test_ltv_simple_is_revenue_of_an_account_times_margin_by_churn() -> None:
    assert ltv_simple(arpa=100, margin=1.0, churn=0.05) == pytest.approx(2_000)
    assert ltv_simple(arpa=100, margin=0.8, churn=0.05) == pytest.approx(1_600)
    assert ltv_simple(arpa=100, margin=1.0, churn=0.0) is None


def test_payback_is_cost_by_monthly_margin() -> None:
    assert payback_months(1200, 400, 0.75) == 4.0
    assert payback_months(500, 40, 0.8) == 15.625
    assert payback_months(500, 40, 0.0) is None


def lives(at_risk: list[int], churned: list[int], paid: int = 100) -> pd.DataFrame:
    """Customers by tenure, each of whom pays so much."""
    rows = {"tenure": range(len(at_risk)), "at_risk": at_risk, "churned": churned}
    return pd.DataFrame({**rows, "revenue_minor": [n * paid * 100 for n in at_risk]})


ACCOUNTS = Spread(200, 100.0, 0.5)


def test_a_segment_that_nobody_leaves_is_worth_its_horizon_and_says_that_it_is_capped() -> None:
    nobody_left = lives([200] * 48, [0] * 48)
    found = km_worth(nobody_left, margin=0.8, accounts=ACCOUNTS, level=LEVEL, months=36)
    assert found is not None
    assert found.capped
    assert found.months == 36
    assert found.interval.value == pytest.approx(36 * 80)
    assert (
        simple_interval(ACCOUNTS, 0.8, tenure_of_lives(nobody_left, 48), LEVEL) is None
    )  # 1 / churn would be infinite


def test_lifetime_value_weighs_margin_by_kaplan_meiers_survival() -> None:
    """Customers still active are censored: they are not taken for gone at the age that they have now."""
    rng = np.random.default_rng(9)
    lasts, watched = rng.geometric(0.06, 3_000), rng.integers(1, 30, 3_000)
    seen, left = np.minimum(lasts, watched), lasts <= watched
    months = np.arange(30)
    at_risk = [int((seen > month).sum()) for month in months]
    churned = [int(((seen == month + 1) & left).sum()) for month in months]
    found = km_worth(lives(at_risk, churned), margin=1.0, accounts=Spread(3_000, 100.0, 0.0), level=LEVEL, months=24)
    fitter = KaplanMeierFitter().fit(seen, left)
    begins = fitter.survival_function_at_times(range(24)).to_numpy()
    assert found is not None
    assert found.interval.value == pytest.approx(100 * begins.sum())
    so_far = 100 * np.minimum(seen, 24).mean()
    assert so_far < 0.85 * found.interval.value
    assert not found.capped


def test_the_interval_of_lifetime_value_holds_the_truth_nine_times_in_ten() -> None:
    rng, truth, held = np.random.default_rng(12), 50 * (1 - 0.95**24) / 0.05, 0
    for _ in range(300):
        lasts, pays = rng.geometric(0.05, 150), rng.lognormal(np.log(50) - 0.125, 0.5, 150)
        at_risk = [int((lasts > month).sum()) for month in range(24)]
        churned = [int((lasts == month + 1).sum()) for month in range(24)]
        revenue = [round(float(pays[lasts > month].sum()) * 100) for month in range(24)]
        rows = lives(at_risk, churned).assign(revenue_minor=revenue)
        accounts = Spread.of(150, float(pays.sum()), float((pays**2).sum()))
        assert accounts is not None
        found = km_worth(rows, margin=1.0, accounts=accounts, level=LEVEL, months=24)
        assert found is not None
        held += found.interval.low <= truth <= found.interval.high
    assert 0.84 <= held / 300 <= 0.96


def test_a_rise_of_shares_over_bands_is_tested_as_cochran_and_armitage_did() -> None:
    """Against the one-degree-of-freedom chi-squared of the regression of 0 and 1 on the score, N r²."""
    score, stayed, n = [0, 1, 2, 3], [30, 41, 50, 66], [60, 70, 75, 80]
    found = cochran_armitage(score, stayed, n)
    each = np.repeat(score, n)
    outcome = np.concatenate(
        [np.r_[np.ones(good), np.zeros(size - good)] for good, size in zip(stayed, n, strict=True)]
    )
    correlation = np.corrcoef(each, outcome)[0, 1]
    assert found is not None
    assert found.p_value == pytest.approx(math.erfc(math.sqrt(sum(n) * correlation**2 / 2)))
    assert found.slope > 0
    assert cochran_armitage([0, 1], [5, 5], [5, 5]) is None
