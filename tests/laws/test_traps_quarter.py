"""What fools a quarterly comparison, one named test a trap: constant worlds in which something else changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from icp_monitor.config.icp import COMPANY, MaterialEffects, MinEvidence
from icp_monitor.drift.baseline import FrozenBaseline
from icp_monitor.drift.cohort import ATTRIBUTE_COLUMNS, CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.distances import psi, psi_critical
from icp_monitor.drift.effort import lift_at_equal_effort
from icp_monitor.drift.judge import judge
from icp_monitor.drift.mix import chi_square, merge_small
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.verdict import Finding
from icp_monitor.errors import RefusedError
from icp_monitor.metrics.buckets import age_edges
from icp_monitor.metrics.closed_rates import ClosedRates
from icp_monitor.periods import Window

HORIZON = 120
EDGES = np.array(age_edges(HORIZON))
YEAR, QUARTER = Window(date(2025, 1, 1), date(2026, 1, 1)), Window(date(2026, 1, 1), date(2026, 4, 1))
SEGMENTS = ("a", "b", "c", "d")
PLAN = Plan(
    segments=dict.fromkeys(SEGMENTS, MinEvidence()),
    attributes=("industry",),
    scored=("industry",),
    segmenting=(),
    horizon_days=HORIZON,
    material=MaterialEffects(),
    level=0.90,
    fdr=0.10,
    power=0.80,
    min_maturity=0.50,
)
Rates = dict[str, tuple[int, float]]  # deals in a quarter and win rate by segment
USUAL: Rates = {"a": (400, 0.40), "b": (300, 0.30), "c": (300, 0.25), "d": (200, 0.20)}


def deals(rng: np.random.Generator, window: Window, rates: Rates, days: float = 60.0) -> pd.DataFrame:
    """Deals with their day of creation, outcome, days to it and amount; one in seven is never closed."""
    quarters = round(window.days / 91)
    frame = pd.concat(
        [
            pd.DataFrame({"segment": segment, "won": rng.random(n * quarters) < rate / 0.857})
            for segment, (n, rate) in rates.items()
        ],
        ignore_index=True,
    )
    size = len(frame)
    never = rng.random(size) < 1 / 7
    return frame.assign(
        won=frame["won"] & ~never,
        days=np.where(never, 100_000, rng.gamma(3, np.where(frame["won"], days, 1.2 * days) / 3)).astype(int),
        created=rng.integers(0, window.days, size),
        log=np.round(rng.normal(10, 0.6, size), 9),
        tier=rng.choice(["tier_1", "tier_2", "tier_3"], size),
        industry=rng.choice(["x", "y", "z"], size),
    )


def cohort(frame: pd.DataFrame, window: Window, watched: int = HORIZON) -> Cohort:
    """The deals as seen ``watched`` days after the window."""
    seen = window.days + watched - 1 - frame["created"]
    rows = frame.assign(
        channel="web",
        age=EDGES[np.searchsorted(EDGES, np.minimum(frame["days"], seen), side="right") - 1],
        outcome=np.where(frame["days"] > seen, "open", np.where(frame["won"], "won", "lost")),
        n=1,
        n_amount=1,
        amount_minor=(np.exp(frame["log"]) * 100).round().astype("int64"),
        log_amount=(frame["log"] * 1e9).round().astype("int64"),
        log_amount_squared=(frame["log"] ** 2 * 1e9).round().astype("int64"),
        attribute="industry",
        value=frame["industry"],
        n_won=(frame["won"] & (frame["days"] <= np.minimum(seen, HORIZON))).astype(int),
    )
    return Cohort(
        window=window,
        as_of=window.end + timedelta(days=watched),
        observed_until=window.end + timedelta(days=watched),
        horizon_days=HORIZON,
        cells=rows.groupby([*CELL_KEYS], as_index=False)[[*CELL_SUMS]].sum(),
        attributes=rows.groupby([*ATTRIBUTE_COLUMNS[:2]], as_index=False)[["n", "n_won"]].sum(),
        maturity=float((seen >= HORIZON).mean()),
    )


def draw(seed: int, window: Window, rates: Rates = USUAL, watched: int = HORIZON, days: float = 60.0) -> Cohort:
    return cohort(deals(np.random.default_rng(seed), window, rates, days), window, watched)


def found(baseline: Cohort, current: Cohort, plan: Plan = PLAN) -> dict[tuple[str, str], Finding]:
    findings = judge(plan, baseline, current, current, {})
    return {(item.unit.attribute or item.unit.metric, item.unit.segment): item for item in findings}


def drifts(findings: dict[tuple[str, str], Finding]) -> set[tuple[str, str]]:
    return {unit for unit, item in findings.items() if item.verdict == "drift"}


BASELINE = draw(1, YEAR)


def test_trap_5_01_a_young_cohort_looks_terrible_or_wonderful_and_is_not_judged() -> None:
    """Seen on the day after the quarter: won of created reads a third of the truth; nothing is said but when."""
    young = draw(2, QUARTER, watched=0)
    won = young.cells.loc[young.cells["outcome"] == "won", "n"].sum() / young.n
    usual = draw(2, QUARTER)
    assert won < 0.6 * usual.cells.loc[usual.cells["outcome"] == "won", "n"].sum() / usual.n
    outcomes = [item for item in found(BASELINE, young).values() if item.unit.metric in ("win_rate", "acv", "cycle")]
    assert {item.verdict for item in outcomes} == {"insufficient_evidence"}
    assert {item.needs.judged_on for item in outcomes if item.needs} == {date(2026, 7, 30)}


def test_trap_5_01_open_deals_of_a_cohort_that_is_just_mature_enough_count_for_what_they_may_become() -> None:
    """70 % of the deals were watched for the whole horizon; the win rate shown is that of the whole cohort."""
    due = replace(draw(3, QUARTER, watched=HORIZON - 30), as_of=QUARTER.end + timedelta(days=HORIZON))
    assert 0.5 < due.maturity < 0.9
    findings = found(BASELINE, due)
    win_rate = findings["win_rate", COMPANY]
    assert win_rate.current.value == pytest.approx(win_rate.baseline.value, abs=0.03)
    assert not drifts(findings)


def test_trap_5_02_a_clean_up_of_dead_deals_moves_the_close_rate_and_no_verdict() -> None:
    """Deals never closed are marked lost, long after the horizon: the close rate falls by a fifth or more."""
    frame = deals(np.random.default_rng(4), QUARTER, USUAL)
    cleaned = frame.assign(days=np.where(frame["days"] > 10_000, HORIZON + 60, frame["days"]))
    before, after = (
        ClosedRates(int(item["won"].sum()), int((~item["won"] & (item["days"] < 10_000)).sum()), 0)
        for item in (frame, cleaned)
    )
    assert before.broad is not None
    assert after.broad is not None
    assert after.broad < 0.87 * before.broad
    findings = [found(BASELINE, cohort(item, QUARTER)) for item in (frame, cleaned)]
    assert findings[0]["win_rate", COMPANY].verdict == "stable"
    for unit in findings[0]:
        if unit[0] in ("win_rate", "cycle"):
            assert findings[0][unit] == findings[1][unit]


def test_trap_5_17_a_quarter_that_is_not_over_is_refused_even_for_who_the_deals_are_with() -> None:
    """Last days of a quarter are unlike its first ones, so a part of a quarter is compared with nothing."""
    part = replace(draw(5, QUARTER, watched=0), as_of=date(2026, 3, 1), observed_until=date(2026, 3, 1))
    findings = found(BASELINE, part)
    assert {item.verdict for item in findings.values()} == {"insufficient_evidence"}
    assert findings["segment_mix", COMPANY].because == ("the window is not over",)
    with pytest.raises(RefusedError, match="share one horizon"):
        judge(replace(PLAN, horizon_days=90), BASELINE, part, part, {})


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.9])
def test_trap_5_18_a_segment_of_twelve_deals_is_never_a_drift_and_never_stable(rate: float) -> None:
    findings = found(BASELINE, draw(6, QUARTER, {**USUAL, "c": (12, rate)}))
    of_segment = [item for (_, segment), item in findings.items() if segment == "c"]
    assert {item.verdict for item in of_segment} == {"insufficient_evidence"}


def test_trap_5_19_a_favourite_tier_that_is_worked_harder_wins_more_and_that_is_said() -> None:
    """Tiers mean nothing, effort everything: half of tier 1 gets the most effort, a tenth of the others."""
    rng = np.random.default_rng(7)
    rows = [
        (tier, effort, n, int(rng.binomial(n, rate)))
        for tier, sizes in {"tier_1": (200, 300, 500), "tier_3": (700, 200, 100)}.items()
        for (effort, rate), n in zip({"low": 0.15, "some": 0.25, "high": 0.4}.items(), sizes, strict=True)
    ]
    lift = lift_at_equal_effort(pd.DataFrame(rows, columns=["tier", "effort", "n", "n_won"]), "tier_1", 0.90)
    assert lift.plain is not None
    assert lift.plain.low > 1.2
    assert lift.warning is not None
    assert lift.warning.startswith("the lift is explained by effort")
    fit = [("tier_1", "low", 500, 200), ("tier_1", "high", 500, 250)]
    other = [("tier_3", "low", 500, 100), ("tier_3", "high", 500, 125)]
    real = pd.DataFrame(fit + other, columns=["tier", "effort", "n", "n_won"])
    assert lift_at_equal_effort(real, "tier_1", 0.90).warning is None


def test_trap_5_21_each_segment_up_and_the_total_down_is_mix_to_the_last_digit() -> None:
    """Simpson: from 40/100 and 60/300 to 9/20 and 84/380; -1.75 points, all of it and more by mix."""

    def fixed(window: Window, counts: dict[str, tuple[int, int]]) -> Cohort:
        rows = [
            (segment, "tier_1", "web", outcome, 7, n, 0, 0, 0, 0)
            for segment, (won, size) in counts.items()
            for outcome, n in (("won", won), ("lost", size - won))
        ]
        cells = pd.DataFrame(rows, columns=[*CELL_KEYS, *CELL_SUMS])
        attributes = pd.DataFrame(columns=list(ATTRIBUTE_COLUMNS))
        due = window.end + timedelta(days=HORIZON)
        return Cohort(window, due, due, HORIZON, cells, attributes, 1.0)

    before, after = fixed(YEAR, {"a": (40, 100), "b": (60, 300)}), fixed(QUARTER, {"a": (9, 20), "b": (84, 380)})
    item = found(before, after, replace(PLAN, segments=dict.fromkeys("ab", MinEvidence(matured_opps=10))))[
        "win_rate", COMPANY
    ]
    assert item.effect.value == pytest.approx(-0.0175, abs=1e-9)
    assert item.decomposition is not None
    assert sum((item.decomposition.share, item.decomposition.timing, item.decomposition.mix)) == pytest.approx(
        -0.0175, abs=1e-9
    )
    assert item.verdict != "drift"


def test_trap_5_23_a_slow_decay_is_seen_against_the_frozen_baseline_and_not_from_quarter_to_quarter() -> None:
    """After eight quarters: 10 points below the baseline, each hardly below the last; and the baseline can't move."""
    decayed: Rates = {segment: (4 * n, rate - 0.10) for segment, (n, rate) in USUAL.items()}
    last: Rates = {segment: (4 * n, rate - 0.0875) for segment, (n, rate) in USUAL.items()}
    now = draw(8, QUARTER, decayed)
    assert ("win_rate", COMPANY) in drifts(found(BASELINE, now))
    assert ("win_rate", COMPANY) not in drifts(found(draw(9, QUARTER, last), now))
    stored = FrozenBaseline.freeze(BASELINE).as_json()
    stored["cells"][0][-5] += 1
    with pytest.raises(RefusedError, match="changed after it was frozen"):
        FrozenBaseline.from_json(stored)


def test_trap_5_25_what_is_significant_but_trivial_is_stable() -> None:
    """A point and a half less in 80,000 deals: beyond any doubt, and of no matter."""
    many: Rates = {segment: (20 * n, rate) for segment, (n, rate) in USUAL.items()}
    fewer: Rates = {segment: (20 * n, rate - 0.015) for segment, (n, rate) in USUAL.items()}
    item = found(draw(10, YEAR, many), draw(11, QUARTER, fewer))["win_rate", COMPANY]
    assert item.evidence.q_value is not None
    assert item.evidence.q_value < 0.01
    assert item.verdict == "stable"


def test_trap_5_26_what_is_not_significant_is_not_stable_and_says_how_many_deals_it_needs() -> None:
    small: Rates = {"a": (60, 0.33), "b": (300, 0.30), "c": (300, 0.25), "d": (200, 0.20)}
    item = found(BASELINE, draw(12, QUARTER, small))["win_rate", "a"]
    assert (item.evidence.p_value or 0) > 0.10
    assert item.verdict == "insufficient_evidence"
    assert item.minimum_detectable_effect is not None
    assert item.minimum_detectable_effect > 2 * PLAN.material.win_rate
    assert item.needs is not None
    assert item.needs.opportunities is not None
    assert item.needs.weeks is not None


@pytest.mark.parametrize(("n", "fixed", "rule"), [(30, 0.25, 0.67), (50, 0.25, 0.30), (100, 0.10, 0.42)])
def test_trap_5_27_a_fixed_limit_of_psi_fires_on_noise_and_the_test_of_the_merged_table_does_not(
    n: int, fixed: float, rule: float
) -> None:
    """2,000 draws of n against 2,000 deals in ten equal bins; the published rates at which the rules fire."""
    rng = np.random.default_rng(13)
    tables = [rng.multinomial([2_000, n], np.full(10, 0.1)).astype(float) for _ in range(2_000)]
    fires = np.mean([psi(*table) > fixed for table in tables])
    found = np.mean([chi_square(merge_small(table)).p_value < 0.05 for table in tables])
    assert fires == pytest.approx(rule, abs=0.06)
    assert found <= stats.binom.ppf(0.999, 2_000, 0.05) / 2_000


@pytest.mark.parametrize("n", [60, 150, 400])
def test_trap_5_27_the_critical_value_of_psi_knows_how_many_deals_there_are(n: int) -> None:
    """At sixty deals in six bins and more, noise exceeds it in about 5 % of 2,000 draws."""
    rng = np.random.default_rng(14)
    tables = [rng.multinomial([4 * n, n], np.full(6, 1 / 6)).astype(float) for _ in range(2_000)]
    over = np.mean([psi(*table) > psi_critical(4 * n, n, 6, 0.95) for table in tables])
    assert 0.035 <= over <= 0.075


def test_trap_5_27_a_new_category_is_a_finding_and_no_division_by_zero() -> None:
    frame = deals(np.random.default_rng(14), QUARTER, USUAL)
    frame["industry"] = np.where(np.arange(len(frame)) % 5 == 0, "new", frame["industry"])
    item = found(BASELINE, cohort(frame, QUARTER))["industry", COMPANY]
    mix = next(
        finding
        for finding in judge(PLAN, BASELINE, cohort(frame, QUARTER), cohort(frame, QUARTER), {})
        if finding.unit.metric == "attribute_mix"
    )
    assert mix.verdict == "drift"
    assert any(reason.startswith("new: 20 % against 0 %") for reason in mix.because)
    assert item.effect.value is None or np.isfinite(item.effect.value)


def test_trap_5_29_one_deal_of_three_million_flips_the_mean_and_no_verdict() -> None:
    frame = deals(np.random.default_rng(15), QUARTER, USUAL)
    whale = frame.copy()
    whale.loc[whale.index[whale["won"] & (whale["days"] <= HORIZON)][0], "log"] = np.log(30_000_000)
    plain, with_whale = (found(BASELINE, cohort(item, QUARTER))["acv", COMPANY] for item in (frame, whale))
    assert plain.current.value is not None
    assert with_whale.current.value is not None
    assert with_whale.current.value > 2 * plain.current.value
    assert plain.verdict == with_whale.verdict == "stable"


@pytest.mark.slow
def test_trap_5_22_the_best_segment_of_the_baseline_does_not_fall_back_to_a_drift() -> None:
    """Eight segments that are alike: whichever was lucky in the baseline is called worse in no more than the FDR."""
    alike: Rates = dict.fromkeys("abcdefgh", (60, 0.3))
    plan = replace(PLAN, segments=dict.fromkeys(alike, MinEvidence()), attributes=())
    runs, fallen, raw = 60, 0, 0
    for run in range(runs):
        findings = found(draw(1_000 + run, YEAR, alike), draw(5_000 + run, QUARTER, alike), plan)
        rates = {segment: findings["win_rate", segment].baseline.value or 0.0 for segment in alike}
        best = findings["win_rate", max(rates, key=lambda segment: rates[segment])]
        fallen += best.verdict == "drift"
        raw += (best.evidence.p_value or 1) < 0.10 and (best.effect.value or 0) < 0
    print(f"the best segment: {fallen} drifts, {raw} with p < .10, of {runs}")  # noqa: T201
    assert fallen <= stats.binom.ppf(0.999, runs, PLAN.fdr / len(alike))
