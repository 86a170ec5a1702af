"""Do the attributes and their weights describe a customer, and not the past deals or the moment?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from icp_monitor.config.faults import Fault, Path
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.matching import AnyAttribute

FEWEST, MOST = 6, 10
PSYCHOGRAPHIC_SHARE = 1 / 3

PERSONAL = frozenset(
    {
        *("gender", "sex", "ethnicity", "race", "religion", "nationality", "birthday", "birthdate", "marital"),
        *("disability", "email", "phone", "firstname", "lastname", "salary"),
    }
)

Scored = Sequence[tuple[Path, AnyAttribute]]


def attribute_warnings(icp: IcpConfig) -> Iterator[Fault]:
    """Doubts about the number, the weights and the timing of the scored attributes."""
    scored = [(("attributes", place), item) for place, item in enumerate(icp.attributes) if item.weight > 0]
    yield from _too_few_or_many(len(scored))
    yield from _weights(icp, scored)
    for path, attribute in scored:
        yield from _timing(path, attribute)


def _too_few_or_many(count: int) -> Iterator[Fault]:
    if count < FEWEST:
        cure = f"add some; {FEWEST} to {MOST} are usual"
        yield Fault(("attributes",), "so few attributes hardly tell customers apart", str(count), cure)
    if count > MOST:
        message = "so many attributes fit past deals better than future ones"
        yield Fault(("attributes",), message, str(count), f"keep the {MOST} that matter; give the others weight 0")


def _weights(icp: IcpConfig, scored: Scored) -> Iterator[Fault]:
    weights = [attribute.weight for _, attribute in scored]
    if len(weights) > 1 and len(set(weights)) == 1:
        yield Fault(("attributes",), "all weights are equal, so nothing is said to matter more", cure="weigh them")
    psychographic = sum(attribute.weight for _, attribute in scored if attribute.family == "psychographic")
    if psychographic > PSYCHOGRAPHIC_SHARE * sum(weights):
        message = "more than a third of the weight lies on psychographic attributes, which are rarely known"
        yield Fault(("attributes",), message, f"{psychographic / sum(weights):.0%}", "lower their weights")
    scale = icp.scoring.weight_scale
    for path, attribute in scored:
        if scale and not scale.min <= attribute.weight <= scale.max:
            cure = f"keep it between {scale.min:g} and {scale.max:g}"
            yield Fault((*path, "weight"), f"the weight of {attribute.id} is off the declared scale", cure=cure)


def _timing(path: Path, attribute: AnyAttribute) -> Iterator[Fault]:
    words = f"{attribute.id} {attribute.source}".lower().replace("_", " ").split()
    if "intent" in words:
        message = f"{attribute.id} is intent, which says when to call, not who fits"
        yield Fault((*path, "weight"), message, cure="give it weight 0 and use it in a play")
    if personal := PERSONAL.intersection(words):
        message = f"{attribute.id} speaks of people, not of companies"
        yield Fault(
            path, message, ", ".join(sorted(personal)), "describe the account; leave persons out of the profile"
        )
    changes_late = attribute.family == "technographic" or attribute.post_outcome_risk == "high"
    if changes_late and attribute.known_before is None:
        message = f"{attribute.id} may be filled in after the deal is decided, and then explains its own outcome"
        yield Fault(path, message, cure="add known_before: anchor, and a source that keeps its history")
