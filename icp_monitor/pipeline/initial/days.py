"""In which notation does a column write its days?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y")
_TIMES = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", "T%H:%M:%S%z", "T%H:%M:%S.%f%z", "T%H:%M:%S", "T%H:%M")
FORMATS = (*(day + time for time in _TIMES for day in _DAYS), "%Y%m%d")
MONTH_FIRST, DAY_FIRST = "%m/%d/%Y", "%d/%m/%Y"

_ANY_DAY = re.compile(r"\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3})[-/. ]\d{1,4}|[A-Z][a-z]{2} \d{1,2}, \d{4}|\d{8}$")
_SAMPLE = 400
_ENOUGH = 0.9
_YEARS = range(1900, 2200)


@dataclass(frozen=True)
class Notation:
    """The formats that a column's days are written in; ``unclear`` where day and month could be swapped."""

    formats: tuple[str, ...]
    unclear: bool = False

    def read(self, text: str) -> date | None:
        """The day that ``text`` names; None where it names none."""
        days = (_day(text, written) for written in self.formats)
        return next((day for day in days if day is not None), None)


def notation_of(values: Iterable[str]) -> Notation | None:
    """The notation in which nearly all ``values`` are days; None where they aren't.

    >>> notation_of(["03.11.2024", "28.11.2024"])
    Notation(formats=('%d.%m.%Y',), unclear=False)
    >>> notation_of(["03/11/2024", "04/11/2024"]).unclear
    True
    """
    sample = _spread(list(dict.fromkeys(values)))
    if not sample or sum(map(bool, map(_ANY_DAY.match, sample))) < _ENOUGH * len(sample):
        return None
    chosen: list[str] = []
    rest = sample
    while len(rest) > (1 - _ENOUGH) * len(sample):
        fits = {written: sum(_day(text, written) is not None for text in rest) for written in FORMATS}
        best = max(fits, key=lambda written: fits[written])
        if not fits[best]:
            return None
        chosen.append(best)
        rest = [text for text in rest if _day(text, best) is None]
    return Notation(tuple(chosen), unclear=_swappable(sample, chosen[0]))


def _swappable(sample: Sequence[str], written: str) -> bool:
    if not written.startswith(MONTH_FIRST):
        return False
    other = written.replace(MONTH_FIRST, DAY_FIRST)
    return all(_day(text, other) is not None for text in sample)


def _day(text: str, written: str) -> date | None:
    try:
        day = datetime.strptime(text, written).replace(tzinfo=UTC).date()
    except ValueError:
        return None
    return day if day.year in _YEARS and (written != "%Y%m%d" or len(text) == 8) else None


def _spread(values: Sequence[str]) -> list[str]:
    """Some values from all over the file, since exports are often sorted."""
    step = max(1, len(values) // _SAMPLE)
    return list(values[::step])
