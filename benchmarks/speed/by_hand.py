"""The task in SQL that was written by hand for DuckDB and for this one profile; its statements are in ``sql/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from benchmarks.speed.statistics import metrics_of, write_verdicts_on
from benchmarks.speed.task import DAY, QUIET, SQL, WEEKLY, Task

if TYPE_CHECKING:
    import pandas as pd

SCRIPTS = ("raw", "deals", "scores", "score", "distributions", "measure")


def run(task: Task, memory_limit: str = "80%") -> None:
    """Compute and write everything; by default with as much memory as DuckDB ever takes."""
    with duckdb.connect(config={"temp_directory": str(task.out / "spill"), "memory_limit": memory_limit}) as connection:
        connection.execute(QUIET)
        _set(connection, raw=str(task.raw), out=str(task.out), day=DAY, icp_version=1)
        _set(connection, config_hash="by-hand", code_version="by-hand")
        _set(connection, first=task.quarters[0].window.start, last=task.quarters[-1].window.end)
        for script in SCRIPTS:
            _execute(connection, script)
        for name in ("life_tables", "close_counts", "win_loss_counts", "attribute_distributions"):
            _write(connection, task, name)
        small = (_frame(connection, name) for name in ("life_tables", "close_counts", "pipeline"))
        connection.register("segment_metrics", metrics_of(task, *small))
        _write(connection, task, "segment_metrics")
        _set(connection, origin=task.weeks.origin, monitored_from=task.weeks.baseline_end)
        _execute(connection, "weekly")
        counts = {name: _frame(connection, f"weekly_{name}") for name in WEEKLY}
    write_verdicts_on(task, counts)


def _execute(connection: duckdb.DuckDBPyConnection, script: str) -> None:
    connection.execute((SQL / f"{script}.sql").read_text(encoding="utf-8"))


def _write(connection: duckdb.DuckDBPyConnection, task: Task, name: str) -> None:
    rows = connection.table(name).order("ALL")
    rows.write_parquet(str(task.table(name)), compression="zstd", row_group_size=122880)


def _set(connection: duckdb.DuckDBPyConnection, **values: object) -> None:
    for name, value in values.items():
        connection.execute(f"SET VARIABLE {name} = ?", [value])


def _frame(connection: duckdb.DuckDBPyConnection, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = connection.table(name).to_arrow_table().to_pandas()
    return frame
