"""As-of dates, half-open windows and the fiscal calendar. No clock: every date is given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from icp_monitor.errors import ConfigError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, order=True)
class Window:
    """The days from ``start`` up to, and without, ``end``.

    >>> Window(date(2026, 4, 1), date(2026, 7, 1)).days
    91
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ConfigError(f"a window must end after it starts: {self.start} to {self.end}")

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day < self.end

    def as_list(self) -> list[str]:
        """The two dates as ISO text, as JSON shows them."""
        return [self.start.isoformat(), self.end.isoformat()]


@dataclass(frozen=True, order=True)
class Quarter:
    """A fiscal quarter, named by the calendar year in which its fiscal year starts.

    ``first_month`` is the month in which the fiscal year begins (1 for calendar quarters).

    >>> Quarter(2026, 1, first_month=2).window
    Window(start=datetime.date(2026, 2, 1), end=datetime.date(2026, 5, 1))
    >>> str(Quarter(2026, 3))
    '2026Q3'
    """

    year: int
    number: int
    first_month: int = 1

    @property
    def window(self) -> Window:
        """The days of the quarter."""
        return Window(self._start_of(0), self._start_of(1))

    @property
    def previous(self) -> Quarter:
        """The quarter before this one."""
        return self.shift(-1)

    def shift(self, quarters: int) -> Quarter:
        """The quarter that lies ``quarters`` later (or earlier, when negative)."""
        index = self.year * 4 + self.number - 1 + quarters
        return Quarter(index // 4, index % 4 + 1, self.first_month)

    def _start_of(self, offset: int) -> date:
        months = self.first_month - 1 + 3 * (self.number - 1 + offset)
        return date(self.year + months // 12, months % 12 + 1, 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


def quarter_of(day: date, first_month: int = 1) -> Quarter:
    """The fiscal quarter that holds ``day``.

    >>> str(quarter_of(date(2026, 1, 31), first_month=2))
    '2025Q4'
    """
    months = day.year * 12 + day.month - first_month
    return Quarter(months // 12, months % 12 // 3 + 1, first_month)


def parse_quarter(text: str, first_month: int = 1) -> Quarter:
    """Read ``2026Q3`` or ``2026-Q3``.

    >>> parse_quarter("2026-Q3") == Quarter(2026, 3)
    True
    """
    match = re.fullmatch(r"(\d{4})-?[Qq]([1-4])", text.strip())
    if match is None:
        raise ConfigError(f"{text!r} is not a quarter. Cure: write it like 2026Q3")
    return Quarter(int(match[1]), int(match[2]), first_month)


def parse_date(text: str) -> date:
    """Read an ISO date, or say what is wrong with it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is not a date. Cure: write it like 2026-10-05") from None


def last_complete_quarter(as_of: date, lag_days: int = 0, first_month: int = 1) -> Quarter:
    """The newest quarter that had ended, and was ``lag_days`` old, at 00:00 of ``as_of``.

    >>> str(last_complete_quarter(date(2026, 10, 5)))
    '2026Q3'
    >>> str(last_complete_quarter(date(2026, 10, 5), lag_days=120))
    '2026Q1'
    """
    return quarter_of(as_of - timedelta(days=lag_days), first_month).previous


def quarters_between(first: Quarter, last: Quarter) -> tuple[Quarter, ...]:
    """Every quarter from ``first`` to ``last``, both included; empty when ``last`` is earlier."""
    steps = (last.year - first.year) * 4 + last.number - first.number
    return tuple(first.shift(step) for step in range(steps + 1))


def each_day(start: date, end: date) -> Iterator[date]:
    """Every date from ``start`` to ``end``, both included."""
    for offset in range((end - start).days + 1):
        yield start + timedelta(days=offset)


def first_on(weekday: str, day: date) -> date:
    """The first day with the named weekday that is not before ``day``.

    >>> first_on("monday", date(2026, 10, 1))
    datetime.date(2026, 10, 5)
    """
    return day + timedelta(days=(WEEKDAYS.index(weekday) - day.weekday()) % 7)


def is_look_day(as_of: date, weekday: str) -> bool:
    """Whether comparing and alerting happen on ``as_of``: once a week, on the named weekday.

    >>> is_look_day(date(2026, 10, 5), "monday")
    True
    """
    return WEEKDAYS[as_of.weekday()] == weekday
