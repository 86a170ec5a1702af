"""Which rows does one reading of an object consist of?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from icp_monitor.sources.hubspot.api import Api
from icp_monitor.sources.hubspot.associations import with_associated
from icp_monitor.sources.hubspot.history import versions
from icp_monitor.sources.hubspot.pages import Condition, Raw, changed_since, details, found, listed
from icp_monitor.sources.hubspot.record import SEPARATOR, Asked, Record
from icp_monitor.sources.hubspot.text import as_text

_MERGED = "hs_merged_object_ids"


@dataclass(frozen=True)
class Wanted:
    """What one reading is about.

    ``since``: only records that changed at that moment or later, or all of them. ``until`` is when the reading began;
    what goes into the recycling bin later is left to the next one. ``where`` holds for all records that matter.
    A change is one of the ``watched`` properties.
    """

    kind: str
    asked: Asked
    since: datetime | None
    until: datetime
    where: Sequence[Condition] = ()
    watched: Sequence[str] = ()

    @property
    def change(self) -> Sequence[Condition]:
        """That a record changed since."""
        return () if self.since is None else (changed_since(self.kind, self.since),)

    @property
    def conditions(self) -> Sequence[Condition]:
        """What a record must be to be read."""
        return (*self.where, *self.change)


def records(api: Api, wanted: Wanted, types: Mapping[str, str]) -> Iterator[Sequence[Record]]:
    """The records or their changes, page by page; then those that are gone.

    Beside the survivor of a merge come those that it swallowed. A record that changed so that ``where`` doesn't hold
    for it any more counts as gone.
    """
    asked, swallowed, left = wanted.asked, set[str](), _changed(api, wanted)
    for page in _current(api, wanted):
        rows = [row for raw in page for row in _rows(raw, wanted, types)]
        yield with_associated(api, wanted.kind, asked.associated, rows)
        left.difference_update(str(raw["id"]) for raw in page)
        if asked.wants_merged:
            merged = [loser for raw in page for loser in _swallowed(raw)]
            swallowed.update(loser.id for loser in merged)
            yield merged
    if asked.wants_archived:
        yield [Record(record_id, is_gone=True) for record_id in sorted(left)]
        for page in listed(api, wanted.kind, (), archived=True):
            yield [Record(raw["id"], is_gone=True) for raw in page if _was_archived(raw, wanted, swallowed | left)]


def _changed(api: Api, wanted: Wanted) -> set[str]:
    """All that changed, found before those for which ``where`` holds, so that no change between the two is mistaken."""
    if not wanted.where or not wanted.change or not wanted.asked.wants_archived:
        return set()
    return {record_id for ids in found(api, wanted.kind, wanted.change) for record_id in ids}


def _current(api: Api, wanted: Wanted) -> Iterator[Sequence[Raw]]:
    properties = (*wanted.asked.properties, *([_MERGED] if wanted.asked.wants_merged else ()))
    history = wanted.asked.properties if wanted.asked.wants_history else ()
    if not wanted.conditions and not history:
        yield from listed(api, wanted.kind, properties)
        return
    for ids in _ids(api, wanted):
        yield from details(api, wanted.kind, ids, properties, history)


def _ids(api: Api, wanted: Wanted) -> Iterator[Sequence[str]]:
    if wanted.conditions:
        return found(api, wanted.kind, wanted.conditions)
    return ([str(raw["id"]) for raw in page] for page in listed(api, wanted.kind, ()))


def _rows(raw: Raw, wanted: Wanted, types: Mapping[str, str]) -> Iterator[Record]:
    if wanted.asked.wants_history:
        yield from versions(raw, wanted.watched, types)
    else:
        said, names = raw["properties"], wanted.asked.properties
        yield Record(str(raw["id"]), {name: as_text(said.get(name), types.get(name)) for name in names})


def _swallowed(raw: Raw) -> Iterator[Record]:
    """A record that was merged into another leaves nothing but its id there."""
    for loser in (raw["properties"].get(_MERGED) or "").split(SEPARATOR):
        if loser.strip():
            yield Record(loser.strip(), is_gone=True, merged_into=str(raw["id"]))


def _was_archived(raw: Raw, wanted: Wanted, told: set[str]) -> bool:
    """Whether it is news: not after the reading began, not before what is wanted, and not told already."""
    if raw["id"] in told:
        return False
    at = datetime.fromisoformat(raw["archivedAt"])
    return at < wanted.until and (wanted.since is None or at >= wanted.since)
