"""What segments, metrics and verdicts are called in print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icp_monitor.alerts.printable import printable_name
from icp_monitor.config.icp import COMPANY, OTHER
from icp_monitor.drift.verdict import Decision, Finding

METRICS = {
    "win_rate": "Win rate",
    "acv": "Average contract",
    "cycle": "Time to a decision",
    "segment_mix": "Mix of segments",
    "tier_mix": "Mix of tiers",
    "attribute_mix": "Mix",
    "tier_order": "Lead of Tier 1 over Tier 3",
    "score_power": "Pairs that the score ranks rightly",
    "attribute_power": "Power of an attribute",
    "retention": "Customers that stay a year",
    "ltv": "Lifetime value",
    "cac": "Cost of a new customer",
}
COUNTED = {"retention": "customer-month", "ltv": "customer-month", "cac": "new customer"}
VERDICTS: Mapping[Decision, str] = {
    "drift": "drift",
    "stable": "stable",
    "insufficient_evidence": "not enough evidence yet",
    "data_problem": "data problem",
}


@dataclass(frozen=True)
class Names:
    """How segments are called in print."""

    segments: Mapping[str, str]

    def of(self, segment: str) -> str:
        """The printed name of a segment id."""
        name = {COMPANY: "The whole company", OTHER: "All other customers"}.get(segment)
        return name or printable_name(self.segments.get(segment, "")) or printable_name(segment)


def metric_name(finding: Finding, horizon_days: int | None = None) -> str:
    """The metric as a reader would name it; a win rate is one within so many days."""
    unit = finding.unit
    if unit.metric == "win_rate" and horizon_days:
        return f"Win rate within {horizon_days} days"
    if unit.attribute:
        counted_by = "Power of" if unit.metric == "attribute_power" else "Mix by"
        return f"{counted_by} {attribute_name(unit.attribute)}"
    return METRICS.get(unit.metric) or printable_name(unit.metric.replace("_", " "))


def attribute_name(attribute: str) -> str:
    """An attribute's id as words."""
    return printable_name(attribute.replace("_", " "))
