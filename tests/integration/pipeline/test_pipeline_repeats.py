"""A day gives the same bytes however often, in whatever order and after whatever interruption it is run."""

from __future__ import annotations

import random
import shutil
import signal
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from icp_monitor import pipeline

pytestmark = pytest.mark.slow

LOOK = date(2025, 12, 1)  # a Monday on which the quarter from May to July 2025 has matured
DAYS = (date(2025, 11, 30), LOOK, date(2025, 12, 8))


def test_days_in_any_order_and_twice_give_the_same_bytes(project: Any) -> None:
    pipeline.pull(project.settings)
    for day in DAYS:
        project.day(day)
    forwards = project.results()
    assert len(forwards) > 3 * 7
    for day in reversed(DAYS):
        project.day(day)
    assert project.results() == forwards
    shutil.rmtree(project.folder / "warehouse")
    shutil.rmtree(project.folder / "output")
    (project.folder / "ledger.db").unlink()
    pipeline.pull(project.settings)
    for day in reversed(DAYS):
        project.day(day)
    assert _without_the_log(project.results()) == _without_the_log(forwards)


def _without_the_log(results: dict[str, bytes]) -> dict[str, bytes]:
    """The log of score changes tells what moved from one published run to the next: it alone knows their order."""
    return {path: content for path, content in results.items() if "score_changes" not in path}


def test_runs_killed_at_any_moment_end_in_the_same_bytes(project: Any) -> None:
    """Kill -9 while pulling, scoring, measuring, comparing or alerting; the next run goes on."""
    clean = _clean_results(project)
    moments = random.Random(1)
    for _ in range(10):
        process = project.start("run", "--as-of", LOOK.isoformat())
        try:
            process.wait(timeout=moments.uniform(0.3, 6.0))
        except Exception:
            process.send_signal(signal.SIGKILL)
        process.communicate()
    project.run("run", "--as-of", LOOK.isoformat())
    assert project.results() == clean
    assert len(project.messages()) == len(set(project.messages()))


def _clean_results(project: Any) -> dict[str, bytes]:
    project.run("run", "--as-of", LOOK.isoformat())
    results: dict[str, bytes] = project.results()
    for store in ("warehouse", "output"):
        shutil.rmtree(project.folder / store)
    for file in Path(project.folder).glob("ledger.db*"):
        file.unlink()
    return results


def test_pulling_the_same_files_twice_changes_nothing(project: Any) -> None:
    first = pipeline.pull(project.settings)
    before = {path: path.read_bytes() for path in (project.folder / "warehouse").rglob("*.parquet")}
    again = pipeline.pull(project.settings)
    assert [item.load for item in first] == [1]
    assert [item.load for item in again] == [None]
    assert {path: path.read_bytes() for path in (project.folder / "warehouse").rglob("*.parquet")} == before


def test_rewritten_files_with_the_same_records_change_nothing(project: Any) -> None:
    """Another order of rows is no news."""
    pipeline.pull(project.settings)
    path = project.folder / "data" / "accounts.csv"
    header, *rows = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(rows)]) + "\n", "utf-8")
    assert [item.load for item in pipeline.pull(project.settings)] == [None]
