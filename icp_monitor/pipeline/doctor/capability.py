"""Which metrics and tests can be computed with the data at hand, and what would unlock the others?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from icp_monitor.pipeline.doctor.needs import Field, Kind, Need


@dataclass(frozen=True)
class Present:
    """A table as known on the day: its records, and for each mapped column how many of them give a value."""

    records: int
    filled: Mapping[str, int]


@dataclass(frozen=True)
class Capability:
    """Something that the monitor can say; ``lacks`` names what is missing for it."""

    name: str
    kind: Kind
    lacks: tuple[str, ...]

    @property
    def computable(self) -> bool:
        """Whether nothing is missing."""
        return not self.lacks


@dataclass(frozen=True)
class Unlock:
    """A table, or a column of one that is there, with everything that only it stands in the way of."""

    what: str
    unlocks: tuple[str, ...]


def capabilities(needs: Sequence[Need], present: Mapping[str, Present]) -> tuple[Capability, ...]:
    """Each need, held against what is there."""
    return tuple(
        Capability(need.name, need.kind, tuple(_lacking(need.groups, present, explained=True))) for need in needs
    )


def unlocks(needs: Sequence[Need], present: Mapping[str, Present]) -> tuple[Unlock, ...]:
    """What would unlock the most, first; ways that are alternatives are named together."""
    gains: dict[str, list[str]] = {}
    for need in needs:
        lacking = list(_lacking(need.groups, present, explained=False))
        if lacking:
            gains.setdefault(" and ".join(lacking), []).append(need.name)
    found = [Unlock(what, tuple(names)) for what, names in gains.items()]
    return tuple(sorted(found, key=lambda item: (-len(item.unlocks), item.what)))


def _lacking(groups: Sequence[Sequence[Field]], present: Mapping[str, Present], *, explained: bool) -> Iterator[str]:
    for group in groups:
        if not any(_filled(field, present) for field in group):
            told = dict.fromkeys(_what(field, present, explained=explained) for field in group)
            yield " or ".join(told)


def _filled(field: Field, present: Mapping[str, Present]) -> bool:
    table, column = field
    return table in present and present[table].filled.get(column, 0) > 0


def _what(field: Field, present: Mapping[str, Present], *, explained: bool) -> str:
    table, column = field
    if table not in present:
        return f"the table {table}"
    if not explained:
        return f"{table}.{column}"
    mapped = column in present[table].filled
    return f"{table}.{column} ({'no value yet' if mapped else 'not mapped'})"
