"""Like is compared with like: thin strata are pooled, ages are grouped, and a shift between strata is mix."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from icp_monitor.config.icp import MaterialEffects
from icp_monitor.drift.cohort import CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.cycle import compare_cycle
from icp_monitor.drift.family import survives
from icp_monitor.drift.groups import groups_of
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.strata import keys_of, strata_of
from icp_monitor.drift.verdicts import decide
from icp_monitor.drift.win_rate import compare_win_rate
from icp_monitor.periods import Window

HORIZON = 90
PLAN = Plan({}, (), (), (), HORIZON, MaterialEffects(), 0.90, 0.10, 0.80, 0.5)
WITHIN = keys_of("mid")

Row = tuple[str, str, str, str, int, int]


def cohort(rows: list[Row]) -> Cohort:
    cells = pd.DataFrame(rows, columns=[*CELL_KEYS, "n"]).assign(**dict.fromkeys(CELL_SUMS[1:], 0))
    attributes = pd.DataFrame(columns=["attribute", "value", "n", "n_won"])
    window = Window(date(2026, 1, 1), date(2026, 4, 1))
    return Cohort(window, date(2026, 8, 1), date(2026, 8, 1), HORIZON, cells, attributes, 1.0)


def deals(
    n: int, won: float = 0.3, tier: str = "tier_1", channel: str = "web", segment: str = "mid", age: int = 14
) -> list[Row]:
    wins = round(n * won)
    return [(segment, tier, channel, "won", age, wins), (segment, tier, channel, "lost", age, n - wins)]


def test_the_company_is_compared_by_segments_and_a_segment_by_tiers_and_channels() -> None:
    assert keys_of("company") == ("segment",)
    assert WITHIN == ("tier", "channel")


def test_thin_strata_are_pooled_within_their_tier_first() -> None:
    rows = [
        *deals(60, channel="web"),
        *deals(20, channel="event"),
        *deals(20, channel="partner"),
        *deals(10, tier="tier_3", channel="web"),
        *deals(9, tier="unscored", channel="web"),
    ]
    found = strata_of(cohort(rows), cohort(rows), WITHIN)
    sizes = {stratum.name: stratum.tables[0].n for stratum in found}
    assert sizes == {"Tier 1, web": 60, "Tier 1, the rest": 40, "the rest": 19}


def test_a_stratum_is_thin_when_one_cohort_is_short_of_it() -> None:
    many, few = deals(300) + deals(300, channel="event"), deals(300) + deals(5, channel="event")
    assert [stratum.name for stratum in strata_of(cohort(many), cohort(few), WITHIN)] == ["the rest", "Tier 1, web"]


def test_everything_is_one_stratum_where_the_rest_was_not_watched_up_to_the_horizon() -> None:
    """The five deals from events were all last seen open at two weeks."""
    unseen: list[Row] = [("mid", "tier_1", "event", "open", 14, 5)]
    open_: list[Row] = [("mid", "tier_1", "web", "open", HORIZON + 1, 5)]
    found = strata_of(cohort([*deals(60), *open_]), cohort([*deals(60), *open_, *unseen]), WITHIN)
    assert [(stratum.name, stratum.tables[1].n) for stratum in found] == [("all", 70)]


def test_ages_are_grouped_until_both_cohorts_have_five_decisions() -> None:
    baseline = cohort([row for age in (0, 7, 14, 21, 28) for row in deals(40, age=age)])
    current = cohort([row for age, n in ((0, 3), (7, 3), (14, 20), (21, 4), (28, 4)) for row in deals(n, age=age)])
    (stratum,) = strata_of(baseline, current, ("segment",))
    groups = groups_of(stratum)
    assert groups.current.resolved.tolist() == [6, 20, 8]
    assert groups.baseline.resolved.tolist() == [80, 40, 80]


@pytest.mark.parametrize(("keys", "field"), [(("segment",), "segment"), (WITHIN, "tier")])
def test_a_shift_between_strata_is_mix_and_neither_win_rate_nor_cycle_drifts(keys: tuple[str, ...], field: str) -> None:
    """From fast, often won deals to slow, seldom won ones, at constant rates within each."""
    good, bad = ("mid", "low") if field == "segment" else ("tier_1", "tier_3")

    def mixed(n_good: int, n_bad: int) -> Cohort:
        fast = [row for age in (7, 21) for row in deals(n_good, 0.5, age=age, **{field: good})]
        return cohort(fast + [row for age in (63, 77) for row in deals(n_bad, 0.1, age=age, **{field: bad})])

    baseline, current = mixed(600, 200), mixed(200, 600)
    rate, cycle = compare_win_rate(baseline, current, keys, PLAN), compare_cycle(baseline, current, keys, PLAN)
    assert rate.decomposition is not None
    assert rate.change is not None
    assert cycle.change is not None
    assert rate.change.value < -0.15
    assert rate.decomposition.mix == pytest.approx(rate.change.value, abs=1e-9)
    assert cycle.change.low > 0.5
    assert [decide(item, found=survives(item.p_value, PLAN.fdr)) for item in (rate, cycle)] == ["stable", "stable"]
    assert any(cause.text.startswith("mix: other shares of ") and cause.change > 0.5 for cause in cycle.causes)
