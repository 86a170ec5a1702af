"""A table's canonical columns on their way from the file's text to typed values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa

from icp_monitor.config.mapped import Column, MappedTable
from icp_monitor.sources import values
from icp_monitor.sources.engine import Expression
from icp_monitor.sources.records import DETAIL, FAULT, RECORD

_CARRIED = (RECORD, FAULT, DETAIL)
_PLAIN = Column(column="unmapped")


def source_columns(table: MappedTable, names: Sequence[str]) -> tuple[str, ...]:
    """The file's columns that fill the canonical columns ``names``, each once."""
    mapped = (table.columns[name].column for name in names if name in table.columns)
    return tuple(dict.fromkeys(column.strip() for column in mapped if column is not None))


@dataclass(frozen=True)
class Cells:
    """Every canonical column of a table as text: as the file has it, and cleaned.

    ``records`` is the table of :func:`icp_monitor.sources.records.record_batches`; ``names`` are the canonical
    columns, mapped or not: one that isn't mapped is missing everywhere. ``moments`` is the time zone of moments that
    are written without one.
    """

    table: MappedTable
    names: tuple[str, ...]
    sets: frozenset[str]
    moments: str | None = None
    records: str = "records"

    def read(self, typed: Mapping[str, Expression]) -> Row:
        """The records with the columns ``typed``, built from this table's cells."""
        text = self._cells.c
        carried = [text[name] for name in _CARRIED]
        kept = [text[f"{name}:{form}"] for name in self.names for form in ("raw", "text")]
        return Row(sa.select(*carried, *kept, *(item.label(name) for name, item in typed.items())).subquery("row"))

    def text(self, name: str) -> Expression:
        """The cleaned text."""
        return values.as_text(self._text(name))

    def day(self, name: str) -> Expression:
        """The business day, in the first of the table's formats that fits."""
        return values.as_day(self._text(name), self.table.dates, self.moments)

    def flag(self, name: str) -> Expression:
        """Whether it is so; NULL for a text that says neither yes nor no."""
        return values.as_flag(self._text(name))

    def number(self, name: str) -> Expression:
        """The number, brought to whole units."""
        return values.as_number(self._text(name), self._column(name))

    def minor_units(self, name: str) -> Expression:
        """The amount in hundredths."""
        return values.as_minor_units(self._text(name), self._column(name))

    def currency(self, name: str, default: str) -> Expression:
        """The currency's three letters, the default where none is given."""
        code = sa.func.upper(self.text(name))
        is_code = sa.func.regexp_full_match(code, "[A-Z]{3}")
        return sa.case((self.is_missing(name), default), (is_code, code))

    def is_missing(self, name: str) -> Expression:
        """Whether the cell says nothing."""
        return self._text(name).is_(None)

    def looks_numeric(self, name: str) -> Expression:
        """Whether the text is a number at all."""
        return values.looks_numeric(self._text(name), self._column(name))

    def looks_infinite(self, name: str) -> Expression:
        """Whether the text spells a number that isn't finite."""
        return values.looks_infinite(self._text(name))

    def members(self, name: str, absence_means: str) -> Expression:
        """The set; where absence means no, an empty cell is the empty set, and only a placeholder is unknown."""
        members = values.as_members(self._text(name), self._column(name))
        if absence_means == "unknown" or name not in self.table.columns:
            return members
        is_empty = sa.func.coalesce(self._cells.c[f"{name}:raw"], "") == ""
        return sa.case((is_empty, "|"), else_=members)

    def _text(self, name: str) -> Expression:
        return self._cells.c[f"{name}:text"]

    def _column(self, name: str) -> Column:
        return self.table.columns.get(name, _PLAIN)

    @cached_property
    def _cells(self) -> sa.Subquery:
        records = sa.table(self.records, *(sa.column(name) for name in _CARRIED))
        carried = (records.c[name] for name in _CARRIED)
        forms = (form for name in self.names for form in self._forms(name))
        return sa.select(*carried, *forms).select_from(records).subquery("cells")

    def _forms(self, name: str) -> Iterable[Expression]:
        """Set members are renamed one by one, when they have been split."""
        column = self._column(name)
        renames = {} if name in self.sets else column.values
        raw = self._raw(name)
        yield raw.label(f"{name}:raw")
        yield values.cleaned(raw, renames, self.table.placeholders).label(f"{name}:text")

    def _raw(self, name: str) -> Expression:
        if name not in self.table.columns:
            return sa.cast(sa.null(), sa.Text)
        column = self.table.columns[name]
        if column.column is None:
            return sa.literal(column.constant, sa.Text)
        return sa.column(f"c{source_columns(self.table, self.names).index(column.column.strip())}", sa.Text)


@dataclass(frozen=True)
class Row:
    """A record's typed columns, next to the text that they were read from."""

    source: sa.Subquery

    def __getitem__(self, name: str) -> Expression:
        return self.source.c[name]

    def extended(self, found: Mapping[str, Expression]) -> Row:
        """The record with more columns, which were found out from its own."""
        return Row(sa.select(self.source, *(item.label(name) for name, item in found.items())).subquery("judged_row"))

    @property
    def is_malformed(self) -> Expression:
        """Whether the record could not be split into its fields."""
        return self[FAULT].is_not(None)

    def raw(self, name: str) -> Expression:
        """What the file says."""
        return self.source.c[f"{name}:raw"]

    def text(self, name: str) -> Expression:
        """What the cell says, cleaned."""
        return self.source.c[f"{name}:text"]

    def given(self, name: str) -> Expression:
        """Whether the cell says anything; a placeholder doesn't."""
        return self.source.c[f"{name}:text"].is_not(None)

    def unreadable(self, name: str) -> Expression:
        """Whether the cell says something that is no value of the column's type."""
        return sa.and_(self.given(name), self[name].is_(None))
