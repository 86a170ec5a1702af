"""Arrow columns from numbers: identifiers, dates, labels and exact money, a million rows at a time."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MONEY = pa.decimal128(14, 2)


def identifiers(prefix: str, count: int) -> pa.Array:
    """Ids in order, padded so that they sort as text.

    >>> identifiers("A", 2).to_pylist()
    ['A000001', 'A000002']
    """
    width = max(6, len(str(count)))
    digits = pc.utf8_lpad(pc.cast(pa.array(np.arange(1, count + 1)), pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def dates(start: date, days: Ints, missing: Bools | None = None) -> pa.Array:
    """The dates that lie so many ``days`` after ``start``."""
    epoch = np.datetime64(start, "D").astype(np.int64)
    return pa.array((days + epoch).astype(np.int32), mask=missing).cast(pa.date32())


def labels(words: tuple[str, ...], codes: Ints, missing: Bools | None = None) -> pa.Array:
    """The words at the positions ``codes``."""
    return pa.array(words, pa.string()).take(pa.array(codes, mask=missing))


def money(cents: Ints) -> pa.Array:
    """Amounts in currency units, exact to the cent; ``cents`` must not be negative.

    >>> money(np.array([123456])).to_pylist()
    [Decimal('1234.56')]
    """
    words = np.column_stack([cents, np.zeros_like(cents)])
    return pa.Array.from_buffers(MONEY, len(cents), [None, pa.py_buffer(words)])
