"""Did two contenders compute the same?"""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.speed.task import QUIET, TABLES, VERDICTS

PROVENANCE = {"run_set", "as_of", "icp_version", "config_hash", "code_version", "knowledge"}
FINGERPRINTS = """
    WITH one_sum AS (SELECT count(*) AS n, sum(hash(one)::HUGEINT) AS total FROM one),
      other_sum AS (SELECT count(*) AS n, sum(hash(other)::HUGEINT) AS total FROM other)
    SELECT one_sum = other_sum FROM one_sum, other_sum
"""
DIFFERENT = "SELECT count(*) FROM ((FROM one EXCEPT ALL FROM other) UNION ALL (FROM other EXCEPT ALL FROM one))"


def differences(one: Path, other: Path) -> list[str]:
    """What differs between two folders of results, in words; numbers are compared to the last bit.

    The order of rows and their provenance may differ.
    """
    found = []
    for name in TABLES:
        count = _rows_that_differ(*(folder / f"{name}.parquet" for folder in (one, other)))
        if count:
            found.append(f"{count:,} rows of {name}")
    if (one / VERDICTS).read_text("utf-8") != (other / VERDICTS).read_text("utf-8"):
        found.append("the verdicts")
    return found


def _rows_that_differ(one: Path, other: Path) -> int:
    with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": f"{one.parent}/spill"}) as connection:
        connection.execute(QUIET)
        for view, file in (("one", one), ("other", other)):
            rows = connection.read_parquet(str(file))
            rows.select(*sorted(set(rows.columns) - PROVENANCE)).create_view(view)
        if connection.execute(FINGERPRINTS).fetchall() == [(True,)]:
            return 0
        (count,) = connection.execute(DIFFERENT).fetchall()[0]
    return int(count)
