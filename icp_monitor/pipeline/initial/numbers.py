"""Is a column made of numbers, and what is their decimal mark?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

DecimalMark = Literal[".", ","]

_WITH_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WITH_COMMA = re.compile(r"[+-]?(\d+,?\d*|,\d+)")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
_GROUPED = re.compile(r"[^\w+-]*[+-]?[^\w+-]*\d{1,3}(?:[., '\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?\s*(?:[^\w]|[A-Z]{3})?")
_NEARLY_ALL = 0.95


def decimal_mark(values: Iterable[str]) -> DecimalMark | None:
    """The decimal mark of values that are numbers; None where they aren't, or where marks group their digits.

    >>> decimal_mark(["12,50", "7", "1200,00"]), decimal_mark(["12.5", "7"]), decimal_mark(["1,200", "3,400"])
    (',', '.', None)
    """
    known = list(values)
    if _most(_WITH_POINT, known):
        return "."
    if _most(_WITH_COMMA, known) and not all(_THOUSANDS.fullmatch(text) for text in known if "," in text):
        return ","
    return None


def are_grouped(values: Iterable[str]) -> bool:
    """Whether the values are amounts whose digits are grouped, or that carry a currency's sign.

    >>> are_grouped(["$1,200.00", "$12,000.50"]), are_grouped(["12"])
    (True, False)
    """
    known = list(values)
    plain = decimal_mark(known) is not None
    return not plain and _most(re.compile(f"{_GROUPED.pattern}|[^\\w]?{_WITH_POINT.pattern}"), known)


def number(text: str, mark: DecimalMark) -> float | None:
    """The number that ``text`` writes; None where it writes none."""
    pattern = _WITH_POINT if mark == "." else _WITH_COMMA
    return float(text.replace(",", ".")) if pattern.fullmatch(text) else None


def _most(pattern: re.Pattern[str], values: list[str]) -> bool:
    return bool(values) and sum(map(bool, map(pattern.fullmatch, values))) >= _NEARLY_ALL * len(values)
