"""Patterns of several verdicts that have a name, because they call for a certain investigation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from icp_monitor.drift.verdict import Finding

Name = Literal["win_rate_down_pipeline_steady", "cac_up_ltv_flat"]
STEADY = "pipeline volume steady"
SENTENCES: Mapping[Name, str] = {
    "win_rate_down_pipeline_steady": "diagnosis: as many opportunities come as before, and fewer of them are won",
    "cac_up_ltv_flat": "diagnosis: a new customer costs more than before and is worth no more",
}


@dataclass(frozen=True)
class Diagnosis:
    """A named pattern in a segment, or the company, and the finding that it explains."""

    name: Name
    segment: str
    finding: Finding

    @property
    def sentence(self) -> str:
        """What it means."""
        return SENTENCES[self.name]


def diagnoses(findings: Sequence[Finding]) -> Iterator[Diagnosis]:
    """The patterns among the findings of one look.

    Wins down with a steady pipeline: the win rate drifted down, and no more or fewer opportunities come than chance
    allows. Cost up with a flat value: the cost of a customer drifted up, and the lifetime value was judged and did not
    rise credibly.
    """
    units = {(item.unit.metric, item.unit.segment): item for item in findings if item.unit.attribute is None}
    for (metric, segment), item in units.items():
        if item.verdict != "drift":
            continue
        if metric == "win_rate" and item.direction == "down" and _steady(item):
            yield Diagnosis("win_rate_down_pipeline_steady", segment, item)
        if metric == "cac" and item.direction == "up" and _flat(units.get(("ltv", segment))):
            yield Diagnosis("cac_up_ltv_flat", segment, item)


def with_diagnoses(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, those that a diagnosis explains with its sentence after their own reasons."""
    said = {item.finding.unit: item.sentence for item in diagnoses(findings)}
    return tuple(
        replace(item, because=(*item.because, said[item.unit])) if item.unit in said else item for item in findings
    )


def _steady(finding: Finding) -> bool:
    return any(reason.startswith(STEADY) for reason in finding.not_because)


def _flat(value: Finding | None) -> bool:
    """Whether the lifetime value is known and its interval does not lie above 0."""
    return value is not None and value.effect.low is not None and value.effect.low <= 0
