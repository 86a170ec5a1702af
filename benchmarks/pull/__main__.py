"""``python -m benchmarks.pull``: what a pull of opportunities from PostgreSQL costs beside a COPY of them."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks.pull.company import fill
from benchmarks.pull.contenders import BARE, CONTENDERS, OURS, STORED, command_of, prepare
from benchmarks.speed.costs import Cost, apart, cost_of
from benchmarks.speed.report import Target
from benchmarks.speed.task import ROOT
from devstack.postgres import temporary_server


def main() -> None:
    """Fetch, judge and store opportunities from PostgreSQL, and copy the same rows without looking at them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pull", description=main.__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 3_000_000], help="numbers of opportunities")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each contender; the quickest counts")
    options = parser.parse_args()
    costs: dict[int, dict[str, Cost]] = {}
    with temporary_server() as server:
        for rows in options.rows:
            url = server.create_database(f"crm_{rows}")
            apart(fill, url, rows)
            costs[rows] = {name: _cheapest(name, url, options.repeat) for name in CONTENDERS}
            for name, cost in costs[rows].items():
                print(
                    f"{rows:>9,} rows, {name}: {cost.wall:.2f} s ({cost.cpu:.2f} s of this process), {cost.peak:.0f} MB"
                )
    fewest, most = min(costs), max(costs)
    ours, grown = costs[fewest][OURS], costs[most][OURS].peak
    print(Target(f"{fewest:,} rows beside a {BARE}", ours.wall / costs[fewest][BARE].wall, 3, "times"))
    print(f"{fewest:,} rows beside a {STORED}: {ours.wall / costs[fewest][STORED].wall:.2f} times")
    print(Target(f"peak memory at {fewest:,} rows", ours.peak, 600, "MB"))
    print(Target(f"peak memory at {most:,} rows beside {fewest:,}", grown / ours.peak, 1.1, "times"))


def _cheapest(name: str, url: str, repeat: int) -> Cost:
    costs = []
    for _ in range(repeat):
        with tempfile.TemporaryDirectory(prefix="icp-pull-") as folder:
            apart(prepare, url, Path(folder))
            environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "ICP_CONNECTION_CRM": url}
            costs.append(cost_of(command_of(name, url), Path(folder), environment))
    return min(costs, key=lambda cost: cost.wall)


if __name__ == "__main__":
    main()
