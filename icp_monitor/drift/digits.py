"""Numbers that are kept, to as many digits as mean something."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

DIGITS = 9
Kept = TypeVar("Kept")


def settled(kept: Kept) -> Kept:
    """The same, every float in it rounded to 9 significant digits.

    Libraries add up in an order that depends on the processor and on the number of threads, so that the last digits
    of a result differ from process to process; what is written must not.

    >>> settled({"value": [0.1 + 0.2, None]})
    {'value': [0.3, None]}
    """
    return _settled(kept)  # type: ignore[no-any-return]


def _settled(kept: Any) -> Any:
    if isinstance(kept, float):
        return float(f"{kept:.{DIGITS}g}") if math.isfinite(kept) else kept
    if isinstance(kept, dict):
        return {name: _settled(value) for name, value in kept.items()}
    if isinstance(kept, list | tuple):
        return type(kept)(_settled(value) for value in kept)
    if is_dataclass(kept) and not isinstance(kept, type):
        return replace(kept, **{item.name: _settled(getattr(kept, item.name)) for item in fields(kept)})
    return kept
