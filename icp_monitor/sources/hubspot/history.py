"""What was a record at each moment at which it changed?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from icp_monitor.sources.hubspot.pages import Raw
from icp_monitor.sources.hubspot.record import Record
from icp_monitor.sources.hubspot.text import as_text, moment


class _Change(NamedTuple):
    at: str
    name: str
    value: str | None


def versions(raw: Raw, watched: Sequence[str], types: Mapping[str, str]) -> Iterator[Record]:
    """The record from each moment on at which one of the ``watched`` properties became something else.

    Each version holds what every property with a history said by then; none of them is known before its first entry.
    """
    said: dict[str, str | None] = {}
    for at, changes in groupby(_changes(raw, types), key=lambda change: change.at):
        before = [said.get(name) for name in watched]
        said.update((change.name, change.value) for change in changes)
        if [said.get(name) for name in watched] != before:
            yield Record(str(raw["id"]), dict(said), changed_at=at)


def _changes(raw: Raw, types: Mapping[str, str]) -> list[_Change]:
    """From the first to the last; HubSpot has the newest first."""
    entries = raw.get("propertiesWithHistory", {}).items()
    return sorted(
        (
            _Change(moment(entry["timestamp"]), name, as_text(entry["value"], types.get(name)))
            for name, history in entries
            for entry in reversed(history)
        ),
        key=lambda change: change.at,
    )
