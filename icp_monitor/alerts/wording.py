"""Verdicts in words. Every phrase is derived from the verdict's fields and holds for its numbers, or is left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from icp_monitor.alerts.figures import (
    UNKNOWN,
    amount_of_change,
    behind,
    change,
    counted,
    day,
    days,
    direction,
    estimate,
    is_known,
    probability,
    share,
    shown,
    span,
)
from icp_monitor.alerts.names import VERDICTS, Names, attribute_name, metric_name
from icp_monitor.drift.phrases import percent, points
from icp_monitor.drift.verdict import Direction, Effect, Evidence, Family, Finding, Needs, Verdict

HEADLINES: dict[tuple[str, Direction | None], str] = {
    ("win_rate", "down"): "we win fewer deals than the ICP promised",
    ("win_rate", "up"): "we win more deals than the ICP promised",
    ("acv", "down"): "contracts are smaller than the ICP promised",
    ("acv", "up"): "contracts are larger than the ICP promised",
    ("cycle", "down"): "deals are decided faster than the ICP promised",
    ("cycle", "up"): "deals take longer to decide than the ICP promised",
    ("tier_order", "down"): "Tier 1 leads Tier 3 by less than the ICP promised",
    ("tier_order", "up"): "Tier 1 leads Tier 3 by more than the ICP promised",
    ("retention", "down"): "fewer customers stay than the ICP promised",
    ("retention", "up"): "more customers stay than the ICP promised",
    ("ltv", "down"): "customers are worth less than the ICP promised",
    ("ltv", "up"): "customers are worth more than the ICP promised",
    ("cac", "down"): "a new customer costs less than the ICP promised",
    ("cac", "up"): "a new customer costs more than the ICP promised",
    ("score_power", "down"): "the score tells won deals from lost ones less well than the ICP promised",
    ("score_power", "up"): "the score tells won deals from lost ones better than the ICP promised",
}
MIX_HEADLINES = {
    "segment_mix": "deals come from other segments than the ICP was validated on",
    "tier_mix": "deals fall into other tiers than the ICP was validated on",
}
QUESTIONS = {
    "win_rate": "Is this real, and does the ICP have to change?",
    "acv": "Do we price and sell differently, or do other customers buy?",
    "cycle": "What has changed in how these deals are decided?",
    "tier_order": "Do the weights still say who fits?",
    "score_power": "Do the weights still say who fits?",
    "retention": "Do we win customers who do not fit, or serve those who fit less well?",
    "ltv": "Do we win customers who do not fit, or serve those who fit less well?",
    "cac": "Do we reach other customers than before, or reach them by dearer ways?",
    "attribute_power": "Does this attribute still deserve its weight?",
}
TWO_YEARS = 104
OWNER = re.compile(r"^owner .+?: without")
MIX_QUESTION = "Did we choose to talk to these customers?"

__all__ = [
    "UNKNOWN",
    "VERDICTS",
    "Names",
    "amount_of_change",
    "behind",
    "change",
    "counted",
    "day",
    "days",
    "metric_name",
    "shown",
    "span",
]


def headline(finding: Finding, names: Names) -> str:
    """What changed, and for whom; what was looked at and its verdict, where no change was found."""
    return f"{names.of(finding.unit.segment)}: {_says(finding)}"


def unit_name(verdict: Verdict, names: Names) -> str:
    """Who and what was looked at, to stand inside a sentence."""
    finding = verdict.finding
    return f"{names.of(finding.unit.segment)}, {_inside(metric_name(finding, verdict.context.horizon_days))}"


def question(finding: Finding) -> str:
    """What a person has to decide about a drift."""
    if is_mix(finding):
        return MIX_QUESTION
    return QUESTIONS.get(finding.unit.metric, "Is this real, and what follows from it?")


def is_mix(finding: Finding) -> bool:
    """Whether the finding is about who the opportunities are with: it has a size, but no direction."""
    return finding.unit.kind == "mix" or finding.unit.metric.endswith("_mix")


def deciding(finding: Finding) -> Effect:
    """The effect that the verdict is about."""
    return finding.decided_by or finding.effect


def numbers(finding: Finding) -> str:
    """The value now against the validated one, each with its range and deals; of a mix only the deals."""
    if is_mix(finding):
        return f"{counted(finding.current.n, 'deal')} now against {counted(finding.baseline.n, 'deal')} validated"
    return f"{estimate(finding.current, finding)} against {estimate(finding.baseline, finding)} validated"


def values(finding: Finding) -> str:
    """As ``numbers``, without ranges."""
    if is_mix(finding):
        return numbers(finding)
    return f"{shown(finding.current.value, finding)} against {shown(finding.baseline.value, finding)} validated"


def movement(verdict: Verdict) -> str:
    """The change that the verdict is about, with its range and with what was held equal to see it."""
    finding, level = verdict.finding, verdict.context.level
    if is_mix(finding):
        return _displaced(finding.effect, level)
    if not finding.unit.has_direction:
        return _moved_apart(finding.effect, level)
    return change(deciding(finding), level, _held_equal(finding))


def since(finding: Finding) -> str:
    """From when on, as far as the weeks tell; empty where that is not known."""
    return f" since about {day(finding.changed_on)}" if finding.changed_on else ""


def reasons_to_believe(verdict: Verdict) -> tuple[str, ...]:
    """What supports a drift; nothing where none was found."""
    finding, context = verdict.finding, verdict.context
    reason = _stands_out(finding.evidence, context.family)
    if finding.verdict != "drift" or reason is None:
        return ()
    lines = [reason]
    if _wholly_material(deciding(finding)):
        material = amount_of_change(finding.effect.material, finding.effect.unit, signed=False)
        lines.append(f"the whole range lies beyond the {material} that matter")
    if finding.current.maturity == 1 and context.family.fdr is not None and not is_mix(finding):
        lines.append(f"every deal was watched for the full {context.horizon_days} days")
    return tuple(lines)


def _stands_out(evidence: Evidence, family: Family) -> str | None:
    """Why chance is no good explanation; None where it is."""
    tests = counted(family.tests, "comparison")
    if family.alarm_budget_per_year is not None and evidence.e_value is not None:
        return (
            f"the evidence of the weeks since then passed its limit: all {tests} together would pass theirs by chance "
            f"{_times_a_year(family.alarm_budget_per_year)}"
        )
    p, q, fdr = evidence.p_value, evidence.q_value, family.fdr
    if p is None or q is None or fdr is None or not q <= fdr:
        return None
    return (
        f"stands out among {tests}: at most {percent(fdr)} of such findings are expected to be false "
        f"(p {probability(p)}, q {probability(q)})"
    )


def _times_a_year(rate: float) -> str:
    """A yearly rate in words.

    >>> _times_a_year(0.7), _times_a_year(2)
    ('0.7 times a year', '2 times a year')
    """
    return f"{rate:g} times a year"


def drivers(finding: Finding) -> tuple[str, ...]:
    """What carries a drift, for a channel that many read: people are not named there, `explain` names them."""
    told = (parts(finding), *finding.because)
    return tuple(OWNER.sub("one owner: without", line) for line in told if line)


def parts(finding: Finding) -> str | None:
    """The effect split into won share, timing and mix, where that is known."""
    split, effect = finding.decomposition, finding.effect
    if split is None or not is_known(effect.value):
        return None
    named = (("won share", split.share), ("timing", split.timing), ("mix", split.mix))
    listed = ", ".join(f"{name} {points(value).removesuffix(' points')}" for name, value in named)
    return f"{points(effect.value)} in all: {listed}"


def tally(verdicts: Sequence[Verdict]) -> str:
    """How many verdicts there are of each kind."""
    found = Counter(item.finding.verdict for item in verdicts)
    listed = ", ".join(f"{found[kind]} {word}" for kind, word in VERDICTS.items() if found[kind])
    return f"{counted(len(verdicts), 'check')}: {listed or 'nothing could be judged'}"


def needs(item: Needs | None) -> str:
    """What is still missing for a verdict; empty when nothing is known to help."""
    if item is None:
        return ""
    if item.judged_on is not None:
        return f"can be judged on {day(item.judged_on)}"
    if item.opportunities is None:
        return "needs more deals"
    needed = f"needs {counted(item.opportunities, 'more deal')}"
    if item.weeks is None:
        return needed
    weeks = f"about {counted(item.weeks, 'week')}" if item.weeks <= TWO_YEARS else "years at this pace"
    return f"{needed}, {weeks}"


def missing(finding: Finding) -> str:
    """What keeps a unit from being judged; empty where it was judged."""
    if finding.verdict in ("drift", "stable"):
        return ""
    return needs(finding.needs) or (finding.because[-1] if finding.because else "nothing could be measured")


def _says(finding: Finding) -> str:
    metric = finding.unit.metric
    if finding.verdict != "drift":
        return f"{_inside(metric_name(finding))}, {VERDICTS[finding.verdict]}"
    if is_mix(finding):
        by_attribute = f"deals differ from the validated ones by {attribute_name(finding.unit.attribute or 'kind')}"
        return MIX_HEADLINES.get(metric, by_attribute)
    if finding.unit.metric == "attribute_power":
        name = attribute_name(finding.unit.attribute or "an attribute")
        return f"{name} separates deals otherwise than the ICP promised"
    says = HEADLINES.get((metric, direction(deciding(finding))))
    return says or f"{metric_name(finding)} is not as the ICP promised"


def _inside(metric: str) -> str:
    """A metric's name as it stands inside a sentence."""
    return metric[:1].lower() + metric[1:]


def _held_equal(finding: Finding) -> str:
    if finding.decided_by is None:
        return ""
    if finding.unit.metric == "win_rate":
        return " at equal age and mix"
    return " at equal mix" if finding.unit.metric in ("acv", "cycle", "score_power") else ""


def _displaced(effect: Effect, level: float) -> str:
    if not is_known(effect.value):
        return "change not known"
    between = ""
    if is_known(effect.low) and is_known(effect.high):
        between = f" ({percent(level)} range {span(share(effect.low), share(effect.high))})"
    return f"{share(effect.value)} of the deals are of another kind than validated{between}"


def _moved_apart(effect: Effect, level: float) -> str:
    if not is_known(effect.value):
        return "change not known"
    between = ""
    if is_known(effect.low) and is_known(effect.high):
        low, high = (amount_of_change(end, effect.unit, signed=False) for end in (effect.low, effect.high))
        between = f" ({percent(level)} range {span(low, high)})"
    size = amount_of_change(effect.value, effect.unit, signed=False)
    return f"win rates moved by {size} beside one another{between}"


def _wholly_material(effect: Effect) -> bool:
    if not (is_known(effect.low) and is_known(effect.high)):
        return False
    return effect.low > effect.material or effect.high < -effect.material
