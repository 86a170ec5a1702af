"""The synthetic company that every contender measures: raw datasets as two pulls would have stored them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb

from benchmarks.speed.task import LATER, QUIET, ROOT, SQL
from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.loading import load_config
from icp_monitor.synthetic.company import generate
from icp_monitor.synthetic.files import write_parquet
from icp_monitor.synthetic.world import World

TABLES = ("accounts", "opportunities", "stage_events", "win_loss")
EXTRACT = "extract"
DEALS_PER_ACCOUNT = 5


def company_of(accounts: int, cache: Path) -> Path:
    """The folder of a company of that size; it is made when it is first asked for."""
    folder = cache / f"company-{accounts}"
    if not folder.exists():
        making = folder.with_suffix(f".{os.getpid()}")
        write_parquet(generate(World.of_size(accounts, DEALS_PER_ACCOUNT)).extract, making / EXTRACT)
        _store(making)
        shutil.rmtree(making / EXTRACT)
        making.rename(folder)
    return folder


def _store(folder: Path) -> None:
    catalogue = catalogue_of(load_config(ROOT / "config").icp)
    with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(folder / "spill")}) as connection:
        connection.execute(QUIET)
        connection.execute("SET VARIABLE extract = ?", [str(folder / EXTRACT)])
        connection.execute("SET VARIABLE later = ?", [LATER])
        connection.execute((SQL / "company.sql").read_text(encoding="utf-8"))
        for table in TABLES:
            dataset = catalogue.named(f"raw_{table}")
            columns = [column for column in dataset.table.columns if column.name not in dataset.partition]
            for load, view in ((1, table), (2, f"later_{table}")):
                file = folder / dataset.name / f"load={load}" / "data.parquet"
                file.parent.mkdir(parents=True)
                known = connection.view(view)
                selected = (
                    column.name if column.name in known.columns else f"NULL::{column.type} AS {column.name}"
                    for column in columns
                )
                rows = known.project(", ".join(selected)).order(", ".join(dataset.key))
                rows.write_parquet(str(file), compression="zstd", row_group_size=122880)
