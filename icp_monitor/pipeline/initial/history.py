"""What the deals' dates say: from when to when can be compared, how long deals take, and is the export an old one?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from icp_monitor.config.sources import Outcome
from icp_monitor.errors import ConfigError, Problem
from icp_monitor.periods import Quarter, Window, first_on, quarter_of, quarters_between
from icp_monitor.pipeline.initial.guess import Guess
from icp_monitor.pipeline.initial.sheets import Column
from icp_monitor.pipeline.initial.tables import Table

MOST_QUARTERS = 4
LOOK_DAY = "monday"
_OLD = 21  # days without news, after which an export counts as an old one
_SHARE_DECIDED = 0.9
_HORIZONS = range(30, 361, 30)


@dataclass(frozen=True)
class History:
    """The days that the configuration names; ``extracted_on`` is None where the export is of today."""

    baseline: Window
    horizon_days: int
    extracted_on: date | None
    first_look: date


@dataclass(frozen=True)
class Deal:
    """When a deal was created, and when it was decided, and how."""

    created_on: date
    closed_on: date | None
    outcome: Outcome | None


def history_of(table: Table, outcomes: Mapping[str, Outcome], today: date) -> History:
    """What the opportunities' dates say.

    Raises:
        ConfigError: no quarter of deals could be compared with a later one.
    """
    deals = [deal for deal in _deals(table, outcomes) if deal.created_on < today]
    decided = [deal.closed_on for deal in deals if deal.closed_on is not None and deal.closed_on < today]
    if not decided:
        message = "no deal was created and decided before today, by what the columns of days say"
        raise ConfigError(Problem(str(table.sheet.path), message, cure="check the days, or export closed deals too"))
    newest = max([*decided, *(deal.created_on for deal in deals)])
    is_old = today - newest > timedelta(days=_OLD)
    end = newest + timedelta(days=1) if is_old else today
    return History(
        baseline=_baseline(table, min(decided), end),
        horizon_days=_horizon(deals),
        extracted_on=end if is_old else None,
        first_look=first_on(LOOK_DAY, end),
    )


def history_guesses(history: History) -> Iterator[Guess]:
    """The days in words."""
    window = history.baseline
    because = "the first whole quarters after the first close, at most half of those that there are"
    look = "was the profile validated on other quarters?"
    yield Guess("baseline", f"{window.start} to before {window.end}", "unsure", because, look)
    won = "nine of ten won deals were won within it"
    yield Guess("horizon_days", str(history.horizon_days), "likely", won)
    if history.extracted_on:
        stale = f"no deal has changed for more than {_OLD} days"
        look = "remove it once the files are exported anew"
        yield Guess("extracted_on", str(history.extracted_on), "likely", stale, look)


def _deals(table: Table, outcomes: Mapping[str, Outcome]) -> Iterator[Deal]:
    created, closed, stage = (table.column(name) for name in ("created_on", "closed_on", "stage"))
    if created is None or stage is None:
        return
    closes = _days(closed) if closed is not None else [None] * len(stage.cells)
    for created_on, closed_on, name in zip(_days(created), closes, stage.cells, strict=True):
        outcome = outcomes.get(name)
        if created_on is not None:
            yield Deal(created_on, closed_on if outcome != "open" else None, outcome)


def _days(column: Column) -> list[date | None]:
    notation = column.days
    known = {text: notation.read(text) if notation else None for text in column.counts}
    return [known.get(text) for text in column.cells]


def _baseline(table: Table, first_close: date, end: date) -> Window:
    first = quarter_of(first_close - timedelta(days=1)).shift(1)
    whole = quarters_between(first, quarter_of(end).previous)
    if not whole:
        message = f"there is no whole quarter of history after the first close, on {first_close}"
        cure = "export what was decided before, too; with less than a quarter nothing can be compared"
        raise ConfigError(Problem(str(table.sheet.path), message, cure=cure))
    last: Quarter = whole[min(MOST_QUARTERS, max(1, len(whole) // 2)) - 1]
    return Window(first.window.start, last.window.end)


def _horizon(deals: list[Deal]) -> int:
    won = sorted((deal.closed_on - deal.created_on).days for deal in deals if deal.closed_on and deal.outcome == "won")
    if not won:
        return 120
    usual = won[int(_SHARE_DECIDED * (len(won) - 1))]
    return next((days for days in _HORIZONS if days >= usual), _HORIZONS[-1])
