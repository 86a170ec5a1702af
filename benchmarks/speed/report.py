"""The printed tables: costs side by side, and which targets were met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.speed.contenders import LITTLE_MEMORY, MUCH_MEMORY, OURS, SQL
from benchmarks.speed.costs import Cost

Costs = Mapping[str, Cost]


@dataclass(frozen=True)
class Target:
    """A figure and what it may be at most."""

    name: str
    value: float
    limit: float
    unit: str
    note: str = ""

    def __str__(self) -> str:
        verdict = "met" if self.value <= self.limit else "MISSED"
        return f"{self.name:<52} {self.value:8.2f} {self.unit:<3} (at most {self.limit:g}) {verdict}{self.note}"


def table(accounts: int, costs: Costs) -> Iterator[str]:
    """The contenders' costs, and their ratios to SQL by hand."""
    yield f"{accounts:,} accounts, 5 opportunities each"
    yield f"  {'':<26}{'CPU s':>8}{'ratio':>8}{'peak MB':>9}{'ratio':>8}"
    for name, cost in costs.items():
        cpu, peak = cost.cpu / costs[SQL].cpu, cost.peak / costs[SQL].peak
        yield f"  {name:<26}{cost.cpu:8.1f}{cpu:8.2f}{cost.peak:9.0f}{peak:8.2f}"


def targets(by_size: Mapping[int, Costs]) -> Iterator[Target]:
    """What the largest size must keep to, and the growth up to it.

    Memory is a target of its own, so that SQL by hand gets what icp_monitor gives its engine: with more it sorts in
    memory what the other must sort on disk.
    """
    smallest, largest = min(by_size), max(by_size)
    costs, size = by_size[largest], f"{largest:,} accounts"
    ours = costs[OURS]
    much = f"; as much as they want: {costs[MUCH_MEMORY].cpu / costs[SQL].cpu:.2f} ×"
    yield Target(
        f"CPU beside SQL by hand, 300 MB for both, {size}", ours.cpu / costs[LITTLE_MEMORY].cpu, 1.15, "×", much
    )
    yield Target(f"peak memory, {size}", ours.peak, 800, "MB")
    if largest > smallest:
        growth = ours.cpu / by_size[smallest][OURS].cpu
        yield Target(f"growth of CPU from {smallest:,} to {size}", growth, 1.1 * largest / smallest, "×")
