"""Everything that stands against reading a source, found before its records are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from icp_monitor.config.sources import CsvSource, TableName
from icp_monitor.errors import SourceError
from icp_monitor.sources.cells import source_columns
from icp_monitor.sources.files import file_problems
from icp_monitor.sources.layout import layout_problems, undated
from icp_monitor.sources.mapping import ambiguous_stages, unclear_marks, unmapped_columns
from icp_monitor.sources.rules import TableReader


def refuse_unreadable(
    source_id: str, source: CsvSource, folder: Path, readers: Mapping[TableName, TableReader]
) -> None:
    """Refuse the whole source when a mapping or a file can't be used.

    Raises:
        SourceError: with every problem found; with only one when the opportunities have no dates at all, because then
            nothing else is worth putting right.
    """
    problems = list(ambiguous_stages(f"sources.yaml: {source_id}.stages", source))
    for name, reader in readers.items():
        table = source.tables[name]
        path = folder / table.file
        where = f"sources.yaml: {source_id}.tables.{name}"
        unusable = list(unclear_marks(where, table)) or list(file_problems(path, table.encoding))
        if not unusable and name == "opportunities" and (problem := undated(path, table)):
            raise SourceError(problem)
        problems += unmapped_columns(where, reader, table)
        problems += unusable or layout_problems(path, table, source_columns(table, reader.names))
    if problems:
        raise SourceError(*problems)
