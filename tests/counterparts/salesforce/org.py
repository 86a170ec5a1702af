"""The truth: one Salesforce org with its records, its clock, and the rules by which it changes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from tests.counterparts.salesforce.schema import OBJECTS, Field

Record = dict[str, Any]

CLOSED = {"Closed Won": True, "Closed Lost": False}  # whether the deal was won
_STAGE_TRACKED = ("StageName", "Amount", "Probability", "CloseDate")
_SUFFIX = "AAA"  # turns a 15-character id into one of 18


class Org:
    """Records by id. ``tracked`` fields leave a row of field history; ``features`` bring fields; ``hidden`` hides them.

    Every change takes place at ``now``, which only :meth:`wait` moves.
    """

    def __init__(self, now: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)) -> None:
        self.now = now
        self.features: set[str] = set()
        self.hidden: set[tuple[str, str]] = set()
        self.tracked = {("Account", "Industry"), ("Opportunity", "StageName")}
        self._records: dict[str, Record] = {}
        self._object_of: dict[str, str] = {}
        self._numbers = count(1)

    def wait(self, **span: float) -> None:
        """Let the clock go on: ``wait(minutes=5)``."""
        self.now += timedelta(**span)

    def fields(self, name: str) -> dict[str, Field]:
        """The fields of an object that exist in this org and that the user may see."""
        return {
            field.name: field
            for field in OBJECTS[name].fields
            if field.feature in (None, *self.features) and (name, field.name) not in self.hidden
        }

    def records(self, name: str) -> list[Record]:
        """Every record of an object, also those in the recycle bin."""
        return [self._records[key] for key, of in self._object_of.items() if of == name]

    def record(self, key: str) -> Record | None:
        return self._records.get(key)

    def create(self, name: str, **values: Any) -> str:
        """Add a record; returns its id."""
        key = f"{OBJECTS[name].prefix}{next(self._numbers):012d}{_SUFFIX}"
        blank: Record = {field.name: None for field in OBJECTS[name].fields}
        stamps = {"CreatedDate": self.now, "LastModifiedDate": self.now, "SystemModstamp": self.now}
        flags = {field.name: False for field in OBJECTS[name].fields if field.type == "boolean"}
        known = {stamp: moment for stamp, moment in stamps.items() if stamp in blank}
        self._records[key] = {**blank, **flags, **known, "Id": key}
        self._object_of[key] = name
        self._write(key, values)
        if name == "Opportunity":
            self._note_stage(key)
        return key

    def update(self, key: str, **values: Any) -> None:
        """Change a record as its user would."""
        before = dict(self._records[key])
        self._write(key, values)
        self._touch(key)
        name = self._object_of[key]
        changed = [field for field in values if before[field] != self._records[key][field]]
        for field in changed:
            if (name, field) in self.tracked:
                self._note_change(name, key, field, before[field])
        if "StageName" in changed:
            self._records[key]["LastStageChangeDate"] = self.now
        if name == "Opportunity" and any(field in _STAGE_TRACKED for field in changed):
            self._note_stage(key)

    def delete(self, key: str) -> None:
        """Move a record into the recycle bin, and the deals of an account with it."""
        self._records[key]["IsDeleted"] = True
        self._touch(key)
        for deal in self._deals_of(key):
            self.delete(deal["Id"])

    def undelete(self, key: str) -> None:
        """Take a record out of the recycle bin, and the deals that went there with an account."""
        deleted = self._records[key].get("SystemModstamp")
        self._records[key]["IsDeleted"] = False
        self._touch(key)
        for deal in self._deals_of(key):
            if deal["IsDeleted"] and deal["SystemModstamp"] == deleted:
                self.undelete(deal["Id"])

    def merge(self, winner: str, loser: str) -> None:
        """The loser goes, naming the winner; its deals become the winner's."""
        for deal in self._deals_of(loser):
            self.update(deal["Id"], AccountId=winner)
        self._records[loser] |= {"IsDeleted": True, "MasterRecordId": winner}
        self._touch(loser)
        self._touch(winner)

    def purge(self, key: str) -> None:
        """Empty a record out of the recycle bin: nothing tells of it any more."""
        del self._records[key], self._object_of[key]

    def _write(self, key: str, values: Mapping[str, Any]) -> None:
        record = self._records[key]
        unknown = values.keys() - record.keys()
        if unknown:
            raise KeyError(f"{self._object_of[key]} has no fields {sorted(unknown)}")
        record |= values
        if self._object_of[key] == "Opportunity":
            self._close(record)

    def _close(self, record: Record) -> None:
        """Winning a deal brings a close date that lies in the future to today (UTC); losing it leaves any date."""
        stage = record["StageName"]
        record["IsClosed"], record["IsWon"] = stage in CLOSED, CLOSED.get(stage, False)
        today = self.now.astimezone(UTC).date()
        planned: date | None = record["CloseDate"]
        if record["IsWon"] and planned is not None and planned > today:
            record["CloseDate"] = today

    def _touch(self, key: str) -> None:
        self._records[key] |= {"LastModifiedDate": self.now, "SystemModstamp": self.now}

    def _deals_of(self, account: str) -> list[Record]:
        return [deal for deal in self.records("Opportunity") if deal["AccountId"] == account]

    def _note_stage(self, key: str) -> None:
        kept = {name: self._records[key][name] for name in (*_STAGE_TRACKED, "CurrencyIsoCode")}
        self.create("OpportunityHistory", OpportunityId=key, **kept)

    def _note_change(self, name: str, key: str, field: str, before: Any) -> None:
        history = "AccountHistory" if name == "Account" else f"{name}FieldHistory"
        after = self._records[key][field]
        change = {"Field": field, "DataType": "Text", "OldValue": before, "NewValue": after}
        self.create(history, **{f"{name}Id": key}, **change)
