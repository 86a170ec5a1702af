"""The speed benchmark measures contenders that compute the same, and would say so if they didn't."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.speed.agreement import differences
from benchmarks.speed.contenders import LITTLE_MEMORY, MUCH_MEMORY, NAMES, OURS, PANDAS, SQL
from benchmarks.speed.costs import Cost
from benchmarks.speed.report import table, targets
from benchmarks.speed.task import TABLES, VERDICTS

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.slow
def test_icp_monitor_sql_by_hand_and_pandas_agree_to_the_last_bit(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "benchmarks.speed",
        "--accounts",
        "2000",
        "--no-everyday",
        "--cache",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for name in NAMES:
        assert f"\n  {name} " in done.stdout


def results(folder: Path, score: float = 50.0, verdict: str = "stable") -> Path:
    """A folder of results that consist of one row each."""
    folder.mkdir()
    for name in TABLES:
        pq.write_table(
            pa.table({"id": ["a"], "score": [score], "code_version": [folder.name]}), folder / f"{name}.parquet"
        )
    (folder / VERDICTS).write_text(verdict, "utf-8")
    return folder


def test_results_that_differ_in_the_last_bit_are_not_equal(tmp_path: Path) -> None:
    one, same = results(tmp_path / "one"), results(tmp_path / "same")
    assert differences(one, same) == []
    other = results(tmp_path / "other", score=50.00000000000001, verdict="drift")
    assert differences(one, other) == [*(f"2 rows of {name}" for name in TABLES), "the verdicts"]


def test_a_missed_target_is_printed_with_its_figure() -> None:
    small = {name: Cost(cpu=1.0, wall=1.0, peak=100.0) for name in NAMES}
    large = {SQL: Cost(5.0, 9.0, 1000.0), LITTLE_MEMORY: Cost(8.0, 9.0, 500.0), OURS: Cost(10.0, 9.0, 700.0)}
    large |= {MUCH_MEMORY: Cost(6.0, 9.0, 900.0), PANDAS: Cost(20.0, 30.0, 4000.0)}
    printed = [str(target) for target in targets({10: small, 100: large})]
    assert [line.split("(")[1] for line in printed] == [
        "at most 1.15) MISSED; as much as they want: 1.20 ×",
        "at most 800) met",
        "at most 11) met",
    ]
    assert "1.25" in printed[0]
    assert [line.split()[-4:] for line in table(100, large)][-1] == ["20.0", "4.00", "4000", "4.00"]
