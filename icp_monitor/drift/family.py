"""How many findings of a family may be false: the false discovery rate."""

from __future__ import annotations

from collections.abc import Sequence

from scipy import stats


def q_values(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Benjamini-Hochberg adjusted p-values (1995) over the units that could be tested; None stays None.

    >>> q_values([0.01, None, 0.04])
    (0.02, None, 0.04)
    """
    tested = [p for p in p_values if p is not None]
    adjusted = iter(stats.false_discovery_control(tested, method="bh") if tested else ())
    return tuple(None if p is None else float(next(adjusted)) for p in p_values)


def survives(q_value: float | None, fdr: float) -> bool:
    """Whether a unit's evidence suffices for a family that allows so many false findings among all."""
    return q_value is not None and q_value <= fdr
