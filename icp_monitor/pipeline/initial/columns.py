"""Which column of a file fills which canonical column? By name, held against what the column really holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from icp_monitor.config.canonical import CANONICAL, TableName
from icp_monitor.pipeline.initial.guess import Sureness
from icp_monitor.pipeline.initial.sheets import Column, Sheet
from icp_monitor.pipeline.initial.stages import decides
from icp_monitor.pipeline.initial.words import WANTED, Kind, Wanted, words

_MOST_STAGES = 60
_EXACT, _PARTLY, _BY_CONTENT = 1.0, 0.6, 0.3
_RANK_COSTS = 0.01


@dataclass(frozen=True, eq=False)
class Match:
    """A canonical column with the file's column that fills it best."""

    canonical: str
    column: Column
    score: float
    because: str

    @property
    def sure(self) -> Sureness:
        """How much the name and the content say."""
        return "sure" if self.score > _PARTLY else "likely" if self.score > _BY_CONTENT else "unsure"


def matches(table: TableName, sheet: Sheet, account: Column | None) -> dict[str, Match]:
    """Each canonical column of ``table`` that the file fills; ``account`` is the column that is known to name them."""
    taken: dict[str, Match] = {}
    if account is not None:
        taken["account_id"] = Match("account_id", account, _EXACT, "its values name the accounts")
    known = {canonical: wanted for canonical, wanted in WANTED[table].items() if canonical in CANONICAL[table].columns}
    found = sorted(_candidates(known, sheet), key=lambda match: -match.score)
    for match in [*found, *_by_content(table, sheet)]:
        used = {other.column.name for other in taken.values()}
        if match.canonical not in taken and match.column.name not in used:
            taken[match.canonical] = match
    return taken


def name_score(wanted: Wanted, column: Column) -> float:
    """How well the column's name fits, from 0 to 1."""
    name = words(column.name)
    for rank, synonym in enumerate(wanted.names):
        if name == synonym or name.replace(" ", "") == synonym.replace(" ", ""):
            return _EXACT - _RANK_COSTS * rank
    for rank, synonym in enumerate(wanted.names):
        if " " in synonym and set(synonym.split()) <= set(name.split()):
            return _PARTLY - _RANK_COSTS * rank
    return 0


def holds(kind: Kind, column: Column) -> bool:
    """Whether the column's values can be of the kind."""
    match kind:
        case "day":
            return column.days is not None
        case "number":
            return column.decimal is not None and column.days is None
        case "key":
            return column.is_key
        case "stage":
            return 0 < len(column.counts) <= _MOST_STAGES and column.days is None
        case "flag":
            return 0 < len(column.counts) <= 2
    return bool(column.given)


def _candidates(known: Mapping[str, Wanted], sheet: Sheet) -> Iterator[Match]:
    for canonical, wanted in known.items():
        for column in sheet.columns:
            score = name_score(wanted, column)
            if score and holds(wanted.kind, column):
                yield Match(canonical, column, score, "by its name, and its values fit")


def _by_content(table: TableName, sheet: Sheet) -> Iterator[Match]:
    """What an account or a deal can't do without, where no name says it."""
    if table == "accounts":
        named = (column for column in sheet.columns if column.is_key and column.days is None and column.decimal is None)
        for column in named:
            yield Match("name", column, _BY_CONTENT, "text that is different for nearly every account")
    if table == "opportunities":
        yield from _of_a_deal(sheet)


def _of_a_deal(sheet: Sheet) -> Iterator[Match]:
    for column in sheet.columns:
        if column.is_key and column.days is None:
            yield Match("opportunity_id", column, _BY_CONTENT, "the first column that tells the records apart")
        if holds("stage", column) and {"won", "lost"} <= {decides(stage) for stage in column.values}:
            yield Match("stage", column, _BY_CONTENT, "its values say won and lost")
    dated = sorted((item for item in sheet.columns if item.days is not None), key=lambda item: -item.filled)
    for canonical, column in zip(("created_on", "closed_on"), dated, strict=False):
        yield Match(canonical, column, _BY_CONTENT, f"a column of days, given in {column.filled:.0%} of the records")
    for column in sheet.columns:
        if holds("number", column) and not (column.is_key and all(map(float.is_integer, column.numbers))):
            yield Match("amount", column, _BY_CONTENT, "the first column of numbers")
