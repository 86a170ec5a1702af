"""The demonstration company shows what it is meant to show."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from icp_monitor.periods import quarter_of
from icp_monitor.synthetic.company import Company, generate
from icp_monitor.synthetic.demo import DEMO_BASELINE, DEMO_CHANGE, DEMO_WORLD
from icp_monitor.synthetic.profiles import SEGMENTS

HORIZON = 120


@pytest.fixture(scope="module")
def demo() -> Company:
    return generate(DEMO_WORLD)


def p_values(demo: Company) -> dict[tuple[str, str], float]:
    """Baseline against the first quarter after the change, both at the horizon."""
    deals, start = demo.records.deals, demo.world.history.start
    baseline = created_in(demo, DEMO_BASELINE.start, DEMO_BASELINE.end)
    current = created_in(demo, DEMO_CHANGE, date(2025, 11, 1))
    assert (date(2025, 11, 1) + timedelta(days=HORIZON) - start).days < demo.world.history.days
    closed = deals.closed - deals.created <= HORIZON
    result = {}
    for row, profile in enumerate(SEGMENTS[:-1]):
        eras = [era & (deals.segment == row) for era in (baseline, current)]
        table = [[(closed & deals.won)[era].sum(), (~(closed & deals.won))[era].sum()] for era in eras]
        amounts = [np.log(deals.agreed[era & closed]) for era in eras]
        result["win_rate", profile.id] = stats.chi2_contingency(table, correction=False).pvalue
        result["acv", profile.id] = stats.ttest_ind(*amounts, equal_var=False).pvalue
    return result


def created_in(demo: Company, start: date, end: date) -> np.ndarray:
    first = demo.world.history.start
    created = demo.records.deals.created
    return (created >= (start - first).days) & (created < (end - first).days)


def test_a_fixed_sample_analysis_finds_both_planted_drifts_and_no_other(demo: Company) -> None:
    tests = p_values(demo)
    adjusted = stats.false_discovery_control(list(tests.values()))
    found = {unit for unit, q in zip(tests, adjusted, strict=True) if q <= 0.05}
    assert found == {("win_rate", "fintech-mm"), ("acv", "health-mm")}
    assert found == {(planted.metric, planted.segment) for planted in demo.truth.planted}


def test_the_change_comes_on_the_first_day_of_a_fiscal_quarter_after_the_baseline(demo: Company) -> None:
    quarter = quarter_of(DEMO_CHANGE, demo.world.first_month)
    assert quarter.window.start == DEMO_CHANGE > DEMO_BASELINE.end
    assert quarter_of(DEMO_BASELINE.start, demo.world.first_month).number == 1
    assert DEMO_BASELINE.days == 366
    assert [planted.changed_on for planted in demo.truth.planted] == [DEMO_CHANGE, DEMO_CHANGE]


def test_the_true_win_rate_falls_by_eighteen_points_in_the_planted_segment_only(demo: Company) -> None:
    """Within what the luck of the draw of accounts allows: chances spread by about .16 within a segment."""
    truth = demo.truth.win_rates.to_pandas().pivot(index="segment", columns="quarter")
    rate, count = truth["win_probability"], truth["opportunities"]["2025Q3"]
    moved = rate["2025Q3"] - rate[["2024Q1", "2024Q2", "2024Q3", "2024Q4"]].mean(axis=1)
    moved["fintech-mm"] += 0.18
    assert (abs(moved) < 4 * 0.16 / np.sqrt(count)).all()
