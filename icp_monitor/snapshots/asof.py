"""From which day, and with whose knowledge, the past is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Knowledge = Literal["as-was", "restated"]


@dataclass(frozen=True)
class Asof:
    """A day to look from: everything before 00:00 of ``as_of`` has happened.

    ``as-was`` uses what was known on that day, ``restated`` all that is known now. Loads after ``last_load`` are not
    read. Deals that are still open were last observed on ``observed_until``: ``as_of``, or the day of an older extract.
    """

    as_of: date
    knowledge: Knowledge
    last_load: int
    observed_until: date
