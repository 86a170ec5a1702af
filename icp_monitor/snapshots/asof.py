"""From which day, and with whose knowledge, the past is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Knowledge = Literal["as-was", "restated"]


@dataclass(frozen=True)
class Fill:
    """An attribute, and the table beside that of accounts that tells it."""

    attribute: str
    table: Literal["technologies", "ratings"]


@dataclass(frozen=True)
class Asof:
    """A day to look from: everything before 00:00 of ``as_of`` has happened.

    ``as-was`` uses what was known on that day, ``restated`` all that is known now. Loads after ``last_load`` are not
    read. Deals that are still open were last observed on ``observed_until``: ``as_of``, or the day of an older extract.

    What isn't in the records need not be looked for: ``has_account_history`` says that a source brings past versions of
    accounts, ``has_merges`` that records were merged into others, ``has_stage_events`` that a source recorded when
    deals entered their stages, ``has_stage_amounts`` that it also recorded what they were worth then, ``fills`` which
    attributes are told by other tables than that of accounts.

    Amounts are brought to ``currency`` at the declared ``rates``, which don't move with the market: units of
    ``currency`` for one of the other. An amount in a currency without a rate is unknown. Without ``currency`` amounts
    stay as they are.
    """

    as_of: date
    knowledge: Knowledge
    last_load: int
    observed_until: date
    has_account_history: bool = False
    has_merges: bool = False
    has_stage_events: bool = False
    has_stage_amounts: bool = False
    fills: tuple[Fill, ...] = ()
    currency: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict, hash=False)
