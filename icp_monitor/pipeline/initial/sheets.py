"""Reads a CSV file of which nothing is known: its encoding, its delimiter, its columns and what they hold."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from icp_monitor.config.mapped import CsvTable
from icp_monitor.errors import ConfigError, Problem
from icp_monitor.pipeline.initial.days import Notation, notation_of
from icp_monitor.pipeline.initial.numbers import DecimalMark, decimal_mark, number

MOST_RECORDS = 200_000
MOST_BYTES = 2**26
PLACEHOLDERS = frozenset(CsvTable.model_fields["placeholders"].default)
DELIMITERS = (",", ";", "\t", "|")

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAMPLE = 200
_LONGEST_FIELD = 2**24


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a file: every cell as text without surrounding space."""

    name: str
    cells: tuple[str, ...]

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The cells that say something."""
        return tuple(text for text in self.cells if text not in PLACEHOLDERS)

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value is given."""
        return Counter(self.given)

    @property
    def values(self) -> tuple[str, ...]:
        """Every value, the most frequent first."""
        return tuple(sorted(self.counts, key=lambda value: (-self.counts[value], value)))

    @property
    def filled(self) -> float:
        """The share of the records that give a value."""
        return len(self.given) / max(1, len(self.cells))

    @property
    def is_key(self) -> bool:
        """Whether the values tell the records apart."""
        return self.filled > 0.99 and len(self.counts) > 0.98 * len(self.given)

    @cached_property
    def days(self) -> Notation | None:
        """How the column writes days; None where it doesn't."""
        return notation_of(self.counts)

    @cached_property
    def decimal(self) -> DecimalMark | None:
        """The decimal mark of a column of numbers."""
        return decimal_mark(self.given)

    @cached_property
    def numbers(self) -> tuple[float, ...]:
        """The numbers that are given, in order of size."""
        mark = self.decimal
        read = (number(text, mark) for text in self.given) if mark else ()
        return tuple(sorted(value for value in read if value is not None))


@dataclass(frozen=True, eq=False)
class Sheet:
    """A CSV file; ``cut`` where it has more than the records that were read."""

    path: Path
    encoding: str
    delimiter: str
    columns: tuple[Column, ...]
    cut: bool

    @property
    def records(self) -> int:
        """How many records were read."""
        return len(self.columns[0].cells)


def read_sheet(path: Path) -> Sheet:
    """The file at ``path``.

    Raises:
        ConfigError: it can't be read as a table with a header and records.
    """
    content, longer = _content(path)
    encoding = _encoding(content)
    text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    delimiter = max(DELIMITERS, key=lambda mark: _fit(text, mark))
    rows = _rows(text, delimiter)
    header = [name.strip() for name in next(rows, [])]
    records = [row for row in islice(rows, MOST_RECORDS) if len(row) == len(header)]
    _refuse_unusable(path, header, records)
    columns = zip(header, zip(*records, strict=True), strict=True)
    return Sheet(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        columns=tuple(Column(name, tuple(map(str.strip, cells))) for name, cells in columns if name),
        cut=longer or next(rows, None) is not None,
    )


def _content(path: Path) -> tuple[bytes, bool]:
    """The file's first bytes up to the end of a line, and whether more follow."""
    try:
        with path.open("rb") as file:
            content, longer = file.read(MOST_BYTES), bool(file.read(1))
    except FileNotFoundError:
        raise ConfigError(Problem(str(path), "there is no such file", cure="check the path")) from None
    except OSError as error:
        raise ConfigError(Problem(str(path), "the file can't be read", error.strerror, "check the path")) from None
    if not content.strip():
        raise ConfigError(Problem(str(path), "the file is empty", cure="export it again, with its header line"))
    return content[: content.rfind(b"\n") + 1] if longer else content, longer


def _encoding(content: bytes) -> str:
    if content.startswith(_UTF16_MARKS):
        return "utf-16"
    for name in ("utf-8", "windows-1252"):
        try:
            content.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    """How well the delimiter splits the first records into as many fields as the header has, and how many."""
    first = list(islice(_rows(text[: 2**20], delimiter), _SAMPLE))
    if not first or len(first[0]) < 2:
        return (0, 0)
    return sum(len(row) == len(first[0]) for row in first) / len(first), len(first[0])


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_FIELD)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from (row for row in rows if any(cell.strip() for cell in row))
    except csv.Error:
        return


def _refuse_unusable(path: Path, header: list[str], records: list[list[str]]) -> None:
    if len(header) < 2:
        message = "no delimiter splits it into columns"
        raise ConfigError(Problem(str(path), message, cure="export it as CSV, with commas, semicolons or tabs"))
    if not records:
        raise ConfigError(Problem(str(path), "the file holds a header but no records", cure="export it again"))
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        cure = "rename them in the export: nothing says which is meant"
        raise ConfigError(Problem(str(path), "several columns have the same name", ", ".join(twice), cure))
