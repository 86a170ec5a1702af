"""The verdicts of a weekly look: the monitor's evidence on every unit, and how large each change is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from icp_monitor.config.icp import MinEvidence
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.enough import Requirement, lacking_of
from icp_monitor.drift.findings import Trial, finding_of
from icp_monitor.drift.judge import units_of
from icp_monitor.drift.looks.measure import Measures
from icp_monitor.drift.obstacles import data_problem
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.sequential.monitor import Look, UnitPath
from icp_monitor.drift.verdict import Effect, EffectUnit, Estimate, Evidence, Finding, Kind, Needs, Unit
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.periods import Window

QUIET_WEEKS = 26  # what is shown of a unit without an alarm
KINDS: Mapping[str, tuple[Kind, str]] = {
    "win_rate": ("outcome", "win_rate"),
    "acv": ("economics", "acv"),
    "cycle": ("economics", "cycle"),
    "score": ("score", "score_power"),
    "mix": ("mix", "attribute_mix"),
    "attribute_power": ("attribute", "attribute_power"),
    "retention": ("economics", "retention"),
}
SEGMENT = "segment"
WEEKLY = {"segment_mix", *(metric for _, metric in KINDS.values())}
BEFORE = "Shiryaev-Roberts e-detector, weekly"
METHOD = BEFORE + ": log-evidence {evidence:.1f}, alarm from {threshold:.1f} on"


def judge_look(
    measures: Measures,
    paths: Sequence[UnitPath],
    failed_checks: Mapping[str, Sequence[str]],
    look: int = -1,
) -> tuple[Finding, ...]:
    """One finding for each path, as of the end of one of its looks (by default the last).

    A unit drifts when its alarm is on, within the alarm budget of the whole family, and the change since it began is
    credible and material. Without an alarm the last half year is shown, and is stable where it excludes a material
    change.
    """
    return tuple(_finding(measures, path, path.look(look), failed_checks) for path in paths if path.metric in KINDS)


def not_begun(plan: Plan, baseline: Window, begins: date) -> tuple[Finding, ...]:
    """One finding for each unit that will be monitored: nothing can be said before the day of the first look."""
    because = ("the weeks of the baseline are not over: there is nothing yet to compare with it",)
    nothing = Estimate(None, None, None, 0)
    return tuple(
        Finding(
            unit=unit,
            window=baseline,
            baseline=nothing,
            current=nothing,
            effect=Effect(None, None, None, *_scale(unit, plan)),
            evidence=Evidence(BEFORE, None),
            needs=Needs(judged_on=begins),
            because=because,
        )
        for unit in units_of(plan)
        if unit.metric in WEEKLY
    )


def unit_of(path: UnitPath) -> Unit:
    """The unit of a path, as verdicts name it."""
    kind, metric = KINDS[path.metric]
    if path.attribute == SEGMENT:
        return Unit(kind, "segment_mix", path.segment)
    return Unit(kind, metric, path.segment, attribute=path.attribute)


def _finding(measures: Measures, path: UnitPath, look: Look, failed_checks: Mapping[str, Sequence[str]]) -> Finding:
    plan = measures.plan
    unit, weeks = unit_of(path), _weeks(look, measures.tables)
    before, after = measures.decided(unit, weeks)
    comparison = measures.change(unit, weeks)
    obstacle = data_problem(unit, plan, failed_checks)
    if obstacle is None and not look.on:
        needed = tuple(_requirements(unit, comparison, before, after, plan.evidence_for(unit.segment)))
        obstacle = lacking_of(needed, after)
    evidence = Evidence(
        METHOD.format(evidence=look.log_evidence, threshold=path.threshold),
        p_value=None,
        e_value=look.e_value if math.isfinite(look.e_value) else None,
    )
    finding = finding_of(Trial(unit, before, after, comparison, obstacle), evidence, plan, found=look.on)
    if finding.verdict != "drift":
        return finding
    return replace(finding, changed_on=measures.tables.first_day(look.change_week))


def _weeks(look: Look, tables: WeeklyTables) -> range:
    """From when the change began; the last half year, but not the baseline, where there is none."""
    end = look.week + 1
    start = look.change_week if look.on else max(tables.baseline_weeks, end - QUIET_WEEKS)
    return range(min(start, end - 1), end)


def _requirements(
    unit: Unit, comparison: Comparison, before: Cohort, after: Cohort, evidence: MinEvidence
) -> Iterator[Requirement]:
    if unit.is_mix:
        yield Requirement("deals", evidence.matured_opps, comparison.baseline.n, comparison.current.n)
        return
    if unit.metric == "retention":
        yield Requirement("customer-months", evidence.matured_opps, comparison.baseline.n, comparison.current.n)
        return
    yield Requirement("deals decided", evidence.matured_opps, before.n, after.n)
    if unit.metric != "cycle":
        yield Requirement("wins", evidence.wins, before.wins, after.wins)


def _scale(unit: Unit, plan: Plan) -> tuple[EffectUnit, float]:
    """The unit of an effect, and how large one matters."""
    material = plan.material.model_dump()
    if unit.metric in ("acv", "cycle"):
        return "relative", material[unit.metric]
    return "points", material["mix" if unit.is_mix else unit.metric]
