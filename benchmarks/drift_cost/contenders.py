"""``python -m benchmarks.drift_cost.contenders NAME FOLDER COMPANY…`` lets one of them do its work.

What it noted is written to ``NAME.json``. Each loads what it needs and no more.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.drift_cost.company import CONFIG, Company
from icp_monitor.config.loading import load_config

Work = Callable[[Company, Path], object]


def prepare(company: Company, folder: Path) -> None:
    """Draw the deals."""
    company.write(folder, company.profile(load_config(CONFIG).icp))


def mixes(company: Company, folder: Path) -> int:
    """Compare the values of every attribute in every segment; gives how many changes are material."""
    from benchmarks.drift_cost.mixes import compared

    config = load_config(CONFIG)
    found = compared(config, company.profile(config.icp), folder).values()
    return sum(item.change is not None and item.change.low >= item.material for item in found)


def from_deals(company: Company, folder: Path) -> dict[str, int]:
    """Count and judge the last look; the statistics are kept."""
    from benchmarks.drift_cost import suite
    from icp_monitor.drift.weekly import COLUMNS

    config = load_config(CONFIG)
    profile = company.profile(config.icp)
    tables = suite.tables_from(company, profile, suite.counted(company, profile, folder))
    suite.judged(config, profile, tables, [-1])
    suite.store(tables, folder)
    return {name: len(getattr(tables, name)) for name in COLUMNS}


def from_statistics(company: Company, folder: Path) -> float:
    """Judge the last look; gives the processor seconds, without reading the statistics."""
    return _seconds(company, folder, [-1])


def backtest(company: Company, folder: Path) -> float:
    """Judge every look."""
    return _seconds(company, folder, range(company.weeks - company.calendar.baseline))


def _seconds(company: Company, folder: Path, looks: Sequence[int]) -> float:
    from benchmarks.drift_cost import suite

    config = load_config(CONFIG)
    profile = company.profile(config.icp)
    tables = suite.stored(company, profile, folder)
    started = time.process_time()
    suite.judged(config, profile, tables, looks)
    return time.process_time() - started


WORK: Mapping[str, Work] = {
    "prepare": prepare,
    "mixes": mixes,
    "from deals": from_deals,
    "from statistics": from_statistics,
    "backtest": backtest,
}


def main(name: str, folder: Path, company: Company) -> None:
    """Do the work and keep what it noted."""
    (folder / f"{name}.json").write_text(json.dumps(WORK[name](company, folder)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Company(*map(int, sys.argv[3:])))
