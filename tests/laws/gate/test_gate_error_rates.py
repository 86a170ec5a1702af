"""How often the comparisons of the data gate err, and how often they find what is there, counted by simulation."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from icp_monitor.checks.contrast import Sample, contrast, since_the_baseline
from icp_monitor.checks.gate import LOOKS_A_YEAR, settled
from icp_monitor.checks.jumps import jump
from icp_monitor.checks.leakage import leakage_of
from icp_monitor.checks.result import CheckResult
from icp_monitor.checks.spans import BASELINE, MONTH, QUARTER
from icp_monitor.checks.units import compared
from icp_monitor.checks.volume import expected

DRAWS = 1_000
LEVEL = 0.01


def rarely(errors: int, draws: int, level: float) -> bool:
    """Whether so many errors are no more than the level explains, in 999 of 1,000 test runs."""
    return errors <= stats.binom.ppf(0.999, draws, level)


def histogram(values: np.ndarray) -> Counter[int]:
    return Counter(int(step) for step in np.floor(4 * np.log10(values)))


@pytest.mark.parametrize(("n", "share"), [(30, 0.1), (200, 0.5), (3_000, 0.9)])
def test_two_samples_of_one_share_differ_no_more_often_than_stated(n: int, share: float) -> None:
    rng = np.random.default_rng(1)
    errors = 0
    for _ in range(DRAWS):
        before, month, quarter = (Sample(int(rng.binomial(size, share)), size, size) for size in (2 * n, n // 4 + 1, n))
        found = since_the_baseline({BASELINE: before, MONTH: month, QUARTER: quarter})
        assert found is not None
        errors += found.p_value <= LEVEL
    assert rarely(errors, DRAWS, LEVEL)


def test_deals_of_one_account_count_as_one() -> None:
    """Ten deals each of thirty accounts: taken for three hundred they would differ by chance much too often."""
    rng = np.random.default_rng(2)
    errors = wrong = 0
    for _ in range(DRAWS):
        hits = [int(rng.binomial(30, 0.5)) * 10 for _ in range(2)]
        clustered, naive = (contrast(*(Sample(hit, 300, units) for hit in hits)) for units in (30, 300))
        assert clustered is not None
        assert naive is not None
        errors, wrong = errors + (clustered.p_value <= LEVEL), wrong + (naive.p_value <= LEVEL)
    assert rarely(errors, DRAWS, LEVEL)
    assert wrong > 20 * DRAWS * LEVEL


@pytest.mark.parametrize("dispersion", [1.0, 4.0])
@pytest.mark.parametrize("season", [False, True], ids=["steady", "seasonal"])
def test_a_steady_or_seasonal_stream_of_records_is_no_outage(dispersion: float, season: bool) -> None:
    """Weekly counts, overdispersed and with ends of quarters that are twice as busy."""
    rng = np.random.default_rng(3)
    weeks = np.arange(90)
    mean = 40 * (np.where(weeks % 13 >= 10, 2.0, 0.8) if season else np.ones(90))
    errors = 0
    for _ in range(DRAWS):
        rate = mean if dispersion == 1 else rng.gamma(mean / (dispersion - 1), dispersion - 1)
        found = expected(rng.poisson(rate).tolist(), 4)
        assert found is not None
        errors += found.p_value <= LEVEL and found.n < 0.6 * found.expected
    assert rarely(errors, DRAWS, LEVEL)


def test_an_outage_of_two_weeks_is_found() -> None:
    """At forty records a week, even where their number scatters twice as much as chance alone makes it."""
    rng = np.random.default_rng(4)
    found = [expected([*rng.poisson(rng.gamma(40.0, 1.0, 88)), 0, 0], 2) for _ in range(200)]
    assert all(item is not None and item.p_value < 1e-6 for item in found)


def test_thousands_taken_for_units_are_told_from_any_market_at_least_99_times_in_100() -> None:
    """Headcounts of a hundred accounts arrive in thousands; and of as many whose market has grown by half, none is."""
    rng = np.random.default_rng(5)
    missed = blamed = 0
    for _ in range(DRAWS):
        before = rng.lognormal(5.5, 1.2, 400)
        thousands, grown = (rng.lognormal(5.5, 1.2, 100) * factor for factor in (0.001, 1.5))
        missed += not _fails(before, thousands)
        blamed += _fails(before, grown)
    assert missed <= 0.01 * DRAWS
    assert rarely(blamed, DRAWS, 0.001)


def test_one_value_in_twenty_in_another_unit_is_found_at_least_99_times_in_100() -> None:
    rng = np.random.default_rng(6)
    missed = 0
    for _ in range(DRAWS):
        after = rng.lognormal(5.5, 1.0, 1_200)
        after[:60] /= 1_000
        missed += not _fails(rng.lognormal(5.5, 1.0, 2_000), after)
    assert missed <= 0.01 * DRAWS


def test_shares_that_wander_do_not_jump() -> None:
    """A share that drifts by a third over half a year is no redefinition; one that moves on a day is."""
    rng = np.random.default_rng(7)
    drifting = np.concatenate([np.full(60, 0.8), np.linspace(0.8, 0.5, 26)])
    jumping = np.concatenate([np.full(70, 0.8), np.full(16, 0.3)])
    found = {"drift": 0, "jump": 0}
    for _ in range(200):
        for name, share in (("drift", drifting), ("jump", jumping)):
            totals = rng.poisson(20, 86) + 1
            result = jump(rng.binomial(totals, share).tolist(), totals.tolist(), 52)
            found[name] += result is not None and abs(result.change) >= 0.3 and result.p_value < 1e-5
    assert found["drift"] <= 4
    assert found["jump"] >= 196


def test_values_that_change_by_chance_leak_nothing_and_those_that_follow_the_outcome_do() -> None:
    rng = np.random.default_rng(8)
    errors = missed = 0
    for _ in range(300):
        won = rng.random(600) < 0.3
        then = rng.choice(["a", "b", "c"], 600)
        changed = rng.random(600) < 0.3
        by_chance = np.where(changed, rng.choice(["a", "b", "c"], 600), then)
        by_outcome = np.where(won & (rng.random(600) < 0.4), "a", then)
        for now, leaks in ((by_chance, False), (by_outcome, True)):
            counts = Counter(zip(then, now, won, strict=True))
            rows = [{"then": t, "now": v, "won": int(w), "n": n} for (t, v, w), n in counts.items()]
            found = leakage_of(rows)
            assert found is not None
            errors += not leaks and found.p_value <= LEVEL
            missed += leaks and found.p_value > 1e-5
    assert rarely(errors, 300, 1.5 * LEVEL)
    assert missed <= 3


def test_all_comparisons_of_a_year_together_keep_the_stated_number_of_false_alarms() -> None:
    """Fifty comparisons a look that each differ by chance alone, however they depend on each other."""
    rng = np.random.default_rng(9)
    allowed, years, alarms = 2.0, 200, 0
    for _ in range(years * LOOKS_A_YEAR):
        shared = rng.random()
        chances = np.where(rng.random(50) < 0.5, shared, rng.random(50))
        found = [
            CheckResult("units", "accounts", "x", "failed", "differs", p_value=float(chance)) for chance in chances
        ]
        alarms += any(result.status == "failed" for result in settled(found, allowed))
    assert alarms / years <= allowed * 1.1


def test_a_failure_that_is_no_comparison_stands() -> None:
    (found,) = settled([CheckResult("freshness", "opportunities", "*", "failed", "stale")], 0.2)
    assert found.status == "failed"


def _fails(before: np.ndarray, after: np.ndarray) -> bool:
    results = compared("accounts", "employees", histogram(before), histogram(after), 5.0, 0.02)
    return any(result.status == "failed" and (result.p_value or 0) < 1e-5 for result in results)
