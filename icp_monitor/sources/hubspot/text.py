"""How HubSpot's values are written for the reader of records: moments in ISO 8601 with their offset, no empty text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_text(value: str | None, kind: str | None) -> str | None:
    """The value of a property of type ``kind``; dates and moments may come as milliseconds since 1970.

    >>> as_text("2025-01-31T08:15:30.123Z", "datetime")
    '2025-01-31T08:15:30.123+00:00'
    >>> as_text("1738310400000", "date")
    '2025-01-31'
    """
    text = (value or "").strip()
    if not text:
        return None
    if kind == "datetime":
        return moment(text)
    if kind == "date" and text.isdigit():
        return _at(text).date().isoformat()
    return text


def moment(text: str) -> str:
    """A moment, whose Z is an offset of nothing."""
    if text.isdigit():
        return _at(text).isoformat(timespec="milliseconds")
    return f"{text[:-1]}+00:00" if text.endswith("Z") else text


def _at(milliseconds: str) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(milliseconds))
