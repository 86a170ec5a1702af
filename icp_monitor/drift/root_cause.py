"""Who or what carries a change of the won share: what would be left of it without any one value of a dimension."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.phrases import either, percent, points
from icp_monitor.drift.verdict import Finding
from icp_monitor.metrics.life_table import Floats

SIGNIFICANT = 0.05
HALF = 0.5
MOST = 3
PEOPLE = ("owner", "channel")


@dataclass(frozen=True)
class Contribution:
    """A value's part in the change: other wins among its deals (``share``), and more or fewer of them (``mix``).

    ``baseline`` and ``current`` are its deals and wins; ``without`` is the change among all deals but its own, None
    where there are none; ``peculiar`` says whether it moved otherwise than the other deals, beyond chance.
    """

    dimension: str
    value: str
    baseline: tuple[int, int]
    current: tuple[int, int]
    share: float
    mix: float
    without: float | None
    peculiar: bool


@dataclass(frozen=True)
class RootCause:
    """The change of the won share of resolved deals, and what each value of each dimension adds to it.

    Over the values of one dimension, shares and mixes sum to the change.
    """

    change: float
    contributions: tuple[Contribution, ...]

    @property
    def carriers(self) -> tuple[Contribution, ...]:
        """The values without which less than half of the change would be left, the most influential first."""
        found = [item for item in self.contributions if item.peculiar and self._is_carried_by(item)]
        return tuple(sorted(found, key=self._left))

    def _is_carried_by(self, item: Contribution) -> bool:
        return item.without is not None and self._left(item) < HALF * abs(self.change)

    def _left(self, item: Contribution) -> float:
        return math.copysign(1, self.change) * (item.without or 0.0)


def root_cause(baseline: Cohort, current: Cohort) -> RootCause | None:
    """Leave-one-out influence and contributions; None where carriers or deals are not known, or never more than one."""
    if baseline.carriers is None or current.carriers is None:
        return None
    both = [
        cohort.groupby(["dimension", "value"])[["n", "n_won"]].sum() for cohort in (baseline.carriers, current.carriers)
    ]
    joined = pd.concat(both, axis=1, keys=["before", "after"]).fillna(0).sort_index()
    seen = joined[(joined["before", "n"] > 0) | (joined["after", "n"] > 0)]
    found = [item for name, rows in seen.groupby(level="dimension") for item in _contributions(str(name), rows)]
    if not found:
        return None
    first = found[0].dimension
    return RootCause(sum(item.share + item.mix for item in found if item.dimension == first), tuple(found))


def _contributions(dimension: str, rows: pd.DataFrame) -> Iterator[Contribution]:
    """Kitagawa's symmetric split (1955) by value; a value that a cohort lacks takes the other's won share there."""
    n = rows.xs("n", axis=1, level=1).to_numpy(np.float64).T
    won = rows.xs("n_won", axis=1, level=1).to_numpy(np.float64).T
    size, wins = n.sum(axis=1, keepdims=True), won.sum(axis=1, keepdims=True)
    if len(rows) < 2 or not size.all():
        return
    own = np.divide(won, n, out=np.full_like(n, np.nan), where=n > 0)
    p0, p1 = np.where(np.isnan(own[0]), own[1], own[0]), np.where(np.isnan(own[1]), own[0], own[1])
    w0, w1 = n / size
    share = (w0 + w1) / 2 * (p1 - p0)
    mix = (w1 - w0) * ((p0 + p1) / 2 - float((wins / size).mean()))
    without, peculiar = _without(n, won), _peculiar(n, won)
    for index, (_, value) in enumerate(rows.index):
        (n0, n1), (won0, won1) = n[:, index].astype(int).tolist(), won[:, index].astype(int).tolist()
        yield Contribution(
            dimension,
            str(value),
            (n0, won0),
            (n1, won1),
            float(share[index]),
            float(mix[index]),
            None if np.isnan(without[index]) else float(without[index]),
            bool(peculiar[index]),
        )


def _without(n: Floats, won: Floats) -> Floats:
    others, won_others = n.sum(axis=1, keepdims=True) - n, won.sum(axis=1, keepdims=True) - won
    shares = np.divide(won_others, others, out=np.full_like(n, np.nan), where=others > 0)
    return np.asarray(shares[1] - shares[0])


def _peculiar(n: Floats, won: Floats) -> NDArray[np.bool_]:
    """Whether a value's won share changed by more or less than that of the others, or its part of the deals did.

    Two z tests for each value, half a win and half a loss added to every count, at .05 over all values (Bonferroni).
    """
    size = n.sum(axis=1, keepdims=True)
    others, won_others = size - n, won.sum(axis=1, keepdims=True) - won
    own, rest = (won + 0.5) / (n + 1), (won_others + 0.5) / (others + 1)
    variance = (own * (1 - own) / (n + 1) + rest * (1 - rest) / (others + 1)).sum(axis=0)
    by_share = ((own[1] - own[0]) - (rest[1] - rest[0])) / np.sqrt(variance)
    pooled = (n.sum(axis=0) + 0.5) / (size.sum() + 1)
    parts = n / size
    by_part = (parts[1] - parts[0]) / np.sqrt(pooled * (1 - pooled) * (1 / size).sum())
    critical = -special.ndtri(SIGNIFICANT / (4 * n.shape[1]))
    return np.asarray(np.maximum(np.abs(by_share), np.abs(by_part)) > critical)


def with_root_cause(finding: Finding, cause: RootCause) -> Finding:
    """The finding, with the values that carry its change among its reasons, and the others among what it is not."""
    return replace(
        finding,
        because=(*finding.because, *carried_by(cause)),
        not_because=(*finding.not_because, *ruled_out(cause)),
    )


def carried_by(cause: RootCause) -> tuple[str, ...]:
    """At most three values that carry the change, with what would be left of it without them."""
    return tuple(
        f"{_words(item.dimension)} {item.value}: without it the change would be {points(item.without or 0.0)}, not "
        f"{points(cause.change)} ({_won(item.current)} against {_won(item.baseline)})"
        for item in cause.carriers[:MOST]
    )


def ruled_out(cause: RootCause) -> tuple[str, ...]:
    """The dimensions of which no single value carries the change, with the range of what is left without one."""
    carrying = {item.dimension for item in cause.carriers}
    others = [item for item in cause.contributions if item.dimension not in carrying and item.without is not None]
    left = sorted(item.without for item in others if item.without is not None)
    if not left:
        return ()
    names = _summed_up(list(dict.fromkeys(item.dimension for item in others)))
    return (f"no single {names}: without any one the change would be {points(left[0])} to {points(left[-1])}",)


def _summed_up(dimensions: list[str]) -> str:
    """The dimensions by name; many attributes as what they are."""
    if len(dimensions) <= MOST:
        return either([_words(name) for name in dimensions])
    people = [name for name in PEOPLE if name in dimensions]
    return either([*people, "attribute value"])


def _won(counts: tuple[int, int]) -> str:
    n, won = counts
    return f"{percent(won / n)} of {n:,} won" if n else "no deals"


def _words(dimension: str) -> str:
    return dimension.replace("_", " ")
