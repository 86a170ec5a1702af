"""Reading a source of any kind: one extract, or a refusal with everything that is wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from icp_monitor.catalogue import RowFiles
from icp_monitor.config.canonical import TableName
from icp_monitor.config.matching import AnyAttribute
from icp_monitor.config.sources import Source
from icp_monitor.errors import Problem, SourceError
from icp_monitor.sources.account_history import AccountHistory, complete_history
from icp_monitor.sources.cells import source_columns
from icp_monitor.sources.connector import Connector, Reading
from icp_monitor.sources.engine import Engine
from icp_monitor.sources.extract import Extract
from icp_monitor.sources.fingerprint import fingerprint_of
from icp_monitor.sources.judging import Judge
from icp_monitor.sources.mapping import ambiguous_stages, unmapped_columns
from icp_monitor.sources.quarantine import Place
from icp_monitor.sources.readers import readers_of, table_of
from icp_monitor.sources.records import record_schema
from icp_monitor.sources.rules import TableReader
from icp_monitor.sources.sorting import Sorted, sort_records


@dataclass(frozen=True)
class Surroundings:
    """What decides how a source is read, beside its own mapping.

    ``zone`` is the time zone of business days, ``currency`` that of amounts whose source names none. ``since`` holds
    the watermarks of the tables of which only changes are wanted.
    """

    attributes: Sequence[AnyAttribute]
    pulled_on: date
    currency: str
    zone: str = "UTC"
    since: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Table:
    reading: Reading
    records: Sorted


def read_source(source_id: str, source: Source, connector: Connector, around: Surroundings) -> Extract:
    """Read every table that the source maps and has. The extract's files go when it is closed: use it in ``with``.

    Memory stays flat: records stream through an engine that spills to disk.

    Raises:
        SourceError: the source can't be read as a whole; carries every problem found.
    """
    observed_until = min(around.pulled_on, source.extracted_on or around.pulled_on)
    seen = fingerprint_of(source, connector, around.attributes)
    readers = readers_of(source, around.attributes, observed_until, source.currency or around.currency)
    _refuse_unreadable(source_id, source, connector, readers)
    workspace = tempfile.TemporaryDirectory(prefix="icp-extract-")
    try:
        tables = _sort_tables(source_id, source, connector, around, _offered(readers, connector), Path(workspace.name))
        _refuse_barren(tables)
        if fingerprint_of(source, connector, around.attributes) != seen:
            raise SourceError(Problem(source_id, "a file changed while it was read", cure="pull again"))
    except BaseException:
        workspace.cleanup()
        raise
    marks = {f"raw_{name}": table.reading.watermark() for name, table in tables.items()}
    return Extract(
        tables={f"raw_{name}": table.records.good for name, table in tables.items()},
        held={f"raw_{name}": RowFiles((table.records.held,)) for name, table in tables.items()},
        quarantine=RowFiles(tuple(table.records.quarantine for table in tables.values())),
        counts={f"raw_{name}": table.records.counts for name, table in tables.items()},
        full={f"raw_{name}": _is_full(name, table) for name, table in tables.items()},
        fingerprint=str(seen),
        observed_until=observed_until,
        watermarks={name: mark for name, mark in marks.items() if mark is not None},
        workspace=workspace,
    )


def _offered(readers: Mapping[TableName, TableReader], connector: Connector) -> dict[TableName, TableReader]:
    offered = connector.offered()
    return {name: reader for name, reader in readers.items() if name in offered}


def _refuse_unreadable(
    source_id: str, source: Source, connector: Connector, readers: Mapping[TableName, TableReader]
) -> None:
    problems = list(ambiguous_stages(f"sources.yaml: {source_id}.stages", source))
    for name, reader in readers.items():
        problems += unmapped_columns(f"sources.yaml: {source_id}.tables.{name}", reader, source.tables[name])
    problems += connector.refusals(source_id, readers)
    if problems:
        raise SourceError(*problems)


def _sort_tables(
    source_id: str,
    source: Source,
    connector: Connector,
    around: Surroundings,
    readers: Mapping[TableName, TableReader],
    target: Path,
) -> dict[TableName, _Table]:
    tables: dict[TableName, _Table] = {}
    with tempfile.TemporaryDirectory(prefix="icp-engine-") as scratch, Engine(Path(scratch), around.zone) as engine:
        for name, reader in readers.items():
            table, since = table_of(source, name, around.attributes), around.since.get(f"raw_{name}")
            if _is_told_by_accounts(reader, around):
                continue
            columns = source_columns(table, reader.names)
            reading = connector.read(name, columns, since)
            engine.offer("records", record_schema(columns), reading.batches)
            judge, place = Judge(reader, table, source.moments), Place(source_id, reading.place)
            records = sort_records(engine, judge, place, target)
            if isinstance(reader, AccountHistory):
                records = replace(records, good=complete_history(engine, reader, records.good, target))
            engine.offer_rows(f"raw_{name}", records.good)
            tables[name] = _Table(reading, records)
    return tables


def _is_full(name: TableName, table: _Table) -> bool:
    """Whether a known key that is missing was deleted. Services forget old history; that doesn't make it untrue."""
    return table.reading.full and not table.records.lost_keys and name != "account_history"


def _is_told_by_accounts(reader: TableReader, around: Surroundings) -> bool:
    """A history that needs the accounts is read with all of them; later changes come as versions of their own."""
    return isinstance(reader, AccountHistory) and reader.is_partial and "raw_accounts" in around.since


def _refuse_barren(tables: Mapping[TableName, _Table]) -> None:
    """A full table of which nothing can be used says more of the mapping than of the records."""
    barren = [table for table in tables.values() if table.reading.full and table.records.counts.good == 0]
    problems = [_barren(table) for table in barren if table.records.counts.read]
    if problems:
        raise SourceError(*problems)


def _barren(table: _Table) -> Problem:
    first = next(RowFiles((table.records.quarantine,)).batches()).slice(0, 1).to_pylist()[0]
    place = f" in {first['column_name']}" if first["column_name"] else ""
    read = table.records.counts.read
    message = f"none of its {read} records can be used; the first: {first['reason']}{place}"
    return Problem(table.reading.place, message, first["value"], first["cure"])
