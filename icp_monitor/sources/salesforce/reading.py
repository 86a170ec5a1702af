"""The records of one object that are due: everything, or what changed in a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from icp_monitor.sources.salesforce import bulk, paged
from icp_monitor.sources.salesforce.fields import Field
from icp_monitor.sources.salesforce.notation import Row
from icp_monitor.sources.salesforce.objects import CHANGED, DELETED, ID, PERSON, SalesforceObject
from icp_monitor.sources.salesforce.soql import Query, between, refers_to
from icp_monitor.sources.salesforce.window import Window

STAGES, DEAL = "OpportunityHistory", "Opportunity"


@dataclass(frozen=True)
class ObjectReading:
    """What is read of an object in a window; the rows have the object's written fields."""

    object: SalesforceObject
    window: Window

    @property
    def is_everything(self) -> bool:
        """Without a clock, or when deletions may have gone unseen, every record is read again."""
        unseen = self.window.may_miss_deletions and not self.object.only_grows
        return self.window.since is None or self.object.clock is None or unseen

    @property
    def is_full(self) -> bool:
        """Whether a record that isn't read doesn't exist any more."""
        return self.is_everything and not self.object.only_grows

    @property
    def watermark(self) -> str | None:
        """Where the next reading of the object goes on; None without a clock."""
        return self.window.watermark if self.object.clock else None

    def rows(self) -> Iterator[Row]:
        """Each record, deleted ones too. Everything is read without an upper end in time: it leaves nothing out."""
        found = self._everything() if self.is_everything else self._changes()
        positions = [self._selected.index(field) if field else None for field in self._written]
        personal = self._personal
        for row in found:
            natural = personal is not None and row[personal] == "true"
            yield tuple(
                None if at is None or (natural and self._selected[at].names_a_person) else row[at] for at in positions
            )

    def _everything(self) -> Iterator[Row]:
        query = self._query
        if self.object.where is not None:
            query = query.where(f"({self.object.where})")
        return bulk.rows(self.object.client, query, self._selected)

    def _changes(self) -> Iterator[Row]:
        """What changed. A record that changed so that the mapping's condition no longer holds counts as deleted."""
        if self.object.where is None:
            return paged.rows(self.object.client, self._due, self._selected)
        if self.object.has(DELETED) and self.object.field(DELETED) in self._written:
            return self._with_departed(self._due.where(f"({self.object.where})"))
        return paged.rows(self.object.client, self._due.where(f"({self.object.where})"), self._selected)

    def _with_departed(self, matching: Query) -> Iterator[Row]:
        key = self.object.field(ID)
        ids = paged.rows(self.object.client, replace(matching, fields=(ID,)), [key])
        kept = {row[0] for row in ids}
        at, flag = self._selected.index(key), self._selected.index(self.object.field(DELETED))
        for row in paged.rows(self.object.client, self._due, self._selected):
            yield row if row[at] in kept else (*row[:flag], "true", *row[flag + 1 :])

    @property
    def _due(self) -> Query:
        """What changed in the window; of the stages of deals all that belong to a deal which changed.

        Only the row before tells whether a deal entered a stage, or changed its amount in it.
        """
        clock, since = self.object.clock, self.window.since
        assert clock is not None
        assert since is not None
        if self.object.name == STAGES:
            deals = Query(DEAL, (ID,), between(CHANGED, since, self.window.until))
            whole = self._query.where(refers_to(f"{DEAL}Id", deals))
            return replace(whole, order=(f"{DEAL}Id", clock, ID))
        return replace(self._query.where(*between(clock, since, self.window.until)), order=(clock, ID))

    @property
    def _query(self) -> Query:
        return Query(self.object.name, tuple(field.path for field in self._selected))

    @property
    def _personal(self) -> int | None:
        return next((at for at, field in enumerate(self._selected) if field.path == PERSON), None)

    @cached_property
    def _written(self) -> list[Field | None]:
        return self.object.fields()

    @cached_property
    def _selected(self) -> list[Field]:
        """Each written field once, and what else must be known of a record."""
        further = (name for name in (ID, PERSON) if self.object.has(name))
        known = [*self._written, *(self.object.field(name) for name in further)]
        return list(dict.fromkeys(field for field in known if field is not None))
