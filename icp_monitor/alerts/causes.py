"""Which findings belong together: one alert for one root cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.verdict import Direction, Finding, Severity, Verdict

MIX = "mix"


@dataclass(frozen=True)
class Cause:
    """Drifts of one metric in one direction; ``lead`` is the one that the alert is about, ``also`` are its echoes."""

    metric: str
    direction: Direction | None
    lead: Verdict
    also: tuple[Verdict, ...]

    @property
    def key(self) -> str:
        """What identifies the cause from one look to the next."""
        unit = self.lead.finding.unit
        return ":".join((self.metric, self.direction or "any", unit.segment, unit.attribute or "-"))

    @property
    def severity(self) -> Severity:
        """Critical when any of its findings is."""
        findings = (self.lead, *self.also)
        return "critical" if any(item.finding.severity == "critical" for item in findings) else "watch"


def root_causes(verdicts: Sequence[Verdict]) -> tuple[Cause, ...]:
    """The drifts among ``verdicts``, grouped; critical causes first, then by size.

    Segments that drift in one metric and direction share a cause, together with the company's echo of it. All shifts in
    who the opportunities are with share one cause, whatever they are counted by.
    """
    groups: dict[tuple[str, Direction | None], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.finding.verdict == "drift":
            groups[_group(verdict.finding)].append(verdict)
    causes = [_cause(*group, members) for group, members in groups.items()]
    return tuple(sorted(causes, key=lambda cause: (cause.severity != "critical", -size(cause.lead.finding), cause.key)))


def size(finding: Finding) -> float:
    """The effect in multiples of what matters, so that different metrics can be ranked."""
    return abs(finding.effect.value or 0.0) / finding.effect.material if finding.effect.material else 0.0


def _group(finding: Finding) -> tuple[str, Direction | None]:
    if finding.unit.kind in ("mix", "winners") or finding.unit.metric.endswith("_mix"):
        return MIX, None
    return finding.unit.metric, finding.direction


def _cause(metric: str, direction: Direction | None, members: list[Verdict]) -> Cause:
    segments = [item for item in members if item.finding.unit.segment != COMPANY]
    candidates = segments if len(segments) == 1 else members
    lead = max(candidates, key=lambda item: (_is_company(item) and len(segments) > 1, size(item.finding)))
    return Cause(metric, direction, lead, tuple(item for item in members if item is not lead))


def _is_company(verdict: Verdict) -> bool:
    return verdict.finding.unit.segment == COMPANY and verdict.finding.unit.attribute is None
