"""Which findings belong together: one alert for one root cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from icp_monitor.alerts.wording import deciding, is_mix
from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.verdict import Direction, Finding, Severity, Verdict

MIX, WIN_RATE, TIER_ORDER, SCORE_POWER, ATTRIBUTE_POWER = (
    "mix",
    "win_rate",
    "tier_order",
    "score_power",
    "attribute_power",
)
EXPLAINED = 0.5
Group = tuple[str, Direction | None]
FEWER_WINS: Group = (WIN_RATE, "down")
LESS_TOLD: Group = (SCORE_POWER, "down")
ORIGINS: Mapping[Group, tuple[Group, ...]] = {
    LESS_TOLD: (FEWER_WINS,),
    (TIER_ORDER, "down"): (FEWER_WINS, LESS_TOLD),
    (ATTRIBUTE_POWER, None): (FEWER_WINS, (WIN_RATE, "up")),
}


@dataclass(frozen=True)
class Cause:
    """Drifts with one origin; ``lead`` is the one that the alert is about, ``also`` are its echoes."""

    metric: str
    direction: Direction | None
    lead: Verdict
    also: tuple[Verdict, ...]

    @property
    def key(self) -> str:
        """What identifies the cause from one look to the next: the same place, however the sizes shift within it."""
        places = {item.finding.unit.segment for item in (self.lead, *self.also)} - {COMPANY}
        one_place = len(places) == 1 and self.lead.finding.unit.segment != COMPANY
        where = self.lead.finding.unit.segment if one_place else COMPANY
        return ":".join((self.metric, self.direction or "any", where))

    @property
    def severity(self) -> Severity:
        """Critical when any of its findings is."""
        findings = (self.lead, *self.also)
        return "critical" if any(item.finding.severity == "critical" for item in findings) else "watch"


def root_causes(verdicts: Sequence[Verdict]) -> tuple[Cause, ...]:
    """The drifts among ``verdicts``, grouped; critical causes first, then by size.

    Drifts of one metric in one direction share a cause: segments, and the company of which they are parts. Contract
    value, cycle and win rate are different causes, even in one segment: other people decide what follows.

    A single segment leads the cause where it accounts for at least half of the company's change, or the company does
    not drift: then the company only echoes it. Otherwise the company leads and its segments are listed; without a
    drift of the company, the segment with the largest change leads.

    All shifts in who the opportunities are with are one cause, whatever they are counted by: tiers follow from
    attributes, and segments are made of them.

    What the company's score, tiers and attributes say about who wins is an echo of a win rate that fell in one place,
    and no cause of its own: fewer wins where the score is high are a score that says less, and tier 1, which has the
    most to lose, falls by the most points. While every win rate holds, tiers that move together echo a score that says
    less; and where that is not seen either, they are a cause: the weights are off.
    """
    drifts = [item for item in verdicts if item.finding.verdict == "drift"]
    found = {_group(item.finding) for item in drifts}
    groups: dict[Group, list[Verdict]] = defaultdict(list)
    for verdict in drifts:
        groups[_origin(verdict.finding, found)].append(verdict)
    causes = [_cause(*group, members) for group, members in groups.items()]
    return tuple(sorted(causes, key=lambda cause: (cause.severity != "critical", -size(cause.lead.finding), cause.key)))


def _origin(finding: Finding, found: Set[Group]) -> Group:
    """The group whose echo the finding is, else its own."""
    own = _group(finding)
    if finding.unit.segment != COMPANY:
        return own
    return next((group for group in ORIGINS.get(own, ()) if group in found), own)


def size(finding: Finding) -> float:
    """The effect in multiples of what matters, so that different metrics can be ranked."""
    effect = deciding(finding)
    return abs(effect.value or 0.0) / effect.material if effect.material else 0.0


def _group(finding: Finding) -> Group:
    return (MIX, None) if is_mix(finding) else (finding.unit.metric, finding.direction)


def _cause(metric: str, direction: Direction | None, members: list[Verdict]) -> Cause:
    own = [item for item in members if metric in (MIX, item.finding.unit.metric)]
    lead = _lead(metric, sorted(own, key=lambda item: -size(item.finding)))
    return Cause(metric, direction, lead, tuple(item for item in members if item is not lead))


def _lead(metric: str, largest_first: list[Verdict]) -> Verdict:
    company = next((item for item in largest_first if _is_company(item, metric)), None)
    segments = [item for item in largest_first if item.finding.unit.segment != COMPANY]
    if company is None:
        return largest_first[0]
    return segments[0] if len(segments) == 1 and _explains(segments[0], company) else company


def _explains(segment: Verdict, company: Verdict) -> bool:
    """Whether the segment's change, at its share of the deals, is at least half of the company's."""
    part, whole = (abs(deciding(item.finding).value or 0.0) * item.finding.current.n for item in (segment, company))
    return part >= EXPLAINED * whole


def _is_company(verdict: Verdict, metric: str) -> bool:
    return verdict.finding.unit.segment == COMPANY and verdict.finding.unit.metric == metric
