"""Which records changed since the last reading, and from where does the next one go on?

The newest change that the database holds when a reading begins is the next watermark. Every reading goes back by an
overlap, for transactions that were stamped early and committed late. It has no upper end: what is newer than the
watermark is read again next time, and a record that comes again as it was changes nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from icp_monitor.sources.sql.origin import Origin

_AHEAD = timedelta(days=1)  # so far may the clocks of a database and of what is in it differ, zones included


@dataclass(frozen=True)
class Window:
    """What is read of an origin: the records that meet ``condition``, which are all where it ``is_full``."""

    condition: sa.ColumnElement[bool]
    is_full: bool
    watermark: str | None = None


EVERYTHING = Window(sa.true(), True)


def window_after(
    connection: sa.Connection, origin: Origin, modified: str, since: str | None, overlap: timedelta
) -> Window:
    """What follows a watermark; everything without one, or when it is of another kind than the column.

    A record without the moment of its change is always read.
    """
    newest = _newest(connection, origin, modified)
    if newest is None:
        return Window(sa.true(), since is None, since)
    if since is not None:
        with suppress(ValueError):
            column: sa.ColumnElement[Any] = sa.column(modified)
            changed = sa.or_(column >= before(read_as(newest, since), overlap), column.is_(None))
            return Window(changed, False, written(newest))
    return Window(sa.true(), True, written(newest))


def written(value: Any) -> str:
    """A moment, a day or a number as a watermark, from which :func:`read_as` has it back."""
    return value.isoformat() if isinstance(value, date) else str(value)


def read_as(like: Any, watermark: str) -> Any:
    """A watermark's value, of the kind of another value.

    >>> read_as(7, "12")
    12

    Raises:
        ValueError: it is of another kind.
    """
    if isinstance(like, date):
        return type(like).fromisoformat(watermark)
    try:
        return type(like)(watermark)
    except ArithmeticError as error:  # a decimal's way to refuse
        raise ValueError("no number") from error


def before(value: Any, overlap: timedelta) -> Any:
    """An overlap before a value; a text is taken as a moment in its own notation, and a number knows no time.

    >>> before("2025-01-31 00:05:00", timedelta(minutes=10))
    '2025-01-30 23:55:00'
    """
    if isinstance(value, datetime) or not overlap:
        return value - overlap if isinstance(value, datetime) else value
    if isinstance(value, date):
        return (datetime(value.year, value.month, value.day, tzinfo=UTC) - overlap).date()
    if isinstance(value, str) and (moment := _moment(value)) is not None:
        return (moment - overlap).isoformat(value[10:11] or " ", "seconds")[: None if len(value) > 10 else 10]
    return value


def _newest(connection: sa.Connection, origin: Origin, modified: str) -> Any:
    """The last change that isn't in the future: one that is would hide all until then."""
    column: sa.ColumnElement[Any] = sa.column(modified)
    newest = connection.scalar(sa.select(sa.func.max(column)).select_from(origin.source))
    now = connection.scalar(sa.select(sa.func.current_timestamp(type_=sa.DateTime(timezone=True))))
    assert now is not None
    last = _latest(newest, now + _AHEAD)
    if last is None or newest <= last:
        return newest
    return connection.scalar(sa.select(sa.func.max(column)).select_from(origin.source).where(column <= last))


def _latest(value: Any, moment: datetime) -> Any:
    """A moment in the notation of a value; None for what tells no time."""
    if isinstance(value, datetime):
        return moment.replace(tzinfo=None if value.tzinfo is None else moment.tzinfo or UTC)
    if isinstance(value, date):
        return moment.date()
    return moment.date().isoformat() if isinstance(value, str) and _moment(value) else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
