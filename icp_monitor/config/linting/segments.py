"""Can every segment hold an account, and does each of them mean something of its own?"""

from __future__ import annotations

from collections.abc import Iterator

from icp_monitor.config.expressions import parse_rule
from icp_monitor.config.faults import Fault
from icp_monitor.config.icp import TIERS, IcpConfig
from icp_monitor.config.linting.reach import always_before


def segment_warnings(icp: IcpConfig) -> Iterator[Fault]:
    """Segments that stay empty or promise the same, and tiers without a play."""
    positions = {segment.id: place for place, segment in enumerate(icp.segments)}
    segments = icp.ordered_segments
    if not segments:
        yield Fault(("segments",), "there are no segments, so only the whole company is judged", cure="add some")
    rules = [parse_rule(segment.when) for segment in segments]
    promised: dict[str, str] = {}
    for place, segment in enumerate(segments):
        path = ("segments", positions[segment.id])
        earlier = always_before(rules[place], rules[:place])
        if earlier is not None:
            yield Fault((*path, "when"), *_empty(segment.id, [segments[index].id for index in earlier]))
        promise = (segment.value_prop or "").casefold().strip()
        if promise and promised.setdefault(promise, segment.id) != segment.id:
            message = f"{segment.id} has the value_prop of {promised[promise]}"
            yield Fault((*path, "value_prop"), message, cure="say what this segment buys, or merge the two")
    missing = [tier for tier in TIERS if tier not in icp.tier_plays]
    if missing:
        yield Fault(("tier_plays",), f"no play for {', '.join(missing)}", cure="say what is done with each tier")


def _empty(name: str, earlier: list[str]) -> tuple[str, None, str]:
    if not earlier:
        return f"no account can ever belong to {name}: its rule contradicts itself", None, "correct the rule"
    taken = " and ".join(earlier)
    return f"no account can ever belong to {name}: they all go to {taken} first", None, "change the priority"
