"""Which rows does one reading of an object consist of?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from icp_monitor.sources.hubspot.api import Api
from icp_monitor.sources.hubspot.associations import with_associated
from icp_monitor.sources.hubspot.history import versions
from icp_monitor.sources.hubspot.pages import Raw, changed, details, listed
from icp_monitor.sources.hubspot.record import Asked, Record
from icp_monitor.sources.hubspot.text import as_text

_MERGED = "hs_merged_object_ids"


@dataclass(frozen=True)
class Wanted:
    """What one reading is about.

    ``since``: only records that changed at that moment or later, or all of them. ``until`` is when the reading began;
    what goes into the recycling bin later is left to the next one. A change is one of the ``watched`` properties.
    """

    kind: str
    asked: Asked
    since: datetime | None
    until: datetime
    watched: Sequence[str] = ()


def records(api: Api, wanted: Wanted, types: Mapping[str, str]) -> Iterator[Sequence[Record]]:
    """The records or their changes, page by page; then what is in the recycling bin.

    Beside the survivor of a merge come those that it swallowed.
    """
    asked, swallowed = wanted.asked, set[str]()
    for page in _current(api, wanted):
        rows = [row for raw in page for row in _rows(raw, wanted, types)]
        yield with_associated(api, wanted.kind, asked.associated, rows)
        if asked.wants_merged:
            merged = [loser for raw in page for loser in _swallowed(raw)]
            swallowed.update(loser.id for loser in merged)
            yield merged
    if asked.wants_archived:
        for page in listed(api, wanted.kind, (), archived=True):
            yield [Record(raw["id"], is_gone=True) for raw in page if _was_archived(raw, wanted, swallowed)]


def _current(api: Api, wanted: Wanted) -> Iterator[Sequence[Raw]]:
    properties = (*wanted.asked.properties, *([_MERGED] if wanted.asked.wants_merged else ()))
    history = wanted.asked.properties if wanted.asked.wants_history else ()
    if wanted.since is None and not history:
        yield from listed(api, wanted.kind, properties)
        return
    for ids in _ids(api, wanted):
        yield from details(api, wanted.kind, ids, properties, history)


def _ids(api: Api, wanted: Wanted) -> Iterator[Sequence[str]]:
    if wanted.since is not None:
        return changed(api, wanted.kind, wanted.since)
    return ([str(raw["id"]) for raw in page] for page in listed(api, wanted.kind, ()))


def _rows(raw: Raw, wanted: Wanted, types: Mapping[str, str]) -> Iterator[Record]:
    if wanted.asked.wants_history:
        yield from versions(raw, wanted.watched, types)
    else:
        said, names = raw["properties"], wanted.asked.properties
        yield Record(str(raw["id"]), {name: as_text(said.get(name), types.get(name)) for name in names})


def _swallowed(raw: Raw) -> Iterator[Record]:
    """A record that was merged into another leaves nothing but its id there."""
    for loser in (raw["properties"].get(_MERGED) or "").split(";"):
        if loser.strip():
            yield Record(loser.strip(), is_gone=True, merged_into=str(raw["id"]))


def _was_archived(raw: Raw, wanted: Wanted, swallowed: set[str]) -> bool:
    """Whether it is news: not after the reading began, not before what is wanted, and not told as a merge."""
    if raw["id"] in swallowed:
        return False
    if "archivedAt" not in raw:
        return True
    at = datetime.fromisoformat(raw["archivedAt"])
    return at < wanted.until and (wanted.since is None or at >= wanted.since)
