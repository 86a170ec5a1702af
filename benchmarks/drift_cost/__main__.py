"""``python -m benchmarks.drift_cost``: what judging costs, beside Evidently on the same rows in the same run."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

from benchmarks.drift_cost.company import Company
from benchmarks.speed.costs import Cost, cost_of
from benchmarks.speed.report import Target
from benchmarks.speed.task import ROOT

EVIDENTLY = ("evidently==0.7.23", "pandas==2.3.3", "pyarrow")  # imports what pandas 3 no longer has
SCRIPT = Path(__file__).with_name("evidently_drift.py")
SMALL = Company(deals=10_000, segments=50, attributes=10, weeks=156)
HISTORY = Company(deals=10_000, segments=4, attributes=2, weeks=156)  # 25 units, 104 looks


def main() -> None:
    """Compare mixes as Evidently does, judge a look from deals and from stored statistics, and all looks."""
    options = _options()
    _large(replace(SMALL, deals=options.deals), options.cache.resolve())
    prints: dict[str, tuple[Company, str, float]] = {
        "one look from statistics of 20,000 opportunities": (SMALL, "from statistics", 2),
        "104 looks × 25 units, 20,000 opportunities": (HISTORY, "backtest", 10),
    }
    for title, (company, work, limit) in prints.items():
        with tempfile.TemporaryDirectory(prefix="icp-drift-cost-") as name:
            for step in ("prepare", "from deals", work):
                _run(step, Path(name), company)
            print(Target(title, _noted(work, Path(name)), limit, "s"))


def _large(company: Company, cache: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="icp-drift-cost-") as name:
        folder = Path(name)
        _run("prepare", folder, company)
        evidently = _python_of_evidently(cache)
        costs = {
            "Evidently: 10 attributes in 50 segments": cost_of([evidently, str(SCRIPT), str(folder), *company.columns]),
            "icp_monitor: the same": _run("mixes", folder, company),
            "icp_monitor: the weekly suite": _run("from deals", folder, company),
        }
        _run("from statistics", folder, company)
        rows = ", ".join(f"{count:,} {table}" for table, count in _noted("from deals", folder).items())
        print(f"2 × {company.deals:,} opportunities, 50 segments, 10 attributes, 156 weeks; counts: {rows}")
        for who, cost in costs.items():
            print(f"  {who:<40} {cost.cpu:7.2f} CPU s {cost.peak:7.0f} MB")
        theirs, same, suite = (cost.cpu for cost in costs.values())
        loading = {evidently: "import evidently.presets", sys.executable: "import benchmarks.drift_cost.mixes"}
        their_start, our_start = (cost_of([python, "-c", code]).cpu for python, code in loading.items())
        print(
            f"  of which to start and import: Evidently {their_start:.2f} s, icp_monitor {our_start:.2f} s; "
            f"beyond it 1/{(theirs - their_start) / (same - our_start):.1f}"
        )
        print(f"  the weekly suite is {suite / theirs:.3f} × Evidently's comparison")
        print(Target("the same comparison, beside Evidently", same / theirs, 1 / 20, "×", f" (1/{theirs / same:.1f})"))
        print(Target("one look from their statistics", _noted("from statistics", folder), 2, "s"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drift_cost", description=main.__doc__)
    parser.add_argument("--deals", type=int, default=1_000_000, help="deals in the baseline, and as many after it")
    cache = ROOT / ".cache" / "benchmarks"
    parser.add_argument("--cache", type=Path, default=cache, help="where Evidently's environment is kept")
    return parser.parse_args()


def _run(work: str, folder: Path, company: Company) -> Cost:
    module = [sys.executable, "-m", "benchmarks.drift_cost.contenders"]
    return cost_of([*module, work, str(folder), *map(str, astuple(company))])


def _noted(work: str, folder: Path) -> Any:
    return json.loads((folder / f"{work}.json").read_text("utf-8"))


def _python_of_evidently(cache: Path) -> str:
    """Python in Evidently's environment, which is made when it is first asked for."""
    environment = cache / EVIDENTLY[0]
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run(["uv", "venv", "--quiet", "--python", "3.11", str(environment)], check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), *EVIDENTLY], check=True)
    return str(python)


if __name__ == "__main__":
    main()
