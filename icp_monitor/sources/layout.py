"""Does a file have the columns that its mapping asks for, and a column of dates to measure drift along?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from icp_monitor.config.mapped import CsvTable
from icp_monitor.errors import Problem, SourceError
from icp_monitor.sources.records import first_records, has_records, header_of

_DELIMITERS = (",", ";", "\t", "|")
_LOOKS_DATED = re.compile(
    r"\d{1,4}[-/.] ?\d{1,2}[-/.] ?\d{1,4}|^\d{8}\b|\b(jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])",
    re.IGNORECASE,
)
_SAMPLE = 200
_MOST_NAMES = 40


def layout_problems(path: Path, table: CsvTable, wanted: Sequence[str]) -> Iterator[Problem]:
    """What keeps the columns ``wanted`` from being read; or that a full file holds no records."""
    other = _fitting_delimiter(path, table, set(wanted))
    if other is not None:
        cure = f"declare delimiter: {other!r}, which gives the mapped columns"
        yield Problem(str(path), f"the header is not separated by {table.delimiter!r}", cure=cure)
        return
    try:
        header = header_of(path, table)
        is_barren = table.full and not has_records(path, table)
    except SourceError as error:
        yield from (problem for problem in error.problems if isinstance(problem, Problem))
        return
    for name in wanted:
        if name not in header:
            yield Problem(str(path), f"there is no column {name!r}", cure=_nearest(name, header))
        elif header.count(name) > 1:
            cure = "rename one of them in the export: nothing says which is meant"
            yield Problem(str(path), f"{header.count(name)} columns are called {name!r}", cure=cure)
    if is_barren:
        cure = "export it again, or write full: false if it only holds changes"
        yield Problem(str(path), "the file holds no records", cure=cure)


def undated(path: Path, table: CsvTable) -> Problem | None:
    """Why the opportunities of a file can't be dated; None if a column is mapped to ``created_on``, and dates exist.

    A mapped column that is missing beside others with dates is left to :func:`layout_problems`.
    """
    mapped = table.columns.get("created_on")
    header = _header_or_none(path, table)
    if len(header) < 2 or (mapped is not None and (mapped.column is None or mapped.column.strip() in header)):
        return None
    records = first_records(path, table, _SAMPLE)
    dated = _dated_columns(header, records)
    if records and not dated:
        message = "no column holds dates: drift can't be dated without the day on which each opportunity was created"
        return Problem(str(path), message, cure="export that day too, and the day on which it was won or lost")
    if dated and mapped is None:
        message = "no column is mapped to created_on, and drift can't be dated without it"
        return Problem(str(path), message, cure=f"map one of the columns that hold dates: {_listed(dated)}")
    return None


def _fitting_delimiter(path: Path, table: CsvTable, wanted: set[str]) -> str | None:
    """The delimiter that splits a header into mapped columns where the declared one doesn't split it at all."""
    if len(_header_or_none(path, table)) > 1:
        return None
    fits = {
        mark: len(wanted & set(_header_or_none(path, table.model_copy(update={"delimiter": mark}))))
        for mark in (table.delimiter, *_DELIMITERS)
    }
    best = max(fits, key=lambda mark: fits[mark])
    return best if fits[best] > fits[table.delimiter] else None


def _header_or_none(path: Path, table: CsvTable) -> tuple[str, ...]:
    try:
        return header_of(path, table)
    except SourceError:
        return ()


def _dated_columns(header: tuple[str, ...], records: list[list[str]]) -> list[str]:
    """The columns in which most of the values that are given look like dates."""
    columns = zip(*records, strict=True)
    given = {name: [text for text in texts if text.strip()] for name, texts in zip(header, columns, strict=False)}
    return [name for name, texts in given.items() if texts and 2 * sum(map(_is_dated, texts)) > len(texts)]


def _is_dated(text: str) -> bool:
    return any(map(str.isdigit, text)) and _LOOKS_DATED.search(text) is not None


def _nearest(name: str, header: tuple[str, ...]) -> str:
    by_lower = {column.lower(): column for column in header}
    close = get_close_matches(name.lower(), by_lower, n=1)
    question = f"did you mean {by_lower[close[0]]!r}? " if close else ""
    return f"{question}The file has {_listed(header)}"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown} and {len(names) - _MOST_NAMES} more"
