"""Which combinations of a few numbered things occur in a table, which of them each row has, and sums by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from icp_monitor.metrics.life_table import Floats

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Combinations:
    """The combinations in order, as one array of numbers for each thing; ``of`` has the place of each row's."""

    numbers: tuple[Ints, ...]
    of: Ints


def combinations(numbers: Sequence[Ints], shape: Sequence[int]) -> Combinations:
    """The combinations of ``numbers``, one array for each thing, of which there are as many as ``shape`` says.

    It needs room for all that could occur, and no sorting.

    >>> found = combinations([np.array([1, 0, 1]), np.array([2, 0, 2])], (2, 3))
    >>> [part.tolist() for part in found.numbers], found.of.tolist()
    ([[0, 1], [0, 2]], [1, 0, 1])
    """
    cell = np.ravel_multi_index(tuple(numbers), tuple(shape)) if prod(shape) else np.zeros(0, np.int64)
    occurs = np.bincount(cell, minlength=prod(shape)) > 0
    found = np.unravel_index(np.flatnonzero(occurs), tuple(shape)) if prod(shape) else [cell] * len(shape)
    return Combinations(tuple(found), (np.cumsum(occurs) - 1)[cell])


def counted(cell: Ints, weights: Floats, shape: tuple[int, ...]) -> Floats:
    """Sums of weights by the number of their cell in an array of a shape."""
    sums = np.bincount(cell, weights=weights, minlength=prod(shape))
    return np.asarray(sums, dtype=float).reshape(shape)
