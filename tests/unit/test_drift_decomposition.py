"""A change of the share won splits exactly into share, timing and mix."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from icp_monitor.drift.decomposition import Split, decompose
from icp_monitor.drift.groups import groups_of
from icp_monitor.drift.strata import Stratum

HORIZON = 90
Cells = list[tuple[str, int, int]]


def stratum(name: str, baseline: Cells, current: Cells) -> Stratum:
    before, after = (pd.DataFrame(cells, columns=["outcome", "age", "n"]) for cells in (baseline, current))
    return Stratum(name, before.astype({"n": int}), after.astype({"n": int}), HORIZON)


def won_of(won: int, n: int, age: int = 7) -> Cells:
    return [("won", age, won), ("lost", age, n - won)]


def split(*strata: Stratum) -> Split:
    return decompose([groups_of(item) for item in strata])


def total(found: Split) -> float:
    return found.share + found.timing + found.mix


def test_two_segments_that_both_win_more_can_lose_by_their_mix() -> None:
    """40/100 and 60/300 become 9/20 and 84/380: 25.0 % falls to 23.25 %, by mix alone (worked by hand)."""
    found = split(
        stratum("a", won_of(40, 100), won_of(9, 20)),
        stratum("b", won_of(60, 300), won_of(84, 380)),
    )
    assert (found.baseline, found.current) == pytest.approx((0.25, 0.2325))
    assert total(found) == pytest.approx(-0.0175, abs=1e-12)
    assert found.timing == pytest.approx(0)
    assert found.mix == pytest.approx(-0.20 * (0.425 - (0.20 + 84 / 380) / 2))
    assert found.share == pytest.approx(0.15 * 0.05 + 0.85 * (84 / 380 - 0.20))


def test_fewer_wins_at_every_age_are_share() -> None:
    found = split(stratum("a", won_of(40, 100) + won_of(20, 100, age=42), won_of(30, 100) + won_of(10, 100, age=42)))
    assert (found.share, found.timing, found.mix) == pytest.approx((-0.10, 0, 0))


def test_more_open_deals_with_the_same_won_share_are_timing() -> None:
    now = [*won_of(20, 50), ("open", HORIZON + 1, 50)]
    found = split(stratum("a", won_of(40, 100), now))
    assert (found.share, found.timing, found.mix) == pytest.approx((0, -0.20, 0))


def test_a_stratum_that_one_cohort_lacks_is_mix() -> None:
    found = split(stratum("a", won_of(40, 100), won_of(20, 50)), stratum("new", [], won_of(5, 50)))
    assert (found.share, found.timing) == pytest.approx((0, 0))
    assert found.mix == pytest.approx(found.current - found.baseline) == pytest.approx(0.25 - 0.40)


def test_a_cohort_with_few_decisions_is_compared_over_all_ages_at_once() -> None:
    """4 decisions are too few for groups by age; their won share counts for the mean of what both cohorts decided."""
    found = split(stratum("a", won_of(40, 100), [*won_of(3, 4), ("open", HORIZON + 1, 96)]))
    assert found.share == pytest.approx((1.0 + 0.04) / 2 * (0.75 - 0.40))
    assert total(found) == pytest.approx(0.03 - 0.40, abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_the_parts_sum_to_the_change_with_any_strata_ages_and_censoring(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def cells() -> Cells:
        size = int(rng.integers(2, 40))
        ages = rng.choice([0, 7, 14, 35, 63, 84, HORIZON + 1], size)
        kinds = rng.choice(["won", "lost", "no_decision", "open"], size)
        return [*zip(kinds, ages, rng.integers(1, 9, size), strict=True), ("open", HORIZON + 1, 1)]

    found = split(*(stratum(name, cells(), cells()) for name in "abc"))
    assert total(found) == pytest.approx(found.current - found.baseline, abs=1e-9)


def test_the_variance_of_the_share_part_is_that_of_a_standardised_difference() -> None:
    """One group: reach squared times p (1 - p) / (n - 1) of each cohort."""
    found = split(stratum("a", won_of(40, 100), won_of(9, 20)))
    assert found.baseline_variance == pytest.approx(0.4 * 0.6 / 99)
    assert found.current_variance == pytest.approx(0.45 * 0.55 / 19)
