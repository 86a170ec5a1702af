"""CSV files in one folder as a source."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from icp_monitor.config.canonical import TableName
from icp_monitor.config.sources import CsvSource
from icp_monitor.errors import Problem, SourceError
from icp_monitor.sources.cells import source_columns
from icp_monitor.sources.connector import Reading
from icp_monitor.sources.files import digest, file_problems
from icp_monitor.sources.layout import layout_problems, undated
from icp_monitor.sources.mapping import unclear_marks
from icp_monitor.sources.records import record_batches
from icp_monitor.sources.rules import TableReader


@dataclass(frozen=True)
class CsvFiles:
    """The files of a source; every reading reads them from the start."""

    source: CsvSource
    folder: Path

    def contents(self) -> str:
        """A digest over the bytes of all files; one that is missing counts as such."""
        paths = {table.file: self.folder / table.file for table in self.source.tables.values()}
        digests = {name: digest(path) if path.is_file() else None for name, path in paths.items()}
        return hashlib.sha256(repr(sorted(digests.items())).encode()).hexdigest()

    def offered(self) -> Sequence[TableName]:
        """Every table that is mapped."""
        return tuple(self.source.tables)

    def refusals(self, source_id: str, readers: Mapping[TableName, TableReader]) -> list[Problem]:
        """What is wrong with the files as files.

        Raises:
            SourceError: the opportunities have no dates at all, so that nothing else is worth putting right.
        """
        problems: list[Problem] = []
        for name, reader in readers.items():
            table = self.source.tables[name]
            path = self.folder / table.file
            where = f"sources.yaml: {source_id}.tables.{name}"
            unusable = list(unclear_marks(where, table)) or list(file_problems(path, table.encoding))
            if not unusable and name == "opportunities" and (problem := undated(path, table)):
                raise SourceError(problem)
            problems += unusable or layout_problems(path, table, source_columns(table, reader.names))
        return problems

    def read(self, table: TableName, columns: Sequence[str], since: str | None) -> Reading:
        """Every record of a file."""
        del since
        mapped = self.source.tables[table]
        path = self.folder / mapped.file
        return Reading(mapped.file, mapped.full, record_batches(path, mapped, columns))

    def close(self) -> None:
        """Files are closed as they are read."""
