"""Laws of the fixed-sample comparison: what may not change it, and which way it must move."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from icp_monitor.config.icp import MaterialEffects
from icp_monitor.drift.amounts import compare_amounts
from icp_monitor.drift.cohort import CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.cycle import compare_cycle
from icp_monitor.drift.decomposition import Split, decompose
from icp_monitor.drift.groups import groups_of
from icp_monitor.drift.mix import compare_mix, counts_of
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.strata import strata_of
from icp_monitor.drift.verdict import Unit
from icp_monitor.drift.win_rate import compare_win_rate
from icp_monitor.metrics.intervals import Interval
from icp_monitor.metrics.life_table import life_table
from icp_monitor.periods import Window

HORIZON = 60
PLAN = Plan({}, (), (), (), HORIZON, MaterialEffects(), 0.90, 0.10, 0.80, 0.5)
YEAR, QUARTER = Window(date(2025, 1, 1), date(2026, 1, 1)), Window(date(2026, 1, 1), date(2026, 4, 1))
KEYS = ("segment",)
SEGMENT_MIX = Unit("mix", "segment_mix", "company")

Seeds = st.integers(0, 2**32 - 1)


def cohort(seed: int, window: Window = QUARTER, size: int = 40, open_: bool = True) -> Cohort:
    """Cells with random keys, counts and won amounts; some deals are open at the horizon, so that it is reached."""
    rng = np.random.default_rng(seed)
    kinds = ["won", "lost", "no_decision", *(["open"] if open_ else [])]
    cells = pd.DataFrame(
        {
            "segment": rng.choice(["a", "b", "c"], size, p=[0.5, 0.3, 0.2]),
            "tier": rng.choice(["tier_1", "tier_2", "tier_3"], size),
            "channel": rng.choice(["web", "event"], size),
            "outcome": rng.choice(kinds, size),
            "age": rng.choice([0, 7, 14, 21, 35, 56, HORIZON + 1], size),
            "n": rng.integers(1, 12, size),
        }
    )
    logs = rng.normal(10, 0.5, size)
    cells["n_amount"] = cells["n"]
    cells["amount_minor"] = (cells["n"] * np.exp(logs) * 100).round().astype("int64")
    cells["log_amount"] = (cells["n"] * logs * 1e9).round().astype("int64")
    cells["log_amount_squared"] = (cells["n"] * (logs**2 + 0.1) * 1e9).round().astype("int64")
    attributes = pd.DataFrame(columns=["attribute", "value", "n", "n_won"])
    return Cohort(window, date(2026, 6, 1), date(2026, 6, 1), HORIZON, cells[[*CELL_KEYS, *CELL_SUMS]], attributes, 1.0)


def with_cells(found: Cohort, cells: pd.DataFrame) -> Cohort:
    return replace(found, cells=cells.reset_index(drop=True))


def all_of(baseline: Cohort, current: Cohort) -> list[Comparison]:
    return [
        compare_win_rate(baseline, current, KEYS, PLAN),
        compare_amounts(baseline, current, KEYS, PLAN),
        compare_cycle(baseline, current, KEYS, PLAN),
        compare_mix(counts_of(SEGMENT_MIX, baseline), counts_of(SEGMENT_MIX, current), PLAN),
    ]


def numbers(found: Comparison) -> list[float]:
    """Everything that was measured, in one row."""
    intervals = [found.change, found.tested]
    ends = [end for item in intervals if item for end in (item.value, item.low, item.high)]
    return [*ends, found.p_value or -1.0, found.baseline.value or -1.0, found.current.value or -1.0]


def split(baseline: Cohort, current: Cohort) -> Split:
    return decompose([groups_of(stratum) for stratum in strata_of(baseline, current, KEYS)])


@given(Seeds, Seeds)
@settings(max_examples=20, deadline=None)
def test_the_names_of_segments_do_not_matter(first: int, second: int) -> None:
    baseline, current = cohort(first, YEAR, 80), cohort(second)
    names = {"a": "z", "b": "y", "c": "x"}
    renamed = [
        with_cells(item, item.cells.assign(segment=item.cells["segment"].map(names))) for item in (baseline, current)
    ]
    for before, after in zip(all_of(baseline, current), all_of(*renamed), strict=True):
        assert numbers(after) == pytest.approx(numbers(before), rel=1e-9, abs=1e-12)


@given(Seeds, Seeds)
@settings(max_examples=20, deadline=None)
def test_how_the_counts_are_cut_into_cells_does_not_matter(first: int, second: int) -> None:
    baseline, current = cohort(first, YEAR, 80), cohort(second)
    cells = current.cells
    half = cells.assign(**{name: cells[name] // 2 for name in CELL_SUMS})
    rest = cells.assign(**{name: cells[name] - cells[name] // 2 for name in CELL_SUMS})
    cut = with_cells(current, pd.concat([rest, half]).sample(frac=1, random_state=1))
    for before, after in zip(all_of(baseline, current), all_of(baseline, cut), strict=True):
        assert numbers(after) == pytest.approx(numbers(before), rel=1e-9, abs=1e-12)


@given(Seeds, Seeds)
@settings(max_examples=50, deadline=None)
def test_share_timing_and_mix_sum_to_the_change_and_swap_with_the_cohorts(first: int, second: int) -> None:
    baseline, current = cohort(first, YEAR, 80), cohort(second)
    there, back = split(baseline, current), split(current, baseline)
    assert there.share + there.timing + there.mix == pytest.approx(there.current - there.baseline, abs=1e-9)
    assert (back.share, back.timing, back.mix) == pytest.approx((-there.share, -there.timing, -there.mix), abs=1e-12)


@given(Seeds, Seeds)
@settings(max_examples=20, deadline=None)
def test_swapping_the_cohorts_turns_every_change_round(first: int, second: int) -> None:
    baseline, current = cohort(first), cohort(second)
    there, back = all_of(baseline, current), all_of(current, baseline)
    for one, other in zip(there[:3], back[:3], strict=True):
        assume(one.change is not None)
        assert one.change is not None
        assert other.change is not None
        turned = -one.change.value if one.unit == "points" else 1 / (1 + one.change.value) - 1
        assert other.change.value == pytest.approx(turned, abs=1e-9)
        assert other.p_value == pytest.approx(one.p_value, rel=1e-9)
    assert numbers(back[3])[:4] == pytest.approx(numbers(there[3])[:4])


@given(Seeds, Seeds)
@settings(max_examples=20, deadline=None)
def test_a_lost_deal_that_is_won_instead_raises_the_win_rate_and_its_share_part(first: int, second: int) -> None:
    baseline, current = cohort(first, YEAR, 80), cohort(second)
    lost = current.cells.index[(current.cells["outcome"] == "lost") & (current.cells["age"] <= HORIZON)]
    assume(len(lost) > 0)
    better = with_cells(
        current, current.cells.assign(outcome=current.cells["outcome"].where(current.cells.index != lost[0], "won"))
    )
    before, after = split(baseline, current), split(baseline, better)
    assert after.current > before.current
    assert after.share >= before.share
    assert after.baseline == before.baseline


@given(Seeds, Seeds)
@settings(max_examples=20, deadline=None)
def test_a_decision_that_comes_later_lengthens_the_cycle(first: int, second: int) -> None:
    baseline, current = cohort(first, YEAR, 80), cohort(second, open_=False)
    early = current.cells["age"] == 0
    assume(early.any())
    later = with_cells(current, current.cells.assign(age=current.cells["age"].where(~early, 35)))
    before, after = compare_cycle(baseline, current, KEYS, PLAN), compare_cycle(baseline, later, KEYS, PLAN)
    assert before.current.value is not None
    assert after.current.value is not None
    assert after.current.value > before.current.value


@given(Seeds, Seeds, st.sampled_from([0.01, 0.5, 3.0, 1_000.0]))
@settings(max_examples=20, deadline=None)
def test_another_currency_changes_no_ratio_of_amounts(first: int, second: int, rate: float) -> None:
    baseline, current = cohort(first, YEAR, 80), cohort(second)
    there = compare_amounts(baseline, current, KEYS, PLAN)
    assume(there.change is not None)
    both = compare_amounts(exchanged(baseline, rate), exchanged(current, rate), KEYS, PLAN)
    one = compare_amounts(baseline, exchanged(current, rate), KEYS, PLAN)
    assert there.change is not None
    assert both.change is not None
    assert one.change is not None
    assert both.change.value == pytest.approx(there.change.value, abs=1e-6)
    assert 1 + one.change.value == pytest.approx(rate * (1 + there.change.value), rel=1e-6)


def exchanged(found: Cohort, rate: float) -> Cohort:
    cells, log = found.cells, np.log(rate)
    squared = cells["log_amount_squared"] + 2 * log * cells["log_amount"] + cells["n_amount"] * log**2 * 1e9
    return with_cells(
        found,
        cells.assign(
            amount_minor=(cells["amount_minor"] * rate).round().astype("int64"),
            log_amount=(cells["log_amount"] + cells["n_amount"] * log * 1e9).round().astype("int64"),
            log_amount_squared=squared.round().astype("int64"),
        ),
    )


@given(Seeds, Seeds)
@settings(max_examples=20, deadline=None)
def test_four_times_as_many_deals_make_every_interval_narrower(first: int, second: int) -> None:
    """In one segment, so that the strata stay the same."""
    small = [with_cells(item, item.cells.assign(segment="a")) for item in (cohort(first, YEAR, 80), cohort(second))]
    large = [
        with_cells(item, item.cells.assign(**{name: 4 * item.cells[name] for name in CELL_SUMS})) for item in small
    ]
    for one, four in zip(all_of(*small)[:3], all_of(*large)[:3], strict=True):
        assume(one.change is not None)
        assert one.change is not None
        assert four.change is not None
        assert width(four.change) < width(one.change)
        assert four.change.value == pytest.approx(one.change.value, abs=1e-9)


def width(interval: Interval) -> float:
    return interval.high - interval.low


@given(Seeds)
@settings(max_examples=20, deadline=None)
def test_a_cohort_does_not_differ_from_itself(seed: int) -> None:
    same = cohort(seed)
    for found in all_of(same, same):
        assume(found.change is not None)
        assert found.change is not None
        assert found.change.value == pytest.approx(0, abs=1e-12)
        assert found.change.low <= 0 <= found.change.high
        assert found.p_value == pytest.approx(1)


@given(Seeds)
@settings(max_examples=50, deadline=None)
def test_every_deal_is_decided_lost_from_sight_or_open_at_the_horizon(seed: int) -> None:
    found = cohort(seed)
    table = life_table(found.cells, HORIZON)
    beyond = int(found.cells.loc[found.cells["age"] == HORIZON + 1, "n"].sum())
    assert table.resolved.sum() + table.censored.sum() + beyond == table.n == found.n
