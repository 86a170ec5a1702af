"""The task in SQL that was written by hand for DuckDB and for this one profile; its statements are in ``sql/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from benchmarks.speed.statistics import cohort_from, metrics_of, write_verdicts
from benchmarks.speed.task import DAY, QUIET, SQL, Question, Task

if TYPE_CHECKING:
    import pandas as pd

    from icp_monitor.drift.cohort import Cohort

SCRIPTS = ("raw", "deals", "scores", "score", "distributions", "measure")
ALL, FIRST = "*", "1"


def run(task: Task, loads: str = ALL, memory_limit: str = "80%") -> None:
    """Compute and write everything; by default with as much memory as DuckDB ever takes.

    Reading the ``FIRST`` of the loads only shows what the work costs where no record was ever changed or deleted.
    """
    with duckdb.connect(config={"temp_directory": str(task.out / "spill"), "memory_limit": memory_limit}) as connection:
        connection.execute(QUIET)
        _set(connection, raw=str(task.raw), loads=loads, out=str(task.out), day=DAY, icp_version=1)
        _set(connection, config_hash="by-hand", code_version="by-hand")
        _set(connection, first=task.quarters[0].window.start, last=task.quarters[-1].window.end)
        for script in SCRIPTS:
            _execute(connection, script)
        for name in ("life_tables", "close_counts", "win_loss_counts", "attribute_distributions"):
            _write(connection, task, name)
        small = (_frame(connection, name) for name in ("life_tables", "close_counts", "pipeline"))
        connection.register("segment_metrics", metrics_of(task, *small))
        _write(connection, task, "segment_metrics")
        write_verdicts(task, lambda question: _cohort(connection, task, question))


def _cohort(connection: duckdb.DuckDBPyConnection, task: Task, question: Question) -> Cohort:
    _set(connection, day=question.day, first=question.window.start, last=question.window.end)
    _execute(connection, "cohort")
    return cohort_from(task, question, _frame(connection, "cells"), _frame(connection, "attributes"))


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
