"""Everything that a validation report says, as plain values; the JSON file and the page are made from it alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from icp_monitor.checks.result import CheckResult
from icp_monitor.reports.economics import UnitEconomics

SCHEMA = 1
Decision = Literal["valid", "valid_with_changes", "not_valid", "not_enough_evidence", "data_problem"]


@dataclass(frozen=True)
class AttributeLine:
    """One attribute of the profile, as the method section lists it."""

    id: str
    family: str
    type: str
    weight: float
    match: str


@dataclass(frozen=True)
class Profile:
    """Which ICP version is validated, on what promise."""

    id: str
    name: str
    version: int
    owner: str
    effective_from: str
    baseline: tuple[str, str]
    horizon_days: int
    tiers: dict[str, float]
    attributes: tuple[AttributeLine, ...]


@dataclass(frozen=True)
class Conclusion:
    """The verdict box: a decision, one sentence, at most three findings, and what people are asked to decide."""

    decision: Decision
    sentence: str
    findings: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One number of the scorecard with its interval, the validated value, and the verdict on it, where there is one."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    baseline: float | None
    verdict: str | None
    severity: str | None = None


@dataclass(frozen=True)
class ScoreRow:
    """One segment of the scorecard; ``cells`` by metric."""

    segment: str
    name: str
    maturity: float | None
    cells: dict[str, Cell]


@dataclass(frozen=True)
class CurvePoint:
    """Share won by ``age`` days, with its band."""

    age: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """The cumulative win curve of one tier, in the quarter or in the baseline."""

    tier: str
    cohort: Literal["baseline", "current"]
    n: int
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class FunnelPoint:
    """A segment's win rate at its number of deals; ``low`` and ``high`` are the limits of chance at that number."""

    segment: str
    name: str
    n: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class FunnelLimit:
    """The limits of chance round ``centre`` for ``n`` deals."""

    n: int
    low: float
    high: float


@dataclass(frozen=True)
class Funnel:
    """Segments' win rates against their size, round the company's rate."""

    centre: float
    points: tuple[FunnelPoint, ...]
    limits: tuple[FunnelLimit, ...]


@dataclass(frozen=True)
class Waterfall:
    """From the validated win rate to this quarter's: won share at equal age, timing, mix."""

    segment: str
    name: str
    baseline: float
    share: float
    timing: float
    mix: float
    current: float


@dataclass(frozen=True)
class LiftRow:
    """A tier's or segment's own win rate and its ratio to the company's, with intervals."""

    group: str
    kind: Literal["tier", "segment"]
    n: int
    rate: float | None
    lift: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class MixRow:
    """A segment's share of the opportunities created, validated and now."""

    segment: str
    name: str
    baseline: float | None
    current: float | None
    n: int


@dataclass(frozen=True)
class RateRow:
    """The five readings of a segment's win rate, each with the number of deals behind it."""

    segment: str
    name: str
    rates: dict[str, Cell]


@dataclass(frozen=True)
class ReasonRow:
    """How often a reason was given in a segment, and in whose words."""

    segment: str
    name: str
    outcome: str
    origin: str
    reason: str
    n: int
    of: int


@dataclass(frozen=True)
class VelocityRow:
    """Money won a day, and the logarithms of its factors' changes, which sum to that of the velocity."""

    segment: str
    name: str
    value: float | None
    baseline: float | None
    change: dict[str, float] | None


@dataclass(frozen=True)
class TrendPoint:
    """One quarter of a segment's win rate; young quarters are marked by their maturity."""

    cohort: str
    quarter: str
    segment: str
    name: str
    value: float
    low: float
    high: float
    n: int
    maturity: float


@dataclass(frozen=True)
class Event:
    """Something that happened, shown beside the trends."""

    on: str
    label: str
    kind: str


@dataclass(frozen=True)
class AroundEvent:
    """The share won of the deals decided before and after an event, and its change at equal age, with its interval."""

    on: str
    label: str
    before: float | None
    n_before: int
    after: float | None
    n_after: int
    change: float | None
    low: float | None
    high: float | None
    says: Literal["more", "less", "no_change", "not_enough"]


@dataclass(frozen=True)
class Method:
    """What makes the report reproducible."""

    run_id: str
    run_set: str
    config_hash: str
    code_version: str
    baseline_id: str
    data_hash: str
    loads: int
    level: float
    fdr: float
    tests: int
    rows: dict[str, int]
    notes: tuple[str, ...]
    command: str


@dataclass(frozen=True)
class Answer:
    """A question that people ask of an ICP, and what the records say to it."""

    question: str
    answer: str


@dataclass(frozen=True)
class Document:
    """A whole validation report."""

    quarter: str
    window: tuple[str, str]
    as_of: str
    observed_until: str
    knowledge: str
    currency: str
    profile: Profile
    conclusion: Conclusion
    verdicts: tuple[dict[str, Any], ...]
    scorecard: tuple[ScoreRow, ...]
    curves: tuple[Curve, ...]
    funnel: Funnel | None
    waterfalls: tuple[Waterfall, ...]
    lifts: tuple[LiftRow, ...]
    mix: tuple[MixRow, ...]
    win_rates: tuple[RateRow, ...]
    velocity: tuple[VelocityRow, ...]
    trend: tuple[TrendPoint, ...]
    reasons: tuple[ReasonRow, ...]
    events: tuple[Event, ...]
    data: tuple[CheckResult, ...]
    method: Method
    schema: int = SCHEMA
    answers: tuple[Answer, ...] = ()
    around: tuple[AroundEvent, ...] = ()
    economics: UnitEconomics | None = None

    def as_json(self) -> str:
        """The document as canonical JSON: the same report gives the same bytes."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Document:
        """The document that ``as_json`` wrote."""
        from pydantic import TypeAdapter

        return TypeAdapter(cls).validate_json(text)
