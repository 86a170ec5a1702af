"""Reading CSV files: one extract, or a refusal with everything that is wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from pyarrow import dataset as ds

from icp_monitor.config.matching import AnyAttribute
from icp_monitor.config.sources import CsvSource, TableName
from icp_monitor.errors import Problem, SourceError
from icp_monitor.sources.cells import source_columns
from icp_monitor.sources.engine import Engine
from icp_monitor.sources.extract import Extract
from icp_monitor.sources.fingerprint import fingerprint_of
from icp_monitor.sources.readers import readers_of
from icp_monitor.sources.records import record_batches, record_schema
from icp_monitor.sources.refusals import refuse_unreadable
from icp_monitor.sources.rules import TableReader
from icp_monitor.sources.sorting import Sorted, sort_records


def read_source(
    source_id: str,
    source: CsvSource,
    folder: Path,
    attributes: Sequence[AnyAttribute],
    pulled_on: date,
    currency: str,
) -> Extract:
    """Read every table that the source maps. The extract's files go when it is closed: use it in ``with``.

    Memory stays flat: records stream through an engine that spills to disk.

    Raises:
        SourceError: the source can't be read as a whole; carries every problem found.
    """
    observed_until = min(pulled_on, source.extracted_on or pulled_on)
    seen = fingerprint_of(source, folder, attributes)
    readers = readers_of(source, attributes, observed_until, source.currency or currency)
    refuse_unreadable(source_id, source, folder, readers)
    workspace = tempfile.TemporaryDirectory(prefix="icp-extract-")
    try:
        tables = _sort_tables(source_id, source, folder, readers, Path(workspace.name))
        _refuse_barren(source, folder, tables)
        if fingerprint_of(source, folder, attributes) != seen:
            raise SourceError(Problem(str(folder), "a file changed while it was read", cure="pull again"))
    except BaseException:
        workspace.cleanup()
        raise
    return Extract(
        tables={f"raw_{name}": ds.dataset(table.good) for name, table in tables.items()},
        held={f"raw_{name}": ds.dataset(table.held) for name, table in tables.items()},
        quarantine=ds.dataset([str(table.quarantine) for table in tables.values()]),
        counts={f"raw_{name}": table.counts for name, table in tables.items()},
        full={f"raw_{name}": source.tables[name].full and not table.lost_keys for name, table in tables.items()},
        fingerprint=seen,
        observed_until=observed_until,
        workspace=workspace,
    )


def _sort_tables(
    source_id: str, source: CsvSource, folder: Path, readers: Mapping[TableName, TableReader], target: Path
) -> dict[TableName, Sorted]:
    tables: dict[TableName, Sorted] = {}
    with tempfile.TemporaryDirectory(prefix="icp-engine-") as scratch, Engine(Path(scratch)) as engine:
        for name, reader in readers.items():
            table = source.tables[name]
            columns = source_columns(table, reader.names)
            engine.offer("records", record_schema(columns), record_batches(folder / table.file, table, columns))
            tables[name] = sort_records(engine, reader, table, source_id, target)
            engine.offer_file(f"raw_{name}", tables[name].good)
    return tables


def _refuse_barren(source: CsvSource, folder: Path, tables: Mapping[TableName, Sorted]) -> None:
    """A full file of which nothing can be used is as good as empty: it says more of the mapping than of the records."""
    barren = [name for name, table in tables.items() if source.tables[name].full and table.counts.good == 0]
    if barren:
        raise SourceError(*(_barren(folder / source.tables[name].file, tables[name]) for name in barren))


def _barren(path: Path, table: Sorted) -> Problem:
    first = ds.dataset(table.quarantine).head(1).to_pylist()[0]
    place = f" in {first['column_name']}" if first["column_name"] else ""
    message = f"none of its {table.counts.read} records can be used; the first: {first['reason']}{place}"
    return Problem(str(path), message, first["value"], first["cure"])
