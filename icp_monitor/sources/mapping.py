"""What is wrong with a mapping that only shows beside the other tables of its source."""

from __future__ import annotations

from collections.abc import Iterator

from icp_monitor.config.mapped import CsvTable, MappedTable
from icp_monitor.config.sources import Mapped
from icp_monitor.errors import Problem
from icp_monitor.sources.rules import TableReader


def unmapped_columns(where: str, reader: TableReader, table: MappedTable) -> Iterator[Problem]:
    """Columns that the table can't do without."""
    for name in reader.required:
        if name not in table.columns:
            yield Problem(where, f"no column is mapped to {name}", cure=f"add {name}: and its header to columns")


def unclear_marks(where: str, table: CsvTable) -> Iterator[Problem]:
    """Delimiter and quote that can't be told from each other, or from a line end."""
    marks = {table.delimiter, table.quote}
    if len(marks) < 2 or marks & {"\r", "\n"}:
        value = f"{table.delimiter!r} and {table.quote!r}"
        yield Problem(where, "delimiter and quote must be two characters, and no line end", value)


def ambiguous_stages(where: str, source: Mapped) -> Iterator[Problem]:
    """Stage names that stand under two outcomes once upper and lower case don't matter."""
    outcomes: dict[str, set[str]] = {}
    for outcome, names in source.stages.items():
        for name in names:
            outcomes.setdefault(name.strip().lower(), set()).add(outcome)
    for name, several in outcomes.items():
        if len(several) > 1:
            message = f"the stage stands under {' and '.join(sorted(several))}"
            yield Problem(where, message, repr(name), "keep it under one outcome")
