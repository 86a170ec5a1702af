"""From what was measured and how sure it is to the finding on a unit: the same for a quarter and for a weekly look."""

from __future__ import annotations

from dataclasses import dataclass, replace

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Comparison, estimate
from icp_monitor.drift.obstacles import Obstacle
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.power import minimum_detectable_effect
from icp_monitor.drift.reasons import because, not_because
from icp_monitor.drift.verdict import Effect, Evidence, Finding, Unit
from icp_monitor.drift.verdicts import decide, direction_of, needs_for_a_verdict, severity_of
from icp_monitor.metrics.intervals import Interval

IN_CURRENCY = ("acv", "ltv", "cac")
OUT_OF_REACH = "more deals now would not settle it: the baseline is too small for a change so near the limit"


@dataclass(frozen=True, eq=False)
class Trial:
    """A unit with its deals before and now, what was measured, and what forbids judging it, if anything."""

    unit: Unit
    baseline: Cohort
    current: Cohort
    comparison: Comparison
    obstacle: Obstacle | None

    @property
    def p_value(self) -> float | None:
        """The p-value with which the unit enters the family; None for a unit that isn't judged."""
        return None if self.obstacle else self.comparison.p_value


def finding_of(trial: Trial, evidence: Evidence, plan: Plan, *, found: bool) -> Finding:
    """The finding on a unit; ``found`` says whether the evidence of a change suffices for the whole family."""
    unit, comparison, obstacle = trial.unit, trial.comparison, trial.obstacle
    blank = Finding(
        unit=unit,
        window=trial.current.window,
        baseline=estimate(None, comparison.baseline.n),
        current=estimate(None, comparison.current.n, comparison.current.maturity),
        effect=Effect(None, None, None, comparison.unit, comparison.material),
        evidence=evidence,
        currency=plan.currency if unit.metric in IN_CURRENCY else None,
    )
    if obstacle and obstacle.verdict == "data_problem":
        return replace(blank, verdict=obstacle.verdict, because=obstacle.reasons)
    measured = _measured(blank, comparison, plan)
    if obstacle:
        return replace(measured, verdict=obstacle.verdict, because=obstacle.reasons, needs=obstacle.needs)
    return _judged(measured, trial, plan, found=found)


def _measured(blank: Finding, comparison: Comparison, plan: Plan) -> Finding:
    precision = comparison.precision
    return replace(
        blank,
        baseline=comparison.baseline,
        current=comparison.current,
        effect=_effect(comparison, comparison.change),
        decided_by=_effect(comparison, comparison.tested) if comparison.tested else None,
        minimum_detectable_effect=None
        if precision is None
        else minimum_detectable_effect(precision, comparison.material, plan.level, plan.power),
        decomposition=comparison.decomposition,
        distances=comparison.distances,
    )


def _judged(measured: Finding, trial: Trial, plan: Plan, *, found: bool) -> Finding:
    unit, comparison, change = trial.unit, trial.comparison, trial.comparison.deciding
    verdict = decide(comparison, found=found)
    finding = replace(
        measured,
        verdict=verdict,
        because=because(verdict, comparison),
        not_because=not_because(verdict, comparison, trial.baseline, trial.current),
    )
    if verdict == "drift" and change is not None:
        severity = severity_of(change, comparison.material, unit.segment)
        return replace(finding, severity=severity, direction=direction_of(change, unit))
    if verdict == "insufficient_evidence":
        needs = needs_for_a_verdict(comparison, measured.evidence.q_value, trial.current, plan)
        out_of_reach = (OUT_OF_REACH,) if needs is None and change is not None else ()
        return replace(finding, needs=needs, because=(*finding.because, *out_of_reach))
    return finding


def _effect(comparison: Comparison, change: Interval | None) -> Effect:
    if change is None:
        return Effect(None, None, None, comparison.unit, comparison.material)
    return Effect(change.value, change.low, change.high, comparison.unit, comparison.material)
