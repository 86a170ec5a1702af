"""Which parts of a profile contradict each other, however right each of them is alone.

Works on the plain values of the file, so that these faults are found beside those of single fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from icp_monitor.config.expressions import parse_rule
from icp_monitor.config.faults import Fault, Path
from icp_monitor.config.rules import KINDS, Kind
from icp_monitor.config.suggestions import did_you_mean
from icp_monitor.errors import ConfigError, Problem

Entry = tuple[Path, Mapping[str, Any]]


def disagreements(profile: Mapping[str, Any]) -> Iterator[Fault]:
    """Every contradiction between the parts of ``icp.yaml``."""
    attributes, segments = _entries(profile, "attributes"), _entries(profile, "segments")
    knockouts, overrides = _entries(profile, "knockouts"), _entries(profile, "strategic_overrides")
    monitored = [entry for entry in segments if entry[1].get("lifecycle") != "retired"]
    for entries, key in ((attributes, "id"), (segments, "id"), (knockouts, "id"), (monitored, "priority")):
        yield from _repeated(entries, key)
    if attributes and all(attribute.get("weight") == 0 for _, attribute in attributes):
        yield Fault(("attributes",), "no attribute carries weight", cure="give one a weight above 0")
    kinds = _kinds(attributes)
    for entry in (*knockouts, *segments):
        yield from _rule_faults(entry, kinds)
    for path, override in overrides:
        named = override.get("attribute")
        if isinstance(named, str) and named not in kinds:
            yield Fault(
                (*path, "attribute"), "no attribute has this id", cure=did_you_mean(named, kinds) or "name an attribute"
            )


def _entries(profile: Mapping[str, Any], key: str) -> list[Entry]:
    entries = profile.get(key)
    if not isinstance(entries, tuple):
        return []
    return [((key, index), entry) for index, entry in enumerate(entries) if isinstance(entry, Mapping)]


def _repeated(entries: list[Entry], key: str) -> Iterator[Fault]:
    taken: dict[str | int, int] = {}
    for position, (path, entry) in enumerate(entries, start=1):
        value = entry.get(key)
        if isinstance(value, str | int) and taken.setdefault(value, position) != position:
            message = f"{path[0]}, entry {taken[value]}, has the same {key}"
            yield Fault((*path, key), message, cure=f"give each its own {key}")


def _kinds(attributes: list[Entry]) -> dict[str, Kind | None]:
    named = [attribute for _, attribute in attributes if isinstance(attribute.get("id"), str)]
    types = [(attribute["id"], attribute.get("type")) for attribute in named]
    return {name: kind if kind in KINDS else None for name, kind in types}


def _rule_faults(entry: Entry, kinds: Mapping[str, Kind | None]) -> Iterator[Fault]:
    path, fields = entry
    text = fields.get("when")
    if not isinstance(text, str):
        return
    try:
        parse_rule(text, kinds)
    except ConfigError as error:
        for problem in error.problems:
            if isinstance(problem, Problem):
                message = f"{problem.message} ({problem.where} of the rule)"
                yield Fault((*path, "when"), message, problem.value, problem.cure)
