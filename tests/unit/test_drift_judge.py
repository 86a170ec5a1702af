"""The four verdicts, end to end on small cohorts: one finding for each unit, whatever stands in its way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from icp_monitor.config.icp import MaterialEffects, MinEvidence
from icp_monitor.drift.cohort import CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.judge import judge
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.verdict import Context, Family, Finding, Needs, Verdict
from icp_monitor.errors import RefusedError
from icp_monitor.periods import Window

HORIZON = 90
YEAR = Window(date(2025, 1, 1), date(2026, 1, 1))
QUARTER = Window(date(2026, 1, 1), date(2026, 4, 1))
MATURE = date(2026, 6, 30)
PLAN = Plan(
    segments={"mid": MinEvidence(), "small": MinEvidence(), "other": MinEvidence()},
    attributes=("industry",),
    scored=("industry",),
    segmenting=("employees",),
    horizon_days=HORIZON,
    material=MaterialEffects(),
    level=0.90,
    fdr=0.10,
    power=0.80,
    min_maturity=0.50,
    currency="EUR",
)
CUSTOMERS = ("retention", "ltv", "cac")
BANDS = {"tier_1": 17, "tier_2": 14, "tier_3": 8}
TIER_ODDS = {"tier_1": 1.5, "tier_2": 1.0, "tier_3": 0.5}
LOG, LOG_SQUARED = 10.2, 104.4

Row = tuple[str, str, str, str, int, int]


def deals(segment: str, n: int, won: float, still_open: float = 0.1, ages: tuple[int, ...] = (7, 28, 56)) -> list[Row]:
    """About ``n`` deals spread evenly over tiers and ages, so many of the decided ones won, better in better tiers."""
    size = n / len(TIER_ODDS)
    each = size * (1 - still_open) / len(ages)
    return [
        row
        for tier, odds in TIER_ODDS.items()
        for row in _tier(segment, tier, ages, each, won * odds, size * still_open)
    ]


def _tier(segment: str, tier: str, ages: tuple[int, ...], each: float, share: float, open_: float) -> Iterator[Row]:
    for age in ages:
        yield (segment, tier, "web", "won", age, round(each * share))
        yield (segment, tier, "web", "lost", age, round(each) - round(each * share))
    yield (segment, tier, "web", "open", HORIZON + 1, round(open_))


def cohort(window: Window, rows: list[Row], industries: dict[str, int] | None = None) -> Cohort:
    cells = pd.DataFrame(rows, columns=[*CELL_KEYS, "n"])
    cells["n_amount"] = cells["n"]
    cells["amount_minor"] = cells["n"] * 3_000_000
    cells["log_amount"] = (cells["n"] * LOG * 1e9).astype("int64")
    cells["log_amount_squared"] = (cells["n"] * LOG_SQUARED * 1e9).astype("int64")
    counts = industries or {"finance": int(cells["n"].sum() * 0.6), "health": int(cells["n"].sum() * 0.4)}
    attributes = pd.DataFrame([("industry", value, n, n // 4) for value, n in counts.items()])
    attributes.columns = pd.Index(["attribute", "value", "n", "n_won"])
    return Cohort(
        window, MATURE, MATURE, HORIZON, cells[[*CELL_KEYS, *CELL_SUMS]], attributes, 1.0, scores=scores_of(cells)
    )


def scores_of(cells: pd.DataFrame) -> pd.DataFrame:
    """Every tier in one band of its own."""
    resolved = cells[cells["age"] <= HORIZON]
    won = resolved["outcome"] == "won"
    counts = resolved.assign(
        band=resolved["tier"].map(BANDS), won=resolved["n"].where(won, 0), lost=resolved["n"].where(~won, 0)
    )
    return counts.groupby(["segment", "band"], as_index=False)[["won", "lost"]].sum()


BASELINE = cohort(YEAR, deals("mid", 4_000, 0.36) + deals("small", 2_000, 0.30) + deals("other", 1_000, 0.20))
SAME = cohort(QUARTER, deals("mid", 1_000, 0.36) + deals("small", 500, 0.30) + deals("other", 250, 0.20))


def found(
    current: Cohort, metric: str, segment: str = "company", failed: dict[str, list[str]] | None = None
) -> Finding:
    findings = judge(PLAN, BASELINE, current, current, failed or {})
    return next(item for item in findings if (item.unit.metric, item.unit.segment) == (metric, segment))


def fallen(mid: float = 0.24) -> Cohort:
    return cohort(QUARTER, deals("mid", 1_000, mid) + deals("small", 500, 0.30) + deals("other", 250, 0.20))


def test_every_unit_of_the_plan_gets_one_finding() -> None:
    units = [item.unit for item in judge(PLAN, BASELINE, SAME, SAME, {})]
    assert len(set(units)) == len(units) == 4 * 4 + 3 + 2 + 3
    assert {unit.segment for unit in units} == {"company", "mid", "small", "other"}


def test_a_quarter_like_the_baseline_never_drifts() -> None:
    verdicts = {item.verdict for item in judge(PLAN, BASELINE, SAME, SAME, {})}
    assert verdicts <= {"stable", "insufficient_evidence"}
    assert found(SAME, "win_rate").verdict == "stable"
    assert found(SAME, "segment_mix").verdict == "stable"


def test_fewer_wins_at_equal_age_are_a_drift_of_the_segment() -> None:
    item = found(fallen(), "win_rate", "mid")
    assert (item.verdict, item.severity, item.direction) == ("drift", "critical", "down")
    assert item.decided_by is not None
    assert item.decided_by.value == pytest.approx(-0.12 * 0.9, abs=0.01)
    assert item.because[0].startswith("won share: of deals decided at the same age, 12.")
    assert "timing: 10 % still open at 90 days against 10 % (0.0 points)" in item.not_because
    assert "pipeline volume steady (+1 %, within noise)" in item.not_because


def test_a_drift_that_may_be_smaller_than_material_is_one_to_watch() -> None:
    item = found(fallen(0.30), "win_rate", "mid")
    assert (item.verdict, item.severity) == ("drift", "watch")


def test_a_drift_of_the_company_is_critical_and_says_which_segment_carries_it() -> None:
    item = found(fallen(), "win_rate")
    assert (item.verdict, item.severity) == ("drift", "critical")
    assert any(reason.startswith("mid: \N{MINUS SIGN}6.") for reason in item.because)
    assert not any(reason.startswith("small:") for reason in item.because)


def test_more_open_deals_are_reported_as_timing_and_not_as_a_lower_win_rate() -> None:
    slower = cohort(
        QUARTER,
        deals("mid", 1_000, 0.36, still_open=0.3) + deals("small", 500, 0.30, 0.3) + deals("other", 250, 0.20, 0.3),
    )
    item = found(slower, "win_rate")
    assert item.effect.value is not None
    assert item.effect.high is not None
    assert item.effect.value < -0.05
    assert item.effect.high < 0
    assert item.verdict == "stable"
    assert any(reason.startswith("timing: 30 % still open at 90 days against 10 %") for reason in item.because)
    assert any(reason.startswith("won share:") for reason in item.not_because)
    assert found(slower, "cycle").verdict == "drift"
    assert found(slower, "cycle").direction == "up"


def test_the_parts_of_a_win_rate_sum_to_the_effect_that_is_shown() -> None:
    item = found(fallen(), "win_rate")
    assert item.decomposition is not None
    assert item.effect.value == pytest.approx(
        item.decomposition.share + item.decomposition.timing + item.decomposition.mix, abs=1e-9
    )
    assert item.current.value is not None
    assert item.baseline.value is not None
    assert item.effect.value == pytest.approx(item.current.value - item.baseline.value, abs=1e-12)
    assert item.decided_by is not None
    assert item.decided_by.value == item.decomposition.share


def test_a_collapse_to_no_wins_at_all_is_found() -> None:
    item = found(fallen(0.0), "win_rate", "mid")
    assert (item.verdict, item.severity, item.current.value) == ("drift", "critical", 0)


@pytest.mark.parametrize("won", [0.0, 0.3, 1.0])
def test_twelve_deals_are_never_a_drift_and_never_stable(won: float) -> None:
    tiny = cohort(QUARTER, deals("mid", 1_000, 0.36) + deals("small", 12, won / 1.5, 0.0, ages=(7, 28)))
    for metric in ("win_rate", "acv", "cycle"):
        item = found(tiny, metric, "small")
        assert (item.verdict, item.severity, item.evidence.q_value) == ("insufficient_evidence", "none", None)
        assert item.because
    assert found(tiny, "win_rate", "small").needs == Needs(opportunities=18, weeks=20)


def test_what_the_baseline_lacks_no_further_deal_can_bring() -> None:
    thin = replace(BASELINE, cells=BASELINE.cells[BASELINE.cells["segment"] != "small"])
    item = next(
        item
        for item in judge(PLAN, thin, SAME, SAME, {})
        if (item.unit.metric, item.unit.segment) == ("cycle", "small")
    )
    assert (item.verdict, item.needs) == ("insufficient_evidence", None)
    assert item.because == ("the baseline has 0 deals with a known outcome, 30 are needed",)


def test_a_young_cohort_is_not_judged_but_told_when_it_will_be() -> None:
    young = replace(fallen(), as_of=date(2026, 5, 1), observed_until=date(2026, 5, 1), maturity=0.35)
    findings = [
        item
        for item in judge(PLAN, BASELINE, young, SAME, {})
        if not item.unit.is_mix and item.unit.metric not in CUSTOMERS
    ]
    assert {item.verdict for item in findings} == {"insufficient_evidence"}
    assert {item.needs for item in findings} == {Needs(judged_on=date(2026, 6, 30))}
    assert {item.evidence.q_value for item in findings} == {None}
    assert findings[0].because == ("35 % of the deals have been watched for 90 days",)


def test_an_old_extract_leaves_a_cohort_immature_however_late_it_is_judged() -> None:
    stale = replace(fallen(), observed_until=date(2026, 4, 20), maturity=0.2)
    item = found(stale, "win_rate")
    assert (item.verdict, item.needs) == ("insufficient_evidence", Needs(judged_on=date(2026, 6, 30)))
    assert item.because == ("the data ends on 2026-04-20, before the deals were watched for long enough",)


def test_a_mix_is_judged_as_soon_as_its_quarter_is_over() -> None:
    fresh = replace(SAME, as_of=QUARTER.end, observed_until=QUARTER.end, maturity=0.0)
    assert found(fresh, "segment_mix").verdict == "stable"
    running = replace(SAME, as_of=date(2026, 3, 1))
    assert found(running, "segment_mix").needs == Needs(judged_on=QUARTER.end)


def test_a_failed_check_silences_only_the_units_that_read_its_field() -> None:
    failed = {"amount_minor": ["amounts_present"]}
    item = found(fallen(), "acv", "mid", failed)
    assert (item.verdict, item.severity) == ("data_problem", "none")
    assert item.because == ("the check amounts_present failed on amount_minor",)
    assert (item.effect.value, item.baseline.value, item.evidence.p_value) == (None, None, None)
    assert found(fallen(), "win_rate", "mid", failed).verdict == "drift"


ATTRIBUTE = ("attribute_mix", "attribute_power")
OUTCOMES = ("win_rate", "acv", "cycle", "score_power")


@pytest.mark.parametrize(
    ("field", "silenced"),
    [
        ("industry", {*ATTRIBUTE, "tier_mix", "tier_order", "score_power", "score_power:mid"}),
        ("employees", {"win_rate:mid", "acv:mid", "cycle:mid", "score_power:mid", "segment_mix"}),
        ("closed_on", {*OUTCOMES, *(f"{metric}:mid" for metric in OUTCOMES), "tier_order", "attribute_power", "cac"}),
    ],
)
def test_each_field_feeds_its_own_units(field: str, silenced: set[str]) -> None:
    found_silenced = set()
    for item in judge(PLAN, BASELINE, SAME, SAME, {field: ["a_check"]}):
        if item.verdict == "data_problem" and item.unit.segment in ("company", "mid"):
            found_silenced.add(item.unit.metric + (":mid" if item.unit.segment == "mid" else ""))
    assert found_silenced == silenced


def test_a_check_of_a_whole_table_silences_every_unit() -> None:
    assert {item.verdict for item in judge(PLAN, BASELINE, SAME, SAME, {"*": ["freshness"]})} == {"data_problem"}


def test_other_industries_are_a_mix_drift_without_a_direction() -> None:
    current = cohort(QUARTER, deals("mid", 1_000, 0.36), {"finance": 300, "health": 700})
    item = next(item for item in judge(PLAN, BASELINE, SAME, current, {}) if item.unit.attribute == "industry")
    assert (item.verdict, item.severity, item.direction) == ("drift", "critical", None)
    assert item.because == (
        "finance: 30 % against 60 % (\N{MINUS SIGN}30.0 points)",
        "health: 70 % against 40 % (+30.0 points)",
    )
    assert item.distances is not None
    assert item.distances.psi > item.distances.psi_critical


def test_the_family_is_corrected_for_its_size() -> None:
    tested = [
        item.evidence for item in judge(PLAN, BASELINE, fallen(), fallen(), {}) if item.evidence.q_value is not None
    ]
    assert all(item.p_value is not None and item.q_value >= item.p_value for item in tested if item.q_value is not None)
    assert len(tested) == sum(item.p_value is not None for item in tested)


def test_only_amounts_have_a_currency() -> None:
    findings = judge(PLAN, BASELINE, SAME, SAME, {})
    assert {item.currency for item in findings if item.unit.metric in ("acv", "ltv", "cac")} == {"EUR"}
    assert {item.currency for item in findings if item.unit.metric in ("win_rate", "cycle", "tier_mix")} == {None}


def test_undecided_units_say_what_they_need() -> None:
    undecided = [
        item for item in judge(PLAN, BASELINE, fallen(0.33), SAME, {}) if item.verdict == "insufficient_evidence"
    ]
    assert undecided
    for item in undecided:
        assert item.needs is not None or "baseline is too small" in item.because[-1] or item.unit.metric in CUSTOMERS


@pytest.mark.parametrize(("baseline", "current"), [(True, False), (False, True), (False, False)])
def test_a_unit_whose_table_is_not_known_names_it(baseline: bool, current: bool) -> None:
    """As with a baseline that was frozen before the table was counted; every other unit is judged as ever."""
    before, after = BASELINE, SAME
    before = before if baseline else replace(before, scores=None)
    after = after if current else replace(after, scores=None)
    findings = judge(PLAN, before, after, after, {})
    unread = [item for item in findings if item.unit.metric == "score_power"]
    assert {item.verdict for item in unread} == {"insufficient_evidence"}
    assert all("table scores" in item.because[0] and item.evidence.p_value is None for item in unread)
    assert sum("the frozen baseline has no table" in item.because[0] for item in unread) == 4 * (
        current and not baseline
    )
    assert {item.verdict for item in findings if item.unit.metric == "win_rate"} == {"stable"}


def test_units_about_customers_name_the_table_that_no_source_gives() -> None:
    found = {item.unit.metric: item for item in judge(PLAN, BASELINE, SAME, SAME, {}) if item.unit.metric in CUSTOMERS}
    assert {metric: item.because for metric, item in found.items()} == {
        "retention": ("the table subscriptions is not known: no source gives it",),
        "ltv": ("the table subscriptions is not known: no source gives it",),
        "cac": ("the table costs is not known: no source gives it",),
    }
    assert {item.verdict for item in found.values()} == {"insufficient_evidence"}


def test_cohorts_of_another_horizon_are_refused() -> None:
    with pytest.raises(RefusedError, match="share one horizon"):
        judge(replace(PLAN, horizon_days=120), BASELINE, SAME, SAME, {})


def test_a_cohort_says_all_that_is_wrong_with_its_cells() -> None:
    wrong = SAME.cells.assign(age=5, outcome="pending")
    with pytest.raises(RefusedError) as refused:
        replace(SAME, cells=wrong)
    assert len(refused.value.problems) == 2


def test_an_empty_quarter_is_too_little_evidence_everywhere() -> None:
    empty = SAME.with_tables({name: table.iloc[:0] for name, table in SAME.tables()})
    findings = judge(PLAN, BASELINE, empty, empty, {})
    assert {item.verdict for item in findings} == {"insufficient_evidence"}
    assert all(item.current.value is None for item in findings)


def test_every_finding_survives_its_way_through_json() -> None:
    context = Context(
        run_id="5f0c",
        as_of=date(2026, 7, 6),
        run_set="live",
        knowledge="as-was",
        icp_version=1,
        baseline_id="c74acd508690fab5",
        baseline=YEAR,
        horizon_days=HORIZON,
        level=PLAN.level,
        family=Family(16, fdr=PLAN.fdr),
    )
    for item in judge(PLAN, BASELINE, fallen(), fallen(), {"employees": ["fill_rate"]}):
        verdict = Verdict(context, item)
        assert Verdict.from_json(json.loads(json.dumps(verdict.as_json()))) == verdict
