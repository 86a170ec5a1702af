"""What the warehouse holds as of a day: records and values of every mapped table."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.sources import SourcesConfig
from icp_monitor.pipeline.doctor.capability import Present
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.visible import visible
from icp_monitor.warehouse import Warehouse

STORED_AS = {"amount": "amount_minor", "monthly_amount": "mrr_minor", "one_off": "amount_minor"}
_RECORDS = "records"


def present_tables(
    warehouse: Warehouse, catalogue: Catalogue, sources: SourcesConfig, asof: Asof
) -> dict[str, Present]:
    """Each mapped table by its name."""
    return {table: _present(warehouse, catalogue, table, tuple(columns), asof) for table, columns in _mapped(sources)}


def promised_tables(sources: SourcesConfig) -> dict[str, Present]:
    """What the mapping promises, before anything was pulled: every mapped column of every mapped table."""
    return {table: Present(0, dict.fromkeys(columns, 1)) for table, columns in _mapped(sources)}


def _present(warehouse: Warehouse, catalogue: Catalogue, table: str, columns: tuple[str, ...], asof: Asof) -> Present:
    dataset = catalogue.named(f"raw_{table}")
    stored = {name: STORED_AS.get(name, name) for name in columns}
    known = {name: column for name, column in stored.items() if column in dataset.table.c}
    rows = visible(dataset, asof).subquery("known_rows")
    counts = (sa.func.count(rows.c[column]).label(name) for name, column in known.items())
    (row,) = warehouse.read(sa.select(sa.func.count().label(_RECORDS), *counts).select_from(rows)).to_pylist()
    return Present(row.pop(_RECORDS), row)


def _mapped(sources: SourcesConfig) -> Iterator[tuple[str, tuple[str, ...]]]:
    for source in sources.sources.values():
        for name, table in source.tables.items():
            yield name, tuple(table.columns)
