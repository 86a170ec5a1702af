"""The profile that is validated, as the report describes it."""

from __future__ import annotations

from icp_monitor.config.matching import AnyAttribute, CategoryMatch, NumberMatch, OrdinalMatch, SetMatch
from icp_monitor.reports.assembly.evidence import Evidence
from icp_monitor.reports.document import AttributeLine, Profile


def profile_of(evidence: Evidence) -> Profile:
    """Which version is validated, and on what promise."""
    icp = evidence.icp
    return Profile(
        id=icp.metadata.id,
        name=icp.metadata.name,
        version=icp.metadata.version,
        owner=icp.metadata.owner,
        effective_from=evidence.effective_from.isoformat(),
        baseline=(evidence.baseline.window.start.isoformat(), evidence.baseline.window.end.isoformat()),
        horizon_days=icp.horizon_days,
        tiers={name: rule.min for name, rule in icp.scoring.tiers},
        attributes=tuple(
            AttributeLine(item.id, item.family, item.type, item.weight, match_in_words(item))
            for item in icp.scored_attributes
        ),
    )


def match_in_words(attribute: AnyAttribute) -> str:
    """What counts as a match, in one line."""
    match attribute.match:
        case CategoryMatch(full=full, partial=partial, hierarchy=hierarchy):
            begins = "begins with " if hierarchy else ""
            parts = [f"{value} ({share:g})" for value, share in partial.items()]
            return begins + ", ".join([*full, *parts])
        case NumberMatch(full=full, soft_to=soft):
            fading = "" if soft == (None, None) else f", fading out to {_range(soft)}"
            return _range(full) + fading
        case OrdinalMatch(gte=gte, lte=lte):
            return f"{gte:g} or more" if gte is not None else f"{lte:g} or less"
        case SetMatch(any=any_of, all=all_of, negative=negative):
            wanted = "all of " + ", ".join(all_of) if all_of else "any of " + ", ".join(any_of)
            return wanted + (f"; not {', '.join(negative)}" if negative else "")


def _range(ends: tuple[float | None, float | None]) -> str:
    low, high = ends
    if low is None:
        return f"up to {high:g}"
    return f"{low:g} and more" if high is None else f"{low:g} to {high:g}"
