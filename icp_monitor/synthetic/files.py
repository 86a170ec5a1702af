"""Extracts as files: CSV as a CRM would export them, or Parquet for companies of millions of deals."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from icp_monitor.synthetic.extract import Extract

SETS = ("core_stack", "buying_committee")


def write_csv(extract: Extract, folder: Path) -> None:
    """Write ``accounts.csv``, ``opportunities.csv``, ``stage_events.csv`` and ``win_loss.csv``.

    Unknown is an empty field; sets are written ``dbt;snowflake``; nothing that is written needs quotes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = csv.WriteOptions(include_header=False, quoting_style="none")
    for name, table in _tables(extract):
        with (folder / f"{name}.csv").open("wb") as file:
            file.write((",".join(table.column_names) + "\n").encode())
            csv.write_csv(_with_readable_sets(table), file, options)


def write_parquet(extract: Extract, folder: Path) -> None:
    """Write the same four tables as ``accounts.parquet`` and so on; sets as ``|dbt|snowflake|``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in _tables(extract):
        parquet.write_table(table, folder / f"{name}.parquet", compression="zstd")


def _tables(extract: Extract) -> list[tuple[str, pa.Table]]:
    return [(field.name, getattr(extract, field.name)) for field in fields(extract)]


def _with_readable_sets(table: pa.Table) -> pa.Table:
    for position, name in enumerate(table.column_names):
        if name in SETS:
            members = pc.replace_substring(pc.utf8_trim(table[name], "|"), "|", ";")
            table = table.set_column(position, name, members)
    return table
