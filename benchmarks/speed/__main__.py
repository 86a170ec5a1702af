"""``python -m benchmarks.speed``: measure every contender, check that they agree, print the tables."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.speed.agreement import differences
from benchmarks.speed.company import company_of
from benchmarks.speed.contenders import EQUALS, NAMES, SQL
from benchmarks.speed.costs import Cost, apart, cost_of
from benchmarks.speed.everyday import dag_import_seconds, day_of_year_seconds, help_seconds
from benchmarks.speed.report import Costs, Target, table, targets
from benchmarks.speed.task import ROOT


def main() -> int:
    """Score, measure and judge synthetic companies by icp_monitor, by SQL written by hand, and by pandas.

    A missed target is printed with its figure; only contenders that disagree make the command fail.
    """
    options = _options()
    by_size: dict[int, Costs] = {}
    disagreements: list[str] = []
    for size in options.accounts:
        company = apart(company_of, size, options.cache.resolve())
        with tempfile.TemporaryDirectory(prefix=f"icp-speed-{size}-") as folder:
            by_size[size] = _measured(company, Path(folder), options.repeat)
            for name in EQUALS:
                found = apart(differences, Path(folder) / SQL, Path(folder) / name)
                disagreements += [f"{size:,} accounts, {name} and {SQL}: {difference}" for difference in found]
        print(*table(size, by_size[size]), "", sep="\n")
    print(*targets(by_size), sep="\n")
    if options.everyday:
        print(*_everyday(), sep="\n")
    for difference in disagreements:
        print(f"NOT EQUAL: {difference}", file=sys.stderr)
    return 1 if disagreements else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=main.__doc__)
    cache = ROOT / ".cache" / "benchmarks"
    parser.add_argument("--accounts", type=int, nargs="+", default=[100_000, 1_000_000], help="sizes of the companies")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each contender; the cheapest counts")
    parser.add_argument(
        "--no-everyday", dest="everyday", action="store_false", help="skip help, DAGs and one day of 365"
    )
    parser.add_argument("--cache", type=Path, default=cache, help="where the synthetic companies are kept")
    return parser.parse_args()


def _measured(company: Path, folder: Path, repeat: int) -> Costs:
    runs: dict[str, list[Cost]] = {name: [] for name in NAMES}
    for _ in range(repeat):
        for name in NAMES:
            out = folder / name
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            command = [sys.executable, "-m", "benchmarks.speed.contenders", name, str(company), str(out)]
            runs[name].append(cost_of(command))
    return {name: min(costs, key=lambda cost: cost.cpu) for name, costs in runs.items()}


def _everyday() -> Iterator[Target | str]:
    yield Target("icp-monitor --help", help_seconds(), 0.4, "s")
    for dag, seconds in dag_import_seconds().items():
        yield Target(f"import of {dag} beyond Airflow", seconds, 0.3, "s")
    alone, one_of_365 = day_of_year_seconds()
    yield f"a day's scores out of 365 days are read in {one_of_365:.3f} s, those of the only day in {alone:.3f} s"


if __name__ == "__main__":
    sys.exit(main())
