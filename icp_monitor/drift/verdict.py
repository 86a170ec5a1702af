"""What the monitor concludes about one unit: the object that feeds Slack, report, command line and JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Literal

from icp_monitor.periods import Window

Kind = Literal["mix", "winners", "score", "outcome", "economics", "attribute", "data", "alignment"]
Decision = Literal["drift", "stable", "insufficient_evidence", "data_problem"]
Severity = Literal["none", "watch", "critical"]
Direction = Literal["up", "down"]
EffectUnit = Literal["points", "relative"]
SCHEMA = 1


@dataclass(frozen=True)
class Estimate:
    """A value with its interval and the number of records behind it; unknown is None."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    maturity: float | None = None


@dataclass(frozen=True)
class Effect:
    """Current minus baseline in ``unit``: ``points`` (a difference of shares) or ``relative`` (a ratio minus 1)."""

    value: float | None
    low: float | None
    high: float | None
    unit: EffectUnit
    material: float


@dataclass(frozen=True)
class Distances:
    """How far two distributions are apart, in the measures that people know; noise alone reaches ``psi_critical``."""

    psi: float
    psi_critical: float
    jensen_shannon: float
    hellinger: float


@dataclass(frozen=True)
class Evidence:
    """How the effect was tested; ``q_value`` is the p-value after Benjamini-Hochberg over the family."""

    method: str
    p_value: float | None
    q_value: float | None = None
    e_value: float | None = None


@dataclass(frozen=True)
class Needs:
    """What would turn insufficient evidence into a verdict."""

    opportunities: int | None = None
    weeks: int | None = None
    judged_on: date | None = None


@dataclass(frozen=True)
class Decomposition:
    """The parts of an effect; they sum to its value."""

    share: float
    timing: float
    mix: float


@dataclass(frozen=True)
class Unit:
    """What is judged: one metric of one segment (or the company), tier or attribute."""

    kind: Kind
    metric: str
    segment: str
    tier: str | None = None
    attribute: str | None = None

    @property
    def is_mix(self) -> bool:
        """Whether it counts who the opportunities are with, not what becomes of them."""
        return self.metric.endswith("_mix")

    @property
    def has_direction(self) -> bool:
        """Whether its change is up or down; a mix, and the order of an attribute's values, are only another one."""
        return not self.is_mix and self.metric != "attribute_power"


@dataclass(frozen=True)
class Finding:
    """One unit's evidence and decision, before it is placed in a run.

    ``decided_by`` is the part of ``effect`` that the verdict is about (for win rate: the won share at equal age), with
    its own interval; None when the verdict is about the whole effect.
    """

    unit: Unit
    window: Window
    baseline: Estimate
    current: Estimate
    effect: Effect
    evidence: Evidence
    verdict: Decision = "insufficient_evidence"
    severity: Severity = "none"
    direction: Direction | None = None
    changed_on: date | None = None
    minimum_detectable_effect: float | None = None
    needs: Needs | None = None
    decided_by: Effect | None = None
    decomposition: Decomposition | None = None
    distances: Distances | None = None
    because: tuple[str, ...] = ()
    not_because: tuple[str, ...] = ()
    currency: str | None = None


@dataclass(frozen=True)
class Family:
    """What bounds the false findings among so many ``tests``.

    A validation bounds their share (``fdr``), weekly monitoring their number (``alarm_budget_per_year``); the other is
    None.
    """

    tests: int
    fdr: float | None = None
    alarm_budget_per_year: float | None = None


@dataclass(frozen=True)
class Context:
    """The run that a verdict belongs to."""

    run_id: str
    as_of: date
    run_set: str
    knowledge: Literal["as-was", "restated"]
    icp_version: int
    baseline_id: str
    baseline: Window
    horizon_days: int
    level: float
    family: Family


@dataclass(frozen=True)
class Verdict:
    """A finding in its run; ``as_json`` is the contract that every consumer reads."""

    context: Context
    finding: Finding

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain JSON values, every field present, unknown as None."""
        context, finding = self.context, self.finding
        return {
            "schema": SCHEMA,
            "run_id": context.run_id,
            "as_of": context.as_of.isoformat(),
            "run_set": context.run_set,
            "knowledge": context.knowledge,
            "icp_version": context.icp_version,
            "baseline_id": context.baseline_id,
            "windows": {"baseline": context.baseline.as_list(), "current": finding.window.as_list()},
            "horizon_days": context.horizon_days,
            "level": context.level,
            "family": asdict(context.family),
            "currency": finding.currency,
            **asdict(finding.unit),
            "verdict": finding.verdict,
            "severity": finding.severity,
            "direction": finding.direction,
            "baseline": {key: value for key, value in asdict(finding.baseline).items() if key != "maturity"},
            "current": asdict(finding.current),
            "effect": asdict(finding.effect),
            "evidence": asdict(finding.evidence),
            "changed_on": _iso(finding.changed_on),
            "minimum_detectable_effect": finding.minimum_detectable_effect,
            "needs": finding.needs and {**asdict(finding.needs), "judged_on": _iso(finding.needs.judged_on)},
            "decided_by": finding.decided_by and asdict(finding.decided_by),
            "decomposition": finding.decomposition and asdict(finding.decomposition),
            "distances": finding.distances and asdict(finding.distances),
            "because": list(finding.because),
            "not_because": list(finding.not_because),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verdict:
        """The verdict that ``as_json`` wrote."""
        needs, decided_by = data["needs"], data["decided_by"]
        parts, distances = data["decomposition"], data["distances"]
        context = Context(
            run_id=data["run_id"],
            as_of=date.fromisoformat(data["as_of"]),
            run_set=data["run_set"],
            knowledge=data["knowledge"],
            icp_version=data["icp_version"],
            baseline_id=data["baseline_id"],
            baseline=_window(data["windows"]["baseline"]),
            horizon_days=data["horizon_days"],
            level=data["level"],
            family=Family(**data["family"]),
        )
        finding = Finding(
            unit=Unit(data["kind"], data["metric"], data["segment"], data["tier"], data["attribute"]),
            window=_window(data["windows"]["current"]),
            baseline=Estimate(**data["baseline"]),
            current=Estimate(**data["current"]),
            effect=Effect(**data["effect"]),
            evidence=Evidence(**data["evidence"]),
            verdict=data["verdict"],
            severity=data["severity"],
            direction=data["direction"],
            changed_on=_day(data["changed_on"]),
            minimum_detectable_effect=data["minimum_detectable_effect"],
            needs=needs and replace(Needs(**needs), judged_on=_day(needs["judged_on"])),
            decided_by=decided_by and Effect(**decided_by),
            decomposition=parts and Decomposition(**parts),
            distances=distances and Distances(**distances),
            because=tuple(data["because"]),
            not_because=tuple(data["not_because"]),
            currency=data["currency"],
        )
        return cls(context, finding)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _window(days: list[str]) -> Window:
    return Window(date.fromisoformat(days[0]), date.fromisoformat(days[1]))
