"""Objects of a Salesforce organisation as a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import pyarrow as pa

from icp_monitor.config.canonical import TableName
from icp_monitor.config.connection import Connection
from icp_monitor.config.sources import SalesforceSource
from icp_monitor.errors import Problem
from icp_monitor.sources.connector import Reading
from icp_monitor.sources.records import sound_batch
from icp_monitor.sources.rules import TableReader
from icp_monitor.sources.salesforce.client import Client
from icp_monitor.sources.salesforce.failures import explained
from icp_monitor.sources.salesforce.objects import CURRENCY, SalesforceObject
from icp_monitor.sources.salesforce.reading import ObjectReading
from icp_monitor.sources.salesforce.window import Window

_BATCH = 1024


@dataclass(frozen=True)
class SalesforceObjects:
    """The organisation that a connection logs in to, read as a source maps it."""

    source: SalesforceSource
    connection: Connection

    def contents(self) -> None:
        """Only reading can tell."""

    def offered(self) -> Sequence[TableName]:
        """The mapped tables, without optional ones whose object the organisation doesn't have.

        Raises:
            SourceError: Salesforce can't be asked.
        """
        with explained(self._place):
            return [
                name for name, table in self.source.tables.items() if not table.optional or self._object(name).exists
            ]

    def refusals(self, source_id: str, readers: Mapping[TableName, TableReader]) -> list[Problem]:
        """Objects and fields that can't be read, conditions that reach too far, amounts without their currency.

        Raises:
            SourceError: Salesforce can't be asked.
        """
        with explained(self._place):
            return [problem for name in readers for problem in self._problems(source_id, name, readers[name])]

    def read(self, table: TableName, columns: Sequence[str], since: str | None) -> Reading:
        """The records that changed since; all of them when nothing is known yet, or too little of what was deleted.

        Raises:
            SourceError: from here or from the batches, when Salesforce refuses or can't be reached.
        """
        with explained(f"{self._place}: {self.source.tables[table].object}"):
            reading = ObjectReading(self._object(table, columns), Window.after(since, self._client.now()))
            full = reading.is_full
        place = reading.object.name
        return Reading(place, full, self._batches(reading), lambda: reading.watermark)

    def close(self) -> None:
        """Give up the connections to Salesforce."""
        self._client.close()

    def _batches(self, reading: ObjectReading) -> Iterator[pa.RecordBatch]:
        with explained(f"{self._place}: {reading.object.name}"):
            rows, record = reading.rows(), 1
            while taken := list(islice(rows, _BATCH)):
                yield sound_batch(record, [pa.array(column, pa.string()) for column in zip(*taken, strict=True)])
                record += len(taken)

    def _problems(self, source_id: str, name: TableName, reader: TableReader) -> Iterator[Problem]:
        where = f"sources.yaml: {source_id}.tables.{name}"
        table = self.source.tables[name]
        mapped = (column.column.strip() for column in table.columns.values() if column.column is not None)
        wanted = self._object(name, tuple(dict.fromkeys(mapped)))
        if table.optional and not wanted.exists:
            return
        yield from wanted.problems(where)
        if wanted.exists and "currency" in reader.names and wanted.mixes_currencies():
            message = "the organisation keeps amounts in several currencies, and nothing says which"
            yield Problem(f"{where}.columns", message, cure=f"map currency: {CURRENCY}")

    def _object(self, name: TableName, columns: Sequence[str] = ()) -> SalesforceObject:
        table = self.source.tables[name]
        return SalesforceObject(self._client, table.object, tuple(columns), table.where)

    @property
    def _place(self) -> str:
        return f"Salesforce, connection {self.connection.name}"

    @cached_property
    def _client(self) -> Client:
        return Client(self.connection)
