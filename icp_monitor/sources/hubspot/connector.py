"""HubSpot as a source: objects become tables, their properties columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property

import pyarrow as pa

from icp_monitor.config.canonical import TableName
from icp_monitor.config.connection import Connection
from icp_monitor.config.sources import HubSpotSource
from icp_monitor.errors import Problem
from icp_monitor.sources.cells import source_columns
from icp_monitor.sources.connector import Reading, Watermark
from icp_monitor.sources.hubspot.access import access_of
from icp_monitor.sources.hubspot.api import Api
from icp_monitor.sources.hubspot.faults import RefusedError
from icp_monitor.sources.hubspot.portal import STAGES, Portal
from icp_monitor.sources.hubspot.record import LABEL, Asked, Meanings, Record, cells
from icp_monitor.sources.hubspot.records import Wanted, records
from icp_monitor.sources.hubspot.refusals import conditions_of, is_unknown, stage_problems, table_problems
from icp_monitor.sources.records import sound_batch
from icp_monitor.sources.rules import TableReader

OVERLAP = timedelta(minutes=10)  # the search learns of a change some seconds late, at times minutes


class HubSpotObjects:
    """A portal that is about to be read through ``connection``.

    Raises:
        SourceError: from every method, when the connection holds no token or HubSpot refuses.
    """

    def __init__(self, source: HubSpotSource, connection: Connection) -> None:
        self._source = source
        self._connection = connection

    @cached_property
    def _api(self) -> Api:
        return Api(access_of(self._connection))

    @cached_property
    def _portal(self) -> Portal:
        return Portal(self._api)

    def contents(self) -> None:
        """Only reading can tell what a portal holds."""

    def offered(self) -> list[TableName]:
        """The mapped tables; an optional one only if the portal has its object."""
        return [name for name, table in self._source.tables.items() if not table.optional or self._has(table.object)]

    def refusals(self, source_id: str, readers: Mapping[TableName, TableReader]) -> list[Problem]:
        """Unknown objects and properties, missing scopes, and stages of another portal."""
        problems: list[Problem] = []
        for name in self.offered():
            table, where = self._source.tables[name], f"sources.yaml: {source_id}.tables.{name}"
            asked = Asked(source_columns(table, readers[name].names))
            problems += table_problems(self._api, self._portal, where, table, asked)
        if not problems and "opportunities" in readers:
            problems += self._stage_problems(f"sources.yaml: {source_id}")
        return list(dict.fromkeys(problems))

    def read(self, table: TableName, columns: Sequence[str], since: Watermark | None) -> Reading:
        """All records, or those that changed since; the next reading goes on from HubSpot's clock as of now."""
        kind, asked = self._source.tables[table].object, Asked(tuple(columns))
        until = self._api.get(f"/crm/v3/objects/{kind}", limit=1).at
        begin = None if since is None else datetime.fromisoformat(since) - OVERLAP
        where, watched = conditions_of(self._source.tables[table]), self._watched(table, asked)
        wanted = Wanted(kind, asked, begin, until, where, watched)
        meanings = self._portal.meanings(kind, asked)
        pages = records(self._api, wanted, meanings.types)
        return Reading(kind, begin is None, _batches(pages, asked.columns, meanings), until.isoformat)

    def close(self) -> None:
        """Every request stands for itself."""

    def _stage_problems(self, where: str) -> list[Problem]:
        column = self._stage_in("opportunities")
        if column.removesuffix(LABEL) not in STAGES:
            return []
        stages = self._portal.stages(self._source.tables["opportunities"].object)
        return list(stage_problems(where, self._source, column, stages))

    def _watched(self, table: TableName, asked: Asked) -> tuple[str, ...]:
        """Entering a stage is an event; of an account's history every change is one."""
        return (self._stage_in(table).removesuffix(LABEL),) if table == "stage_events" else asked.properties

    def _stage_in(self, table: TableName) -> str:
        """The column that says in which stage a deal is."""
        column = self._source.tables[table].columns.get("stage")
        return "" if column is None or column.column is None else column.column

    def _has(self, kind: str) -> bool:
        """An object that may not be read is there; that it may not is a refusal."""
        try:
            return bool(self._portal.properties(kind))
        except RefusedError as error:
            return not is_unknown(error)


def _batches(
    pages: Iterator[Sequence[Record]], columns: tuple[str, ...], meanings: Meanings
) -> Iterator[pa.RecordBatch]:
    number = 1
    for page in pages:
        if page:
            text = zip(*(cells(record, columns, meanings) for record in page), strict=True)
            yield sound_batch(number, [pa.array(values, pa.string()) for values in text])
            number += len(page)
