"""Salesforce's values as text, the same whether they came as JSON (REST) or as CSV (Bulk)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Row = tuple[str | None, ...]

_NUMBERS = ("int", "double", "currency", "percent", "long")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def as_text(value: Any, kind: str) -> str | None:
    """A value of a field of this type; None where there is none.

    A field that holds values of any type (``anyType``, as histories do) is read by how each value looks.

    >>> as_text("2025-01-31T08:15:30.000+0000", "datetime"), as_text("1.25E7", "currency"), as_text("  ", "string")
    ('2025-01-31T08:15:30.000+00:00', '12500000', None)
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value).strip()
    if kind == "datetime" or (kind == "anyType" and _MOMENT.fullmatch(text)):
        return _moment(text)
    if kind in _NUMBERS or (kind == "anyType" and _NUMBER.fullmatch(text)):
        return _number(text)
    return text or None


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="milliseconds")


def _number(text: str) -> str:
    """A plain decimal; text that is no number stays as it is, for the quarantine to name."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    plain = f"{number:f}" if number.is_finite() else text
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
