"""Which records does a CSV file hold? Every record is numbered, and one that is malformed says how."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from icp_monitor.config.mapped import CsvTable
from icp_monitor.errors import Problem, SourceError
from icp_monitor.sources.files import LONGEST_LINE, open_text

if TYPE_CHECKING:
    from _csv import Reader

RECORD, FAULT, DETAIL = "record:number", "record:fault", "record:detail"
WRONG_FIELDS = "wrong number of fields"
BAD_QUOTES = "unbalanced quotes"
_BATCH = 1024  # measured: batches that outgrow the processor's cache cost twice as much

Fault = tuple[str, str]


def header_of(path: Path, table: CsvTable) -> tuple[str, ...]:
    """The names in a file's first line that isn't blank; none if there is no such line.

    Raises:
        SourceError: the line's quotes don't balance.
    """
    with _reader(path, table) as reader:
        return tuple(name.strip() for name in _header(path, reader))


def has_records(path: Path, table: CsvTable) -> bool:
    """Whether anything follows the header, even if it is malformed."""
    with _reader(path, table) as reader:
        rows, _ = _take(path, reader, len(_header(path, reader)), 1)
    return bool(rows)


def first_records(path: Path, table: CsvTable, limit: int) -> list[list[str]]:
    """The well-formed ones of the first ``limit`` records, for a look at what a file holds."""
    with _reader(path, table) as reader:
        rows, faults = _take(path, reader, len(_header(path, reader)), limit)
    return [row for index, row in enumerate(rows) if index not in faults]


def record_schema(names: Sequence[str]) -> pa.Schema:
    """``RECORD`` counts from 1; ``FAULT`` says what is malformed about a record, and ``DETAIL`` where.

    The columns ``names`` follow as text without surrounding space, under the names ``c0``, ``c1``, …; they are null in
    a malformed record.
    """
    text = [(f"c{index}", pa.string()) for index in range(len(names))]
    return pa.schema([(RECORD, pa.int64()), (FAULT, pa.string()), (DETAIL, pa.string()), *text])


def sound_batch(first: int, text: Sequence[pa.Array]) -> pa.RecordBatch:
    """Records that nothing is wrong with, counted from ``first``, with their columns as text."""
    count = len(text[0])
    sound = pa.nulls(count, pa.string())
    schema = record_schema([""] * len(text))
    return pa.record_batch([pa.arange(first, first + count), sound, sound, *text], schema=schema)


def record_batches(path: Path, table: CsvTable, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Every record of a file, in batches with the columns of :func:`record_schema`.

    Raises:
        SourceError: when a quote is never closed.
    """
    schema = record_schema(names)
    with _reader(path, table) as reader:
        header = [name.strip() for name in _header(path, reader)]
        positions = [header.index(name) for name in names]
        record = 1
        while True:
            rows, faults = _take(path, reader, len(header), _BATCH)
            if not rows:
                return
            columns = list(zip(*rows, strict=True))
            numbers = pa.arange(record, record + len(rows))
            text = (pc.utf8_trim_whitespace(pa.array(columns[position], pa.string())) for position in positions)
            yield pa.record_batch([numbers, *_fault_columns(faults, len(rows)), *text], schema=schema)
            record += len(rows)


def _fault_columns(faults: dict[int, Fault], rows: int) -> tuple[pa.Array, pa.Array]:
    if not faults:
        return pa.nulls(rows, pa.string()), pa.nulls(rows, pa.string())
    said = [faults.get(index, (None, None)) for index in range(rows)]
    return pa.array([fault for fault, _ in said], pa.string()), pa.array([detail for _, detail in said], pa.string())


def _take(path: Path, reader: Reader, width: int, limit: int) -> tuple[list[list[str]], dict[int, Fault]]:
    """The next records, each ``width`` long, and what is malformed about some, by position."""
    rows: list[list[str]] = []
    faults: dict[int, Fault] = {}
    blank: list[str] = [None] * width  # type: ignore[list-item]
    while len(rows) < limit:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            faults[len(rows)] = _quote_fault(path, error, line, reader.line_num)
            rows.append(blank)
            continue
        if row is None:
            break
        if len(row) != width:
            if len(row) <= 1 and not "".join(row).strip():
                continue
            if len(row) < width or any(row[width:]):
                faults[len(rows)] = (WRONG_FIELDS, f"line {line}: {len(row)} fields, the header has {width}")
                row = blank
            row = row[:width]
        rows.append(row)
    return rows, faults


def _quote_fault(path: Path, error: csv.Error, first: int, last: int) -> Fault:
    """A stray quote spoils its own record; one that is never closed hides all records after it."""
    if "unexpected end of data" in str(error) or "field limit" in str(error):
        message = "a quote that opens in this record is never closed, so nothing after it can be read"
        raise SourceError(Problem(f"{path}:{first}", message, cure="close it, double it, or export the file again"))
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    return BAD_QUOTES, f"{lines}: {error}"


def _header(path: Path, reader: Reader) -> list[str]:
    try:
        return next((row for row in reader if "".join(row).strip()), [])
    except csv.Error as error:
        raise SourceError(Problem(f"{path}:{reader.line_num}", f"the header can't be read: {error}")) from error


@contextmanager
def _reader(path: Path, table: CsvTable) -> Iterator[Reader]:
    """A strict reader of the file, which accepts values as long as a line may be."""
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        with open_text(path, table.encoding) as file:
            yield csv.reader(file, delimiter=table.delimiter, quotechar=table.quote, strict=True)
    finally:
        csv.field_size_limit(before)
