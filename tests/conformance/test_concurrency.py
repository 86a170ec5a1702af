"""Several processes at once, and processes that are killed: a partition is always one writer's, and whole."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue, Dataset
from icp_monitor.config.icp import IcpConfig
from icp_monitor.warehouse import Warehouse, open_warehouse

ROWS = 20_000
SHARED = 99
Start = Callable[..., "subprocess.Popen[str]"]
FindRepeated = Callable[[Warehouse, Dataset], list[dict[str, Any]]]


@pytest.fixture
def start(warehouse_url: str, icp: IcpConfig) -> Start:
    """Starts a process that rewrites loads of stage events: ``rewrite.py``."""
    script = Path(__file__).parent / "rewrite.py"
    profile = icp.model_dump_json(by_alias=True, exclude_none=True)

    def run(rows: int, rounds: int, *writers: str) -> subprocess.Popen[str]:
        arguments = [warehouse_url, profile, str(rows), str(rounds), *writers]
        return subprocess.Popen([sys.executable, script, *arguments], stdout=subprocess.PIPE, text=True)

    return run


def contents(warehouse: Warehouse, catalogue: Catalogue) -> list[dict[str, Any]]:
    """For each load, writer and round found in the warehouse, the number of rows."""
    events = catalogue.raw_stage_events.table.c
    groups = (events.load, events.source.label("writer"), events.stage.label("round"))
    counted = sa.select(*groups, sa.func.count().label("rows")).group_by(*groups).order_by(*groups)
    rows: list[dict[str, Any]] = warehouse.read(counted).to_pylist()
    return rows


@pytest.mark.slow
def test_ten_processes_write_at_once_and_nothing_is_lost_or_mixed(
    start: Start, warehouse_url: str, catalogue: Catalogue, repeated_keys: FindRepeated
) -> None:
    """Each of ten processes, all on an empty store, writes a load of its own and a load that all of them write."""
    own = range(1, 11)
    assert start(500, 3, *(f"writer {load}:{load},{SHARED}" for load in own)).wait() == 0
    with open_warehouse(warehouse_url, catalogue) as warehouse:
        *separate, shared = contents(warehouse, catalogue)
        assert [entry["load"] for entry in warehouse.partitions(catalogue.raw_stage_events)] == [*own, SHARED]
        assert repeated_keys(warehouse, catalogue.raw_stage_events) == []
    whole = {"round": "000003", "rows": 500}
    assert separate == [{"load": load, "writer": f"writer {load}", **whole} for load in own]
    assert shared == {"load": SHARED, "writer": shared["writer"], **whole}


def test_a_reader_sees_the_old_rows_or_the_new_ones_while_a_partition_is_replaced(
    start: Start, warehouse: Warehouse, catalogue: Catalogue
) -> None:
    writer = start(ROWS, 0, "writer:1")
    assert writer.stdout is not None
    writer.stdout.readline()
    rounds = []
    try:
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            (row,) = contents(warehouse, catalogue)
            assert row["rows"] == ROWS
            rounds.append(row["round"])
    finally:
        writer.kill()
        writer.communicate()
    assert rounds == sorted(rounds)
    assert len(set(rounds)) > 1


@pytest.mark.slow
def test_a_killed_writer_leaves_the_old_rows_or_the_new_ones(
    start: Start, warehouse_url: str, catalogue: Catalogue, repeated_keys: FindRepeated
) -> None:
    chance = random.Random(9)
    for number in range(4):
        writer = start(ROWS, 0, f"victim {number}:1")
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.3))
        writer.kill()
        writer.communicate()
        with open_warehouse(warehouse_url, catalogue) as warehouse:
            (row,) = contents(warehouse, catalogue)
            assert (row["writer"], row["rows"]) == (f"victim {number}", ROWS)
            assert repeated_keys(warehouse, catalogue.raw_stage_events) == []
            assert warehouse.partitions(catalogue.raw_stage_events) == [{"load": 1}]
