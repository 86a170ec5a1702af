"""A record of HubSpot on its way to a row, and what the columns of a mapping ask of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ID, ARCHIVED, MERGED_INTO, CHANGED_AT = "id", "archived", "merged_into", "changed_at"
LABEL, ASSOCIATIONS = ".label", "associations."
SEPARATOR = ";"  # of the values of one property
_OWN = (ID, ARCHIVED, MERGED_INTO, CHANGED_AT)


@dataclass(frozen=True)
class Record:
    """A record as it is, as it was from ``changed_at`` on, or what is left of one that is gone.

    ``associated`` holds one record's id for each kind of object.
    """

    id: str
    properties: Mapping[str, str | None] = field(default_factory=dict)
    is_gone: bool = False
    merged_into: str | None = None
    changed_at: str | None = None
    associated: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """The columns of one table.

    ``id``, ``archived``, ``merged_into`` and ``changed_at`` are the record's own, ``associations.companies`` is the
    company that it belongs to, ``dealstage.label`` what HubSpot shows for the value of a property, and every other
    name a property.
    """

    columns: tuple[str, ...]

    @property
    def properties(self) -> tuple[str, ...]:
        """The properties behind the columns, each once."""
        named = (column.removesuffix(LABEL) for column in self.columns if column not in _OWN)
        return tuple(dict.fromkeys(name for name in named if not name.startswith(ASSOCIATIONS)))

    @property
    def labelled(self) -> tuple[str, ...]:
        """The properties whose labels are wanted."""
        return tuple(column.removesuffix(LABEL) for column in self.columns if column.endswith(LABEL))

    @property
    def associated(self) -> tuple[str, ...]:
        """The kinds of object of which an associated record is wanted."""
        return tuple(column.removeprefix(ASSOCIATIONS) for column in self.columns if column.startswith(ASSOCIATIONS))

    @property
    def wants_history(self) -> bool:
        """Whether a row is a change, not a record."""
        return CHANGED_AT in self.columns

    @property
    def wants_archived(self) -> bool:
        """Whether the table can say that a record is gone."""
        return ARCHIVED in self.columns

    @property
    def wants_merged(self) -> bool:
        """Whether the table can say that a record was merged into another."""
        return MERGED_INTO in self.columns or self.wants_archived


@dataclass(frozen=True)
class Meanings:
    """What values of properties mean: ``types`` by property, and ``labels`` by property and value."""

    types: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]


def cells(record: Record, columns: Sequence[str], meanings: Meanings) -> list[str | None]:
    """The record's text in each column."""
    return [_cell(record, column, meanings) for column in columns]


def _cell(record: Record, column: str, meanings: Meanings) -> str | None:
    if column == ARCHIVED:
        return "true" if record.is_gone else "false"
    if column in _OWN:
        return {ID: record.id, MERGED_INTO: record.merged_into, CHANGED_AT: record.changed_at}[column]
    if column.startswith(ASSOCIATIONS):
        return record.associated.get(column.removeprefix(ASSOCIATIONS))
    name = column.removesuffix(LABEL)
    value = record.properties.get(name)
    if value is None or not column.endswith(LABEL):
        return value
    labels = meanings.labels.get(name, {})
    return SEPARATOR.join(labels.get(member, member) for member in value.split(SEPARATOR))
