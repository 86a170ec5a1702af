"""The ideal customer profile: what is approved, frozen and compared against (``icp.yaml``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from icp_monitor.config import consistency
from icp_monitor.config.faults import Fault, refusal
from icp_monitor.config.matching import AnyAttribute, Missing
from icp_monitor.config.strict import Day, File, Identifier, Number, Positive, Share, Slug, Strict, Text, Weight
from icp_monitor.periods import Window

OTHER = "other"
COMPANY = "company"
TIERS = ("tier_1", "tier_2", "tier_3")
UNSCORED = "unscored"
DISQUALIFIED = "disqualified"


class Metadata(Strict):
    """Who answers for the profile, and which version this is."""

    id: Slug
    name: Text
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    owner: Text
    stewards: dict[Slug, Text] = Field(default={})
    change_reason: str | None = None


class TierRule(Strict):
    """The lowest score that still belongs to the tier (half-open, on the score before display rounding)."""

    min: Annotated[float, Field(ge=0, le=100)]


class Tiers(Strict):
    """Cuts of the score; by default 80 and 60."""

    tier_1: TierRule = TierRule(min=80)
    tier_2: TierRule = TierRule(min=60)
    tier_3: TierRule = TierRule(min=0)

    @model_validator(mode="after")
    def _cuts_fall(self) -> Tiers:
        if not self.tier_1.min > self.tier_2.min > self.tier_3.min == 0:
            raise refusal("the tiers' bands overlap", "let min fall from tier_1 to tier_3, and end at 0")
        return self


class MissingPolicy(Strict):
    """What a missing value counts as, and the share of weight that must be known for a score."""

    default: Missing = "neutral"
    coverage_floor: Share = 0.60


class WeightScale(Strict):
    """The scale on which people give weights; only their ratios matter."""

    min: Weight = 0
    max: Positive

    @model_validator(mode="after")
    def _runs_up(self) -> WeightScale:
        if self.min >= self.max:
            raise refusal("min must be below max", "write the smaller weight under min")
        return self


class Scoring(Strict):
    """How matches become a 0-100 score and a tier."""

    anchor: Literal["opportunity_created_at"] = "opportunity_created_at"
    weight_scale: WeightScale | None = None
    missing: MissingPolicy = MissingPolicy()
    tiers: Tiers = Tiers()


class Knockout(Strict):
    """An account for which ``when`` holds is disqualified, whatever its score."""

    id: Slug
    when: Text
    reason: str | None = None


class StrategicOverride(Strict):
    """A declared push of one attribute's weight, kept apart from evidence, with author and end."""

    attribute: Identifier
    multiplier: Positive
    author: Text
    reason: Text
    expires: Day


class MinEvidence(Strict):
    """Below these counts a segment is not judged."""

    matured_opps: Annotated[int, Field(ge=1)] = 30
    wins: Annotated[int, Field(ge=0)] = 5


class Segment(Strict):
    """A named group of accounts; the first rule that holds, by ``priority``, decides."""

    id: Slug
    name: Text
    when: Text
    priority: Annotated[int, Field(ge=1)]
    value_prop: str | None = None
    playbook_url: str | None = None
    owner: dict[Slug, Text] = Field(default={})
    lifecycle: Literal["candidate", "trial", "active", "watch", "retired"] = "active"
    min_evidence: MinEvidence = MinEvidence()

    @field_validator("id")
    @classmethod
    def _not_taken(cls, name: str) -> str:
        if name in (OTHER, COMPANY):
            raise refusal("this id stands for the accounts of no segment, or of all", "choose another id")
        return name


class Baseline(Strict):
    """The validated past that every later quarter is compared with; ``to`` is not included."""

    from_: Annotated[Day, Field(alias="from")]
    to: Day

    @model_validator(mode="after")
    def _runs_forward(self) -> Baseline:
        if self.from_ >= self.to:
            raise refusal("the baseline must end after it starts", "swap from and to")
        return self

    @property
    def window(self) -> Window:
        """The baseline as a half-open window."""
        return Window(self.from_, self.to)


class MaterialEffects(Strict):
    """The smallest change worth acting on, for each metric.

    ``acv``, ``cycle``, ``ltv`` and ``cac`` are relative, the others in shares (0.05 is 5 points): ``score_power`` of
    the pairs of a won and a lost deal, ``attribute_power`` of a value's win rate beside the others', ``retention`` of
    the customers that stay a year.
    """

    win_rate: Share = 0.05
    acv: Positive = 0.15
    cycle: Positive = 0.20
    mix: Share = 0.10
    tier_order: Share = 0.05
    score_power: Share = 0.05
    attribute_power: Share = 0.10
    retention: Share = 0.05
    ltv: Positive = 0.20
    cac: Positive = 0.20


class Definitions(Strict):
    """Which opportunities count."""

    types: tuple[Text, ...] = ()
    min_lifespan_days: Annotated[int, Field(ge=0)] = 0


class Approval(Strict):
    """Who must agree before a new version comes into force."""

    quorum: tuple[Slug, ...] = ()
    no_self_approval: bool = True
    notice_days: Annotated[int, Field(ge=0)] = 7
    max_weight_step: Number = 1


class IcpConfig(File):
    """The whole of ``icp.yaml``."""

    apiVersion: Literal["icp/v1"]
    kind: Literal["IdealCustomerProfile"]
    metadata: Metadata
    scoring: Scoring = Scoring()
    attributes: Annotated[tuple[AnyAttribute, ...], Field(min_length=1)]
    knockouts: tuple[Knockout, ...] = ()
    strategic_overrides: tuple[StrategicOverride, ...] = ()
    segments: tuple[Segment, ...] = ()
    segment_rule: Literal["first_match_by_priority"] = "first_match_by_priority"
    tier_plays: dict[Literal["tier_1", "tier_2", "tier_3"], Text] = Field(default={})
    baseline: Baseline
    horizon_days: Annotated[int, Field(ge=1, le=1095)] = 120
    material: MaterialEffects = MaterialEffects()
    definitions: Definitions = Definitions()
    approval: Approval = Approval()
    effective_from: Day

    @classmethod
    def disagreements(cls, values: Mapping[str, Any]) -> Iterator[Fault]:
        """Contradictions between attributes, rules, segments and overrides."""
        return consistency.disagreements(values)

    @property
    def scored_attributes(self) -> tuple[AnyAttribute, ...]:
        """The attributes that carry weight."""
        return tuple(attribute for attribute in self.attributes if attribute.weight > 0)

    @property
    def ordered_segments(self) -> tuple[Segment, ...]:
        """The segments that are monitored, in the order in which their rules are tried."""
        active = (segment for segment in self.segments if segment.lifecycle != "retired")
        return tuple(sorted(active, key=lambda segment: segment.priority))

    @property
    def segment_ids(self) -> tuple[str, ...]:
        """Every segment that a row may carry, the rest included."""
        return (*(segment.id for segment in self.ordered_segments), OTHER)
