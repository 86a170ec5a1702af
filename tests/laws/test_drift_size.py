"""How often the quarterly verdicts are wrong when nothing changed, and how often they find what did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from icp_monitor.config.icp import COMPANY, TIERS, MaterialEffects, MinEvidence
from icp_monitor.drift.amounts import compare_amounts
from icp_monitor.drift.cohort import ATTRIBUTE_COLUMNS, CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.cycle import compare_cycle
from icp_monitor.drift.family import survives
from icp_monitor.drift.judge import judge
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.power import minimum_detectable_effect
from icp_monitor.drift.verdict import Finding
from icp_monitor.drift.verdicts import decide
from icp_monitor.drift.win_rate import compare_win_rate
from icp_monitor.metrics.buckets import age_edges
from icp_monitor.periods import Window

pytestmark = pytest.mark.slow

HORIZON = 180
EDGES = np.array(age_edges(HORIZON))
YEAR, QUARTER = Window(date(2025, 1, 1), date(2026, 1, 1)), Window(date(2026, 1, 1), date(2026, 4, 1))
CHANNELS, INDUSTRIES = ("inbound", "outbound", "partner", "event"), ("v", "w", "x", "y", "z")
SURE = 0.999
NOTHING_IS_TRIVIAL = MaterialEffects(win_rate=0, acv=1e-9, cycle=1e-9)


@dataclass(frozen=True)
class Segment:
    """Opportunities a quarter, win rate, mean days to a decision and median amount."""

    n: int
    win_rate: float
    days: float
    amount: float


@dataclass(frozen=True)
class World:
    """Six segments of very different size; wins are decided a little faster than losses, better tiers win more."""

    segments: Mapping[str, Segment] = field(
        default_factory=lambda: {
            "a": Segment(60, 0.40, 126, 90_000),
            "b": Segment(100, 0.34, 105, 70_000),
            "c": Segment(150, 0.28, 91, 48_000),
            "d": Segment(200, 0.24, 77, 36_000),
            "e": Segment(300, 0.20, 63, 24_000),
            "f": Segment(400, 0.16, 49, 15_000),
        }
    )

    def changed(self, **segments: Segment) -> World:
        return World({**self.segments, **segments})


WORLD = World()
PLAN = Plan(
    segments=dict.fromkeys(WORLD.segments, MinEvidence()),
    attributes=("industry",),
    scored=(),
    segmenting=(),
    horizon_days=HORIZON,
    material=MaterialEffects(),
    level=0.90,
    fdr=0.10,
    power=0.80,
    min_maturity=0.50,
)


def draw(rng: np.random.Generator, world: World, window: Window, watched: int = HORIZON) -> Cohort:
    """A cohort of the world, seen ``watched`` days after its window, judged when it is due."""
    deals = pd.concat([_deals(rng, name, item, window) for name, item in world.segments.items()], ignore_index=True)
    seen = window.days + watched - 1 - deals["created"]
    deals["age"] = EDGES[np.searchsorted(EDGES, np.minimum(deals["days"], seen), side="right") - 1]
    deals["outcome"] = np.where(deals["days"] > seen, "open", np.where(deals["won"], "won", "lost"))
    return Cohort(
        window=window,
        as_of=window.end + timedelta(days=HORIZON),
        observed_until=window.end + timedelta(days=watched),
        horizon_days=HORIZON,
        cells=deals.groupby([*CELL_KEYS], as_index=False)[[*CELL_SUMS]].sum(),
        attributes=deals.assign(attribute="industry", value=deals["industry"], n_won=deals["won"].astype(int))
        .groupby([*ATTRIBUTE_COLUMNS[:2]], as_index=False)[["n", "n_won"]]
        .sum(),
        maturity=float((seen >= HORIZON).mean()),
        scores=_by_band(deals[(deals["outcome"] != "open") & (deals["age"] <= HORIZON)]),
    )


def _by_band(resolved: pd.DataFrame) -> pd.DataFrame:
    """Tiers as they are cut: scores spread evenly over each."""
    bands = resolved["tier"].map({"tier_1": 16, "tier_2": 12, "tier_3": 8}) + resolved["days"] % 4
    counts = resolved.assign(band=bands, won=resolved["won"].astype(int), lost=(~resolved["won"]).astype(int))
    return counts.groupby(["segment", "band"], as_index=False)[["won", "lost"]].sum()


def _deals(rng: np.random.Generator, name: str, item: Segment, window: Window) -> pd.DataFrame:
    n = rng.poisson(item.n * window.days / 91)
    tier = rng.choice(3, n, p=[0.3, 0.4, 0.3])
    won = rng.random(n) < np.clip(item.win_rate + np.array([0.1, 0.0, -0.1])[tier], 0.01, 0.99)
    logs = rng.normal(np.log(item.amount), 0.6, n)
    return pd.DataFrame(
        {
            "segment": name,
            "tier": np.array(TIERS)[tier],
            "channel": rng.choice(CHANNELS, n, p=[0.4, 0.3, 0.2, 0.1]),
            "industry": rng.choice(INDUSTRIES, n, p=[0.35, 0.25, 0.2, 0.15, 0.05]),
            "won": won,
            "days": rng.gamma(3, item.days * np.where(won, 0.95, 1.05) / 3).astype(int),
            "created": rng.integers(0, window.days, n),
            "n": 1,
            "n_amount": 1,
            "amount_minor": (np.exp(logs) * 100).astype("int64"),
            "log_amount": (logs * 1e9).astype("int64"),
            "log_amount_squared": (logs**2 * 1e9).astype("int64"),
        }
    )


def quarters(runs: int, seed: int, now: World = WORLD, watched: int = HORIZON) -> Iterator[tuple[Finding, ...]]:
    """The findings of so many independent baselines and quarters."""
    for run in range(runs):
        rng = np.random.default_rng([seed, run])
        baseline, current = draw(rng, WORLD, YEAR), draw(rng, now, QUARTER, watched)
        yield judge(PLAN, baseline, current, draw(rng, now, QUARTER), {})


@cache
def unchanged() -> tuple[tuple[Finding, ...], ...]:
    return tuple(quarters(120, seed=1))


def report(text: str) -> None:
    """Shows a measured rate under ``pytest -s``."""
    print(text)  # noqa: T201 - the rates are worth reading, not only within bounds


def drifts(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(item.unit.metric, item.unit.segment) for item in findings if item.verdict == "drift"}


def test_trap_5_24_without_a_change_no_more_families_have_a_finding_than_the_fdr_allows() -> None:
    """Under no change at all every finding is false, so the rate of families with one is the false discovery rate."""
    false = sum(bool(drifts(findings)) for findings in unchanged())
    report(f"families with a false drift: {false} of {len(unchanged())}")
    assert false <= stats.binom.ppf(SURE, len(unchanged()), PLAN.fdr)


@pytest.mark.parametrize("metric", ["win_rate", "acv", "cycle", "score_power"])
def test_p_values_and_intervals_are_wrong_as_often_as_they_say(metric: str) -> None:
    """Over the segments, which are independent; the test of the won share may be a little cautious in thin strata."""
    tested = [
        item
        for findings in unchanged()
        for item in findings
        if item.unit.metric == metric and item.unit.segment != COMPANY and item.evidence.p_value is not None
    ]
    small = sum((item.evidence.p_value or 0) < 0.10 for item in tested)
    missed = sum(_misses_0(item) for item in tested)
    report(f"{metric}: p < .10 in {small / len(tested):.3f}, interval misses 0 in {missed / len(tested):.3f}")
    upper = stats.binom.ppf(SURE, len(tested), 0.10)
    assert small <= upper
    assert missed <= upper
    assert missed >= stats.binom.ppf(1 - SURE, len(tested), 0.07)


@pytest.mark.parametrize("metric", ["tier_order", "tier_mix", "segment_mix", "attribute_mix", "attribute_power"])
def test_p_values_about_the_company_are_small_as_often_as_they_say(metric: str) -> None:
    tested = [item for findings in unchanged() for item in findings if item.unit.metric == metric]
    small = sum((item.evidence.p_value or 0) < 0.10 for item in tested)
    report(f"{metric}: p < .10 in {small / len(tested):.3f}")
    assert len(tested) == len(unchanged())
    assert stats.binom.ppf(1 - SURE, len(tested), 0.07) <= small <= stats.binom.ppf(SURE, len(tested), 0.10)


def _misses_0(item: Finding) -> bool:
    effect = item.decided_by or item.effect
    assert effect.low is not None
    assert effect.high is not None
    return not effect.low <= 0 <= effect.high


def test_stable_is_rarely_said_of_a_material_change() -> None:
    """A win rate that fell by exactly the material effect is called stable in at most 5 % of quarters."""
    fallen = WORLD.changed(f=replace(WORLD.segments["f"], win_rate=0.16 - PLAN.material.win_rate / 0.98))
    said = Counter(
        item.verdict
        for findings in quarters(40, seed=2, now=fallen)
        for item in findings
        if (item.unit.metric, item.unit.segment) == ("win_rate", "f")
    )
    report(f"a fall by the material effect: {dict(said)}")
    assert said["stable"] <= stats.binom.ppf(SURE, 40, 0.05)


Compare = Callable[[Cohort, Cohort, tuple[str, ...], Plan], Comparison]


@pytest.mark.parametrize(
    ("compare", "changed"),
    [
        (compare_win_rate, lambda item, size: replace(item, win_rate=item.win_rate - size)),
        (compare_amounts, lambda item, size: replace(item, amount=item.amount * (1 + size))),
        (compare_cycle, lambda item, size: replace(item, days=item.days * (1 + size))),
    ],
    ids=["win_rate", "acv", "cycle"],
)
def test_a_change_as_large_as_the_detectable_one_is_found_with_the_stated_power(
    compare: Compare, changed: Callable[[Segment, float], Segment]
) -> None:
    """At 400 opportunities a quarter, in a family of one; 80 %."""
    runs, usual = 100, WORLD.segments["f"]
    rng = np.random.default_rng(6)
    plain = [draw(rng, World({"f": usual}), window) for window in (YEAR, QUARTER)]
    precision = compare(*plain, ("tier", "channel"), PLAN).precision
    assert precision is not None
    size = minimum_detectable_effect(precision, 0.0, PLAN.level, PLAN.power)
    now, blind = World({"f": changed(usual, size)}), replace(PLAN, material=NOTHING_IS_TRIVIAL)
    trials = [
        compare(draw(rng, World({"f": usual}), YEAR), draw(rng, now, QUARTER), ("tier", "channel"), blind)
        for _ in range(runs)
    ]
    found = sum(decide(item, found=survives(item.p_value, PLAN.fdr)) == "drift" for item in trials)
    report(f"a change by {size:.3f}: found in {found / runs:.2f}")
    assert stats.binom.ppf(1 - SURE, runs, 0.75) <= found <= stats.binom.ppf(SURE, runs, 0.85)


def test_a_cohort_that_is_not_due_raises_no_alert() -> None:
    for run in range(5):
        rng = np.random.default_rng([3, run])
        baseline, current = draw(rng, WORLD, YEAR), draw(rng, WORLD, QUARTER, watched=0)
        early = replace(current, as_of=QUARTER.end)
        outcomes = [item for item in judge(PLAN, baseline, early, early, {}) if not item.unit.is_mix]
        assert {item.verdict for item in outcomes} == {"insufficient_evidence"}


def test_open_deals_do_not_make_a_win_rate_drift_in_a_cohort_that_is_just_mature_enough() -> None:
    """60 % of the deals were watched to the horizon; the plain share won would read several points too low."""
    runs = list(quarters(30, seed=4, watched=HORIZON - 36))
    false = sum(metric in ("win_rate", "cycle") for findings in runs for metric, _ in drifts(findings))
    judged = sum(item.evidence.q_value is not None for findings in runs for item in findings)
    report(f"false drifts of win rate or cycle: {false} in {len(runs)} families, {judged} units judged")
    assert judged > 20 * len(runs)
    assert false <= stats.binom.ppf(SURE, len(runs), PLAN.fdr)


@pytest.mark.parametrize(("segment", "least"), [("c", 0.40), ("f", 0.90)])
def test_a_win_rate_that_falls_by_12_points_is_found(segment: str, least: float) -> None:
    """In a family of 25 tests, at 150 and at 400 opportunities a quarter, and on the right segment."""
    item = WORLD.segments[segment]
    now = WORLD.changed(**{segment: replace(item, win_rate=item.win_rate - 0.12)})
    true = {("win_rate", segment), ("win_rate", COMPANY), ("tier_order", COMPANY)}
    runs = [drifts(findings) for findings in quarters(30, seed=5, now=now)]
    found = sum(("win_rate", segment) in units for units in runs)
    false = [len(units - true) / max(len(units), 1) for units in runs]
    report(f"-12 points at {item.n} a quarter: found in {found / len(runs):.2f}, false share {np.mean(false):.2f}")
    assert found >= stats.binom.ppf(1 - SURE, len(runs), least)
    assert np.mean(false) - 3 * np.std(false) / np.sqrt(len(runs)) <= PLAN.fdr
