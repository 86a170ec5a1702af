"""Verdicts in words. Every phrase is derived from the verdict's fields; nothing is looked up elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from icp_monitor.config.icp import COMPANY, OTHER
from icp_monitor.drift.verdict import Effect, Estimate, Finding, Needs, Verdict
from icp_monitor.periods import Window

METRICS = {
    "win_rate": "Win rate",
    "acv": "Contract value",
    "cycle": "Time to a decision",
    "segment_mix": "Mix of segments",
    "tier_mix": "Mix of tiers",
    "attribute_mix": "Mix",
    "tier_order": "Order of the tiers",
}
HEADLINES = {
    ("win_rate", "down"): "is winning less than the validated ICP promised",
    ("win_rate", "up"): "is winning more than the validated ICP promised",
    ("acv", "down"): "signs smaller contracts than the validated ICP promised",
    ("acv", "up"): "signs larger contracts than the validated ICP promised",
    ("cycle", "down"): "decides faster than the validated ICP promised",
    ("cycle", "up"): "takes longer to decide than the validated ICP promised",
    ("tier_order", "down"): "no longer wins in the order of its tiers",
    ("tier_order", "up"): "separates its tiers more than the validated ICP promised",
}
MIX_HEADLINE = "is talking to other customers than the validated ICP describes"
VERDICTS = {
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
        return {COMPANY: "The company", OTHER: "Everyone else"}.get(segment) or self.segments.get(segment, segment)


def headline(finding: Finding, names: Names) -> str:
    """One sentence that says what changed, for whom."""
    metric = finding.unit.metric
    says = HEADLINES.get((metric, finding.direction or "down")) or MIX_HEADLINE
    return f"{names.of(finding.unit.segment)} {says}"


def metric_name(finding: Finding, horizon_days: int) -> str:
    """The metric as a reader would name it."""
    if finding.unit.metric == "win_rate":
        return f"Win rate within {horizon_days} days"
    if finding.unit.attribute:
        return f"Mix by {finding.unit.attribute.replace('_', ' ')}"
    return METRICS.get(finding.unit.metric, finding.unit.metric.replace("_", " "))


def shown(value: float | None, finding: Finding) -> str:
    """A value of the finding's metric: a share, an amount or days; a dash when it is unknown."""
    if value is None:
        return "–"
    if finding.unit.metric == "acv":
        return f"{finding.currency or ''} {value:,.0f}".strip()
    if finding.unit.metric == "cycle":
        return f"{value:.0f} days"
    return f"{value:.1%}"


def estimate(item: Estimate, finding: Finding) -> str:
    """A value with its range and the number of records behind it."""
    if item.value is None:
        return f"– (n = {item.n:,})"
    if item.low is None or item.high is None:
        return f"{shown(item.value, finding)} (n = {item.n:,})"
    return f"{shown(item.value, finding)} ({shown(item.low, finding)} to {shown(item.high, finding)}, n = {item.n:,})"


def amount_of_change(value: float | None, effect: Effect, *, signed: bool = True) -> str:
    """A difference in points, or in percent of the baseline.

    >>> amount_of_change(-0.17, Effect(-0.17, -0.23, -0.10, "points", 0.05))
    '−17.0 pts'
    """
    if value is None:
        return "–"
    sign = ("+" if value > 0 else "−" if value < 0 else "") if signed else ""
    unit = " pts" if effect.unit == "points" else " %"
    return f"{sign}{abs(value) * 100:.1f}{unit}"


def change(effect: Effect, level: float) -> str:
    """The effect with its range: ``▼ −17.0 pts (90 % range −23.0 pts to −10.0 pts)``."""
    if effect.value is None:
        return "change unknown"
    arrow = "▼" if effect.value < 0 else "▲"
    text = f"{arrow} {amount_of_change(effect.value, effect)}"
    if effect.low is None or effect.high is None:
        return text
    low, high = amount_of_change(effect.low, effect), amount_of_change(effect.high, effect)
    return f"{text} ({level:.0%} range {low} to {high})"


def days(window: Window) -> str:
    """The window with its last day included, as people write it."""
    return f"{day(window.start)} to {day(window.end - timedelta(days=1))}"


def day(when: date) -> str:
    """A date as people write it.

    >>> day(date(2026, 10, 5))
    '5 Oct 2026'
    """
    return f"{when.day} {when:%b %Y}"


def reasons_to_believe(verdict: Verdict) -> tuple[str, ...]:
    """What supports a drift; each line holds for this verdict's numbers, or is left out."""
    finding, context = verdict.finding, verdict.context
    lines = []
    maturity = finding.current.maturity
    if maturity is not None and maturity >= 0.995 and finding.unit.kind != "mix":
        lines.append(f"every deal was watched for the full {context.horizon_days} days")
    q, p = finding.evidence.q_value, finding.evidence.p_value
    if q is not None and p is not None and q <= context.fdr:
        lines.append(
            f"holds when at most {context.fdr:.0%} of findings over {context.tests} tests may be false (p = {p:.2g}, q = {q:.2g})"
        )
    effect = finding.effect
    if effect.low is not None and effect.high is not None and min(abs(effect.low), abs(effect.high)) > effect.material:
        if effect.low * effect.high > 0:
            lines.append(f"the whole range lies beyond the {_material(effect)} that matter")
    return tuple(lines)


def parts(finding: Finding) -> str | None:
    """The effect split into won share, timing and mix, where that is known."""
    split = finding.decomposition
    if split is None:
        return None
    named = (("won share", split.share), ("timing", split.timing), ("mix", split.mix))
    return " · ".join(f"{name} {amount_of_change(value, finding.effect)}" for name, value in named)


def needs(item: Needs | None) -> str:
    """What is still missing for a verdict."""
    if item is None:
        return ""
    if item.judged_on is not None:
        return f"can be judged on {day(item.judged_on)}"
    if item.opportunities is None:
        return "needs more deals"
    weeks = f", about {item.weeks} weeks" if item.weeks is not None else ""
    return f"needs {item.opportunities:,} more deals{weeks}"


def _material(effect: Effect) -> str:
    return amount_of_change(effect.material, effect, signed=False)
