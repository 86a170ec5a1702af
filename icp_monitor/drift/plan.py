"""How a family of verdicts is to be judged: what is compared, how sure one must be, how much change matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icp_monitor.config.expressions import parse_rule
from icp_monitor.config.icp import IcpConfig, MaterialEffects, MinEvidence
from icp_monitor.config.monitoring import MonitoringConfig
from icp_monitor.config.rules import names_in


@dataclass(frozen=True)
class Plan:
    """What the profile and the monitoring settings say about judging.

    ``segments`` holds every segment id that a cell may carry with the evidence below which it is not judged.
    ``level`` is the coverage of intervals, ``fdr`` the share of false findings allowed in the family, ``min_maturity``
    the share of deals that must have been watched for the whole horizon. ``attributes`` are all that are tracked,
    ``scored`` those that carry weight, ``segmenting`` those that a segment's rule reads.
    """

    segments: Mapping[str, MinEvidence]
    attributes: tuple[str, ...]
    scored: tuple[str, ...]
    segmenting: tuple[str, ...]
    horizon_days: int
    material: MaterialEffects
    level: float
    fdr: float
    power: float
    min_maturity: float
    currency: str | None = None

    @classmethod
    def of(cls, icp: IcpConfig, monitoring: MonitoringConfig) -> Plan:
        """The plan that an ICP version and the monitoring settings ask for."""
        stated = {segment.id: segment.min_evidence for segment in icp.ordered_segments}
        evidence = monitoring.evidence
        return cls(
            segments={segment: stated.get(segment, MinEvidence()) for segment in icp.segment_ids},
            attributes=tuple(attribute.id for attribute in icp.attributes),
            scored=tuple(attribute.id for attribute in icp.scored_attributes),
            segmenting=tuple(
                sorted({name for item in icp.ordered_segments for name in names_in(parse_rule(item.when))})
            ),
            horizon_days=icp.horizon_days,
            material=icp.material,
            level=evidence.level,
            fdr=evidence.fdr,
            power=evidence.power,
            min_maturity=evidence.min_maturity,
            currency=monitoring.calendar.currency,
        )

    def evidence_for(self, segment: str) -> MinEvidence:
        """The evidence that a segment needs; the usual one for the company."""
        return self.segments.get(segment, MinEvidence())
