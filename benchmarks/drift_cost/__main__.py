"""``python -m benchmarks.drift_cost``: what judging costs, beside Evidently on the same rows in the same run."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import astuple
from pathlib import Path
from typing import Any

from benchmarks.drift_cost.company import Company
from benchmarks.speed.costs import Cost, cost_of
from benchmarks.speed.report import Target
from benchmarks.speed.task import ROOT

EVIDENTLY = ("evidently==0.7.23", "pandas==2.3.3", "pyarrow")  # imports what pandas 3 no longer has
SCRIPT = Path(__file__).with_name("evidently_drift.py")
HISTORY = Company(deals=10_000, segments=4, attributes=2, weeks=156)  # 25 units, 20,000 opportunities, 104 looks


def main() -> None:
    """Judge one look from deals and from stored statistics, all looks of a small company, and run Evidently."""
    options = _options()
    company = Company(options.deals, segments=50, attributes=10, weeks=156)
    with tempfile.TemporaryDirectory(prefix="icp-drift-cost-") as name:
        folder = Path(name)
        _run("prepare", folder, company)
        ours = _run("from deals", folder, company)
        noted = _noted("from deals", folder)
        rows = ", ".join(f"{count:,} {table}" for table, count in noted["result"].items())
        theirs = _evidently(folder, company, options.cache.resolve())
        _run("from statistics", folder, company)
        print(f"2 × {options.deals:,} deals, 50 segments, 10 attributes, 156 weeks; counts: {rows}")
        for who, cost in (("icp_monitor", ours), ("Evidently", theirs)):
            print(f"  {who:<12} {cost.cpu:7.1f} CPU s {cost.peak:7.0f} MB")
        print(Target("one look from stored statistics", _noted("from statistics", folder)["seconds"], 2, "s"))
        print(Target("one look from deals, beside Evidently", ours.cpu / theirs.cpu, 1 / 20, "×"))
    with tempfile.TemporaryDirectory(prefix="icp-drift-cost-") as name:
        for work in ("prepare", "from deals", "backtest"):
            _run(work, Path(name), HISTORY)
        print(Target("104 looks × 25 units, 20,000 opportunities", _noted("backtest", Path(name))["seconds"], 10, "s"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drift_cost", description=main.__doc__)
    parser.add_argument("--deals", type=int, default=1_000_000, help="deals in the baseline, and as many after it")
    cache = ROOT / ".cache" / "benchmarks"
    parser.add_argument("--cache", type=Path, default=cache, help="where Evidently's environment is kept")
    return parser.parse_args()


def _run(work: str, folder: Path, company: Company) -> Cost:
    module = [sys.executable, "-m", "benchmarks.drift_cost.contenders"]
    return cost_of([*module, work, str(folder), *map(str, astuple(company))])


def _noted(work: str, folder: Path) -> dict[str, Any]:
    noted: dict[str, Any] = json.loads((folder / f"{work}.json").read_text("utf-8"))
    return noted


def _evidently(folder: Path, company: Company, cache: Path) -> Cost:
    """Evidently's data drift by segment, in an environment that is made when it is first asked for."""
    environment = cache / EVIDENTLY[0]
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run(["uv", "venv", "--quiet", "--python", "3.11", str(environment)], check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), *EVIDENTLY], check=True)
    return cost_of([str(python), str(SCRIPT), str(folder), *company.columns])


if __name__ == "__main__":
    main()
