"""Who is compared. ``python -m benchmarks.speed.contenders NAME RAW OUT`` lets one of them do the task."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.speed.task import Task

Run = Callable[[Task], None]
SQL, LITTLE_MEMORY = "SQL by hand", "SQL by hand, 300 MB"
OURS, MUCH_MEMORY, PANDAS = "icp_monitor", "icp_monitor, 4 GB", "pandas"
NAMES = (SQL, LITTLE_MEMORY, OURS, MUCH_MEMORY, PANDAS)
EQUALS = (LITTLE_MEMORY, OURS, MUCH_MEMORY, PANDAS)  # whose results must be those of the SQL by hand


def _by_hand(task: Task) -> None:
    from benchmarks.speed import by_hand

    by_hand.run(task)


def _in_little_memory(task: Task) -> None:
    from benchmarks.speed import by_hand

    by_hand.run(task, memory_limit="300MB")


def _ours(task: Task) -> None:
    from benchmarks.speed import ours

    ours.run(task)


def _in_much_memory(task: Task) -> None:
    from benchmarks.speed import ours

    ours.run(task, "?memory_limit=4GB")


def _by_pandas(task: Task) -> None:
    from benchmarks.speed import by_pandas

    by_pandas.run(task)


RUNS: Mapping[str, Run] = dict(
    zip(NAMES, (_by_hand, _in_little_memory, _ours, _in_much_memory, _by_pandas), strict=True)
)


if __name__ == "__main__":
    RUNS[sys.argv[1]](Task.on(Path(sys.argv[2]), Path(sys.argv[3])))
