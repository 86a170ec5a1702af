"""A HubSpot portal: records with their history, associations, pipelines and properties, on a clock of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

MODIFIED = {"contacts": "lastmodifieddate"}  # every other object has hs_lastmodifieddate
PRIMARY = {("deals", "companies"): 5, ("contacts", "companies"): 1}
UNLABELLED = {("deals", "companies"): 341, ("contacts", "companies"): 279, ("contacts", "deals"): 4}
OWN_PROPERTIES = {
    "hs_object_id": "number",
    "createdate": "datetime",
    "hs_lastmodifieddate": "datetime",
    "hs_merged_object_ids": "enumeration",
}


def iso(moment: datetime) -> str:
    """A moment as HubSpot writes it: UTC, to the millisecond."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


@dataclass
class Version:
    """What a property said from a moment on."""

    value: str
    at: datetime


@dataclass
class Record:
    """One record; ``history`` has the newest version of each property last."""

    id: str
    created: datetime
    modified: datetime
    history: dict[str, list[Version]] = field(default_factory=dict)
    archived_at: datetime | None = None
    merged_into: str | None = None
    indexed: tuple[datetime, dict[str, str]] | None = None

    @property
    def properties(self) -> dict[str, str]:
        """What the properties say now."""
        return {name: versions[-1].value for name, versions in self.history.items()}


@dataclass
class Association:
    """A link to a record of another kind."""

    to: str
    primary: bool


@dataclass
class Stage:
    """A stage of a pipeline."""

    id: str
    label: str
    is_closed: bool
    probability: float


class Portal:
    """The records of one account. ``now`` is its clock; ``index_lag`` is how long the search lags behind."""

    def __init__(self, now: datetime, token: str = "pat-eu1-secret") -> None:
        self.now = now
        self.token = token
        self.index_lag = timedelta(0)
        self.scopes_withheld: set[str] = set()
        self.objects: dict[str, dict[str, Record]] = {"companies": {}, "deals": {}, "contacts": {}}
        self.properties: dict[str, dict[str, str]] = {
            name: {**OWN_PROPERTIES, MODIFIED.get(name, "hs_lastmodifieddate"): "datetime"} for name in self.objects
        }
        self.options: dict[tuple[str, str], dict[str, str]] = {}
        self.pipelines: dict[str, dict[str, tuple[str, list[Stage]]]] = {"deals": {}}
        self.associations: dict[tuple[str, str, str], list[Association]] = {}
        self._numbers = count(100_001)

    def define(self, kind: str, **types: str) -> None:
        """Add properties to a kind of object."""
        self.properties[kind].update(types)

    def create(self, kind: str, at: datetime | None = None, **properties: str) -> str:
        """Add a record; gives its id."""
        at = at or self.now
        record = Record(str(next(self._numbers)), at, at)
        self.objects[kind][record.id] = record
        self._write(kind, record, at, properties | {"createdate": iso(at), "hs_object_id": record.id})
        return record.id

    def update(self, kind: str, record_id: str, at: datetime | None = None, **properties: str) -> None:
        """Change properties of a record."""
        self._write(kind, self.objects[kind][record_id], at or self.now, properties)

    def archive(self, kind: str, record_id: str, at: datetime | None = None) -> None:
        """Move a record to the recycling bin."""
        self.objects[kind][record_id].archived_at = at or self.now

    def restore(self, kind: str, record_id: str, at: datetime | None = None) -> None:
        """Take a record out of the recycling bin, which changes it."""
        self.objects[kind][record_id].archived_at = None
        self.update(kind, record_id, at)

    def merge(self, kind: str, survivor: str, loser: str, at: datetime | None = None) -> None:
        """Merge ``loser`` into ``survivor``: only the survivor tells of it."""
        gone = self.objects[kind][loser]
        gone.merged_into = survivor
        earlier = self.objects[kind][survivor].properties.get("hs_merged_object_ids", "")
        ids = [
            *filter(None, earlier.split(";")),
            *filter(None, gone.properties.get("hs_merged_object_ids", "").split(";")),
        ]
        self.update(kind, survivor, at, hs_merged_object_ids=";".join([*ids, loser]))

    def associate(self, kind: str, record_id: str, to_kind: str, to: str, primary: bool = False) -> None:
        """Link two records."""
        self.associations.setdefault((kind, record_id, to_kind), []).append(Association(to, primary))

    def alive(self, kind: str) -> list[Record]:
        """The records that are neither archived nor merged away, by id."""
        records = self.objects[kind].values()
        return [record for record in records if record.archived_at is None and record.merged_into is None]

    def archived(self, kind: str) -> list[Record]:
        """The records in the recycling bin, by id."""
        return [record for record in self.objects[kind].values() if record.archived_at is not None]

    def found(self, kind: str, record_id: str) -> Record | None:
        """The record of this id, or the one that it was merged into."""
        record = self.objects[kind].get(record_id)
        while record is not None and record.merged_into is not None:
            record = self.objects[kind][record.merged_into]
        return record

    def indexed(self, kind: str) -> list[tuple[str, dict[str, str]]]:
        """What the search knows: id and properties of each record, as of ``index_lag`` ago."""
        horizon = self.now - self.index_lag
        known = []
        for record in self.alive(kind):
            if record.modified <= horizon:
                known.append((record.id, record.properties))
            elif record.indexed is not None and record.indexed[0] <= horizon:
                known.append((record.id, record.indexed[1]))
        return known

    def _write(self, kind: str, record: Record, at: datetime, properties: dict[str, str]) -> None:
        unknown = set(properties) - set(self.properties[kind])
        assert not unknown, f"{kind} have no properties {unknown}"
        if record.history:
            record.indexed = (record.modified, record.properties)
        record.modified = at
        modified = {MODIFIED.get(kind, "hs_lastmodifieddate"): iso(at)}
        for name, value in (properties | modified).items():
            if name in MODIFIED.values() or name == "hs_lastmodifieddate":
                record.history[name] = [Version(value, at)]
            else:
                record.history.setdefault(name, []).append(Version(value, at))
