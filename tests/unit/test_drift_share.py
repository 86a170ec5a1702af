"""The won share at equal age agrees with statsmodels, and does not see what timing and mix do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from icp_monitor.drift.groups import Groups, Side
from icp_monitor.drift.share import won_share_at_equal_age

Counts = Sequence[tuple[int, int, int, int]]
STRATA: Counts = [(12, 30, 60, 110), (9, 40, 44, 160), (3, 25, 30, 90), (0, 2, 1, 1)]


def groups(counts: Counts) -> Groups:
    """Groups of (won, resolved) in the current cohort and (won, resolved) in the baseline."""
    won, resolved, won_before, resolved_before = np.array(counts, dtype=float).T

    def side(x: np.ndarray, m: np.ndarray) -> Side:
        size = max(int(m.sum()), 1)
        return Side(size, resolved=m, won=x, density=m / size, won_density=x / size)

    return Groups("all", baseline=side(won_before, resolved_before), current=side(won, resolved))


def test_the_p_value_agrees_with_statsmodels() -> None:
    tables = [np.array([[x, m - x], [y, n - y]]) for x, m, y, n in STRATA]
    theirs = StratifiedTable(tables).test_null_odds(correction=False)
    found = won_share_at_equal_age([groups(STRATA)], 0.90)
    assert found is not None
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-9)


def test_one_group_gives_the_plain_difference_with_its_binomial_variance() -> None:
    found = won_share_at_equal_age([groups([(12, 98, 119, 410)])], 0.90)
    assert found is not None
    now, before = 12 / 98, 119 / 410
    half = 1.6448536 * np.sqrt(now * (1 - now) / 98 + before * (1 - before) / 410)
    assert found.difference.value == pytest.approx(now - before)
    assert found.difference.high - found.difference.value == pytest.approx(half, rel=1e-6)


def test_a_group_that_one_cohort_lacks_says_nothing() -> None:
    alone: Counts = [(5, 9, 0, 0), (0, 0, 70, 80)]
    with_more = won_share_at_equal_age([groups([*STRATA, *alone])], 0.90)
    assert with_more == won_share_at_equal_age([groups(STRATA)], 0.90)
    assert won_share_at_equal_age([groups(alone)], 0.90) is None


def test_the_same_share_in_every_group_is_no_difference_whatever_the_timing() -> None:
    """Half of the young and a tenth of the old deals are won in both cohorts; the current one has more old ones."""
    found = won_share_at_equal_age([groups([(10, 20, 100, 200), (9, 90, 10, 100)])], 0.90)
    assert found is not None
    assert found.difference.value == pytest.approx(0, abs=1e-12)
    assert found.p_value == pytest.approx(1)


def test_deals_that_all_end_alike_show_no_difference() -> None:
    found = won_share_at_equal_age([groups([(0, 20, 0, 200)])], 0.90)
    assert found is not None
    assert (found.difference.value, found.p_value) == (0, 1)


def test_the_interval_covers_the_truth_as_often_as_it_says_in_thin_strata() -> None:
    """2,000 draws of 40 groups of about 3 against 8 deals: coverage of a 90 % interval within sampling error."""
    rng = np.random.default_rng(20260701)
    share = rng.uniform(0.1, 0.6, 40)
    covered = 0
    for _ in range(2_000):
        m, n = rng.poisson(3, 40), rng.poisson(8, 40)
        x, y = rng.binomial(m, share), rng.binomial(n, share)
        found = won_share_at_equal_age([groups(np.column_stack([x, m, y, n]).tolist())], 0.90)
        assert found is not None
        covered += found.difference.low <= 0 <= found.difference.high
    assert covered / 2_000 == pytest.approx(0.90, abs=0.02)
