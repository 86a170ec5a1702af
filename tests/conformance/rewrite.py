"""A process of its own that rewrites partitions of raw_stage_events; run by the tests, and killed by some of them.

Arguments: the warehouse's URL; the profile as JSON; the number of rows; how often to write them (0: for ever); and the
writers, each as ``label:load,load``. Several writers are forked, so that they start at the same moment.
"""

import itertools
import multiprocessing
import sys
from datetime import date

import pyarrow as pa
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue, catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.warehouse import open_warehouse


def rows_of(label: str, round_: int, count: int) -> pa.Table:
    """``count`` rows that all say who wrote them (``source``), and in which round (``stage``)."""
    day = date(2026, 1, 1)
    clocks = {"known_on": day, "valid_from": day, "assumed": False, "deleted": False, "entered_on": day}
    texts = {"source": label, "stage": f"{round_:06d}", "outcome": "open"}
    constant = {name: pa.repeat(pa.scalar(value), count) for name, value in {**clocks, **texts}.items()}
    return pa.table({**constant, "opportunity_id": pa.array([f"O{number:06d}" for number in range(count)])})


def write(url: str, catalogue: Catalogue, count: int, rounds: int, label: str, loads: list[int]) -> None:
    """Write each load, ``rounds`` times, and the first one again from itself; say a word after each time."""
    dataset = catalogue.raw_stage_events
    own = {"load": loads[0]}
    itself = sa.select(dataset.table).where(dataset.table.c.load == loads[0])
    with open_warehouse(url, catalogue) as warehouse:
        for round_ in range(1, rounds + 1) if rounds else itertools.count(1):
            for load in loads:
                warehouse.replace_partition(dataset, {"load": load}, rows_of(label, round_, count))
            warehouse.replace_partition(dataset, own, itself)
            sys.stdout.write("written\n")
            sys.stdout.flush()


def main(url: str, profile: str, count: str, rounds: str, *writers: str) -> int:
    """Run the writers; returns how many failed."""
    catalogue = catalogue_of(IcpConfig.model_validate_json(profile))
    parsed = [writer.split(":") for writer in writers]
    jobs = [(url, catalogue, int(count), int(rounds), label, [*map(int, loads.split(","))]) for label, loads in parsed]
    if len(jobs) == 1:
        write(*jobs[0])
        return 0
    processes = [multiprocessing.get_context("fork").Process(target=write, args=job) for job in jobs]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return sum(process.exitcode != 0 for process in processes)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
