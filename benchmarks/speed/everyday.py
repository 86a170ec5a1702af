"""What one waits for every day: the command's help, Airflow's parsing of a DAG, one day's rows out of a year."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from benchmarks.speed.costs import apart, cost_of
from benchmarks.speed.task import ROOT

DAGS = sorted(file.stem for file in (ROOT / "dags").glob("icp_*.py"))
IMPORTS = """
import importlib, sys, time
import pendulum
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, dag, task
from airflow.timetables.interval import CronDataIntervalTimetable
started = time.process_time()
importlib.import_module(sys.argv[1])
print(time.process_time() - started)
"""
YEAR, ROWS = 365, 1_000


def help_seconds() -> float:
    """How long ``icp-monitor --help`` takes; the best of five, as others use the machine too."""
    command = str(Path(sys.executable).with_name("icp-monitor"))
    return min(cost_of([command, "--help"]).wall for _ in range(5))


def dag_import_seconds() -> dict[str, float]:
    """Processor time for importing each DAG file, beyond what Airflow itself takes; empty without Airflow."""
    if importlib.util.find_spec("airflow") is None:
        return {}
    with tempfile.TemporaryDirectory() as home:
        paths = os.pathsep.join(str(folder) for folder in (ROOT, ROOT / "plugins", ROOT / "dags"))
        environment = {"PATH": os.defpath, "PYTHONPATH": paths, "AIRFLOW_HOME": home}
        return {name: min(_printed(name, environment) for _ in range(2)) for name in DAGS}


def _printed(dag: str, environment: dict[str, str]) -> float:
    command = [sys.executable, "-W", "ignore", "-c", IMPORTS, dag]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def day_of_year_seconds() -> tuple[float, float]:
    """Processor time for reading a day's scores where that is the only day, and where it is one of 365."""
    return apart(_reading, 1), apart(_reading, YEAR)


def _reading(days: int) -> float:
    import pyarrow as pa
    import sqlalchemy as sa

    from icp_monitor.catalogue import catalogue_of
    from icp_monitor.config.loading import load_config
    from icp_monitor.warehouse import open_warehouse

    catalogue = catalogue_of(load_config(ROOT / "config").icp)
    dataset, first = catalogue.account_scores, date(2025, 1, 1)
    same = {"icp_version": 1, "config_hash": "c", "code_version": "1", "knowledge": "as-was", "population": "customer",
            "segment": "other", "tier": "tier_1", "tier_certain": True, "coverage": 1.0}  # fmt: skip
    columns = {name: pa.repeat(pa.scalar(value), ROWS) for name, value in same.items()}
    rows = pa.table({**columns, "account_id": [f"A{number:06d}" for number in range(ROWS)]})
    with tempfile.TemporaryDirectory() as folder, open_warehouse(f"file:{folder}", catalogue) as warehouse:
        for day in range(days):
            warehouse.replace_partition(dataset, {"run_set": "live", "as_of": first + timedelta(days=day)}, rows)
        of_day = sa.select(dataset.table.c.account_id).where(
            dataset.table.c.run_set == "live", dataset.table.c.as_of == first
        )
        started = time.process_time()
        if warehouse.read(of_day).num_rows != ROWS:
            raise AssertionError("the day's rows are not those that were written")
        return time.process_time() - started
