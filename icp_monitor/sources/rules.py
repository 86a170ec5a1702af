"""What can be wrong with a record: each rule has a reason, the column to look at, and a cure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import sqlalchemy as sa

from icp_monitor.sources.cells import Cells, Row
from icp_monitor.sources.engine import Expression
from icp_monitor.sources.values import LONGEST_TEXT

VALUE_IGNORED = "value ignored"
TEXT_CURE = f"write text of at most {LONGEST_TEXT} characters without NUL bytes"
AMOUNT_CURE = "write a plain number without currency or grouping marks, or set decimal"
EARLIEST_DAY = date(1900, 1, 1)


@dataclass(frozen=True)
class Rule:
    """A record for which ``broken`` holds is set aside; unless ``fatal`` is false, when only the value is lost."""

    reason: str
    column: str
    broken: Expression
    cure: str | Expression
    fatal: bool = True


class TableReader(Protocol):
    """How one canonical table is read: what each record says, what may be wrong with it, and what is stored."""

    @property
    def name(self) -> str:
        """The table's name in ``sources.yaml``."""

    @property
    def key(self) -> tuple[str, ...]:
        """The stored columns that make a row unique; the first is the id of what the row is about."""

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical columns that can be mapped."""

    @property
    def required(self) -> tuple[str, ...]:
        """The canonical columns that must be mapped."""

    @property
    def sets(self) -> frozenset[str]:
        """The canonical columns that hold sets."""

    def values(self, cells: Cells) -> dict[str, Expression]:
        """Typed values, by name."""

    def rules(self, row: Row) -> list[Rule]:
        """Everything that may be wrong."""

    def columns(self, row: Row) -> dict[str, Expression]:
        """The stored columns, and ``fact_on``."""


def key_rules(row: Row, name: str) -> list[Rule]:
    """A record without its key can't be told from others."""
    return [
        missing(row, "missing key", name, f"every record needs its {name}"),
        Rule("unreadable key", name, row.unreadable(name), TEXT_CURE),
    ]


def missing(row: Row, reason: str, name: str, cure: str) -> Rule:
    """A value that the record can't do without."""
    return Rule(reason, name, ~row.given(name), cure)


def day_rules(row: Row, name: str, last: date, formats: tuple[str, ...], where: Expression | None = None) -> list[Rule]:
    """A day must be readable, and lie between 1900 and the last day that the extract can know of."""
    applies = sa.true() if where is None else where
    cure = f"write it as {' or '.join(formats)}, or add its format to the table's dates"
    future = f"correct the date: the extract was made on {last}"
    early = "correct the date: it stands for a missing one"
    return [
        Rule("unreadable date", name, sa.and_(applies, row.unreadable(name)), cure),
        Rule("date in the future", name, sa.and_(applies, row[name] > last), future),
        Rule("date before 1900", name, sa.and_(applies, row[name] < EARLIEST_DAY), early),
    ]


def ignored(row: Row, cure: str, *names: str) -> list[Rule]:
    """Values that can't be read, but whose record can do without them."""
    return [Rule(VALUE_IGNORED, name, row.unreadable(name), cure, fatal=False) for name in names]
