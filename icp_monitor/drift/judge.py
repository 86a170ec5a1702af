"""The quarterly verdicts: every unit of the profile, one quarter's cohort against the frozen baseline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.acquisition import compare_acquisition_cost
from icp_monitor.drift.amounts import compare_amounts
from icp_monitor.drift.attribute_power import compare_attribute_power
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.cycle import compare_cycle
from icp_monitor.drift.diagnoses import with_diagnoses
from icp_monitor.drift.enough import too_few
from icp_monitor.drift.explained import explained
from icp_monitor.drift.family import q_values, survives
from icp_monitor.drift.findings import Trial, finding_of
from icp_monitor.drift.mix import compare_mix, counts_of
from icp_monitor.drift.obstacles import data_problem, too_young, unknown_table
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.retention import compare_lifetime_value, compare_retention
from icp_monitor.drift.score_power import compare_score_power
from icp_monitor.drift.strata import keys_of
from icp_monitor.drift.tier_order import compare_tier_order
from icp_monitor.drift.verdict import Evidence, Finding, Unit
from icp_monitor.drift.win_rate import compare_win_rate
from icp_monitor.errors import RefusedError

BY_STRATA: Mapping[str, Callable[[Cohort, Cohort, tuple[str, ...], Plan], Comparison]] = {
    "win_rate": compare_win_rate,
    "acv": compare_amounts,
    "cycle": compare_cycle,
    "score_power": compare_score_power,
}
OF_ALL: Mapping[str, Callable[[Cohort, Cohort, Plan], Comparison]] = {
    "tier_order": compare_tier_order,
    "retention": compare_retention,
    "ltv": compare_lifetime_value,
    "cac": compare_acquisition_cost,
}


def units_of(plan: Plan) -> Iterator[Unit]:
    """Everything that gets a verdict, in the order in which it is reported."""
    for segment in (COMPANY, *plan.segments):
        yield Unit("outcome", "win_rate", segment)
        yield Unit("economics", "acv", segment)
        yield Unit("economics", "cycle", segment)
        yield Unit("score", "score_power", segment)
    yield Unit("score", "tier_order", COMPANY)
    yield Unit("score", "tier_mix", COMPANY)
    yield Unit("mix", "segment_mix", COMPANY)
    for attribute in plan.attributes:
        yield Unit("mix", "attribute_mix", COMPANY, attribute=attribute)
    for attribute in plan.attributes:
        yield Unit("attribute", "attribute_power", COMPANY, attribute=attribute)


def units_of_customers(plan: Plan, baseline: Cohort) -> Iterator[Unit]:
    """What becomes of those who were won: of the company, and of every segment where the baseline knows it."""
    for metric, table in (
        ("retention", baseline.subscriptions),
        ("ltv", baseline.subscriptions),
        ("cac", baseline.costs),
    ):
        for segment in (COMPANY,) if table is None else (COMPANY, *plan.segments):
            yield Unit("economics", metric, segment)


def judge(
    plan: Plan,
    baseline: Cohort,
    outcome_cohort: Cohort,
    mix_cohort: Cohort,
    failed_checks: Mapping[str, Sequence[str]],
) -> tuple[Finding, ...]:
    """One finding for each unit of ``plan``; the units that can be tested are one family.

    Mixes are judged on ``mix_cohort``, everything else on ``outcome_cohort``, whose deals were watched up to the
    horizon. ``failed_checks`` names, for each field (``*`` for a whole table), the data checks that failed.

    Raises:
        RefusedError: the cohorts and the plan don't share one horizon.
    """
    horizons = {plan.horizon_days, *(cohort.horizon_days for cohort in (baseline, outcome_cohort, mix_cohort))}
    if len(horizons) > 1:
        raise RefusedError(f"baseline, cohorts and profile must share one horizon, got {sorted(horizons)} days")
    trials = [
        _trial(unit, plan, baseline, mix_cohort if unit.is_mix else outcome_cohort, failed_checks)
        for unit in (*units_of(plan), *units_of_customers(plan, baseline))
    ]
    adjusted = q_values([trial.p_value for trial in trials])
    findings = (_finding(trial, q_value, plan) for trial, q_value in zip(trials, adjusted, strict=True))
    return with_diagnoses(tuple(findings))


def _trial(
    unit: Unit, plan: Plan, baseline: Cohort, current: Cohort, failed_checks: Mapping[str, Sequence[str]]
) -> Trial:
    before, after = baseline.of_segment(unit.segment), current.of_segment(unit.segment)
    obstacle = (
        data_problem(unit, plan, failed_checks)
        or unknown_table(unit, before, after)
        or too_young(current, plan, watched=not unit.is_mix)
        or too_few(unit, before, after, plan.evidence_for(unit.segment))
    )
    return Trial(unit, before, after, compare(unit, before, after, plan), obstacle)


def _finding(trial: Trial, q_value: float | None, plan: Plan) -> Finding:
    evidence = Evidence(trial.comparison.method, trial.p_value, q_value)
    finding = finding_of(trial, evidence, plan, found=survives(q_value, plan.fdr))
    return explained(finding, trial.baseline, trial.current)


def compare(unit: Unit, baseline: Cohort, current: Cohort, plan: Plan) -> Comparison:
    """What the unit's method measures between the two cohorts, already cut to the unit's segment."""
    if unit.metric in BY_STRATA:
        return BY_STRATA[unit.metric](baseline, current, keys_of(unit.segment), plan)
    if unit.metric == "attribute_power" and unit.attribute is not None:
        return compare_attribute_power(baseline, current, unit.attribute, plan)
    if unit.metric in OF_ALL:
        return OF_ALL[unit.metric](baseline, current, plan)
    return compare_mix(counts_of(unit, baseline), counts_of(unit, current), plan)
