"""Which file is which table, and by which columns do deals and accounts belong together?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product

from icp_monitor.config.canonical import CANONICAL, TableName
from icp_monitor.errors import ConfigError, Problem
from icp_monitor.pipeline.initial.columns import Match, matches, name_score
from icp_monitor.pipeline.initial.guess import Guess
from icp_monitor.pipeline.initial.sheets import Column, Sheet
from icp_monitor.pipeline.initial.words import FILE_WORDS, WANTED, words

_SHARED = 0.5
_NAME_COUNTS = 0.3
_FIRST = 0.3
_MEANINGS = {
    "opportunity_id": "the id of each opportunity",
    "account_id": "the account of each opportunity",
    "stage": "the stage of each opportunity",
    "created_on": "the day on which each opportunity was created",
    "closed_on": "the day on which each opportunity was won or lost",
}


@dataclass(frozen=True, eq=False)
class Table:
    """A file with the canonical table that it fills, and the columns that fill it."""

    name: TableName
    sheet: Sheet
    matches: Mapping[str, Match]

    @property
    def ordered(self) -> list[tuple[str, Match]]:
        """The matches in the order of the canonical columns."""
        order = CANONICAL[self.name].columns
        return sorted(self.matches.items(), key=lambda item: order.index(item[0]))

    def column(self, canonical: str) -> Column | None:
        """The file's column behind a canonical one."""
        match = self.matches.get(canonical)
        return match.column if match else None


@dataclass(frozen=True, eq=False)
class Tables:
    """The files that were understood, accounts and opportunities first, and those that weren't."""

    known: tuple[Table, ...]
    unused: tuple[Sheet, ...]

    def __getitem__(self, name: TableName) -> Table:
        return next(table for table in self.known if table.name == name)


def mapped_tables(sheets: Sequence[Sheet]) -> Tables:
    """Finds accounts and opportunities among the sheets, then what else they are.

    Raises:
        ConfigError: one of the two is missing, or can't be used.
    """
    if len(sheets) < 2:
        message = "one file is not enough: accounts and opportunities are needed"
        raise ConfigError(Problem(str(sheets[0].path), message, cure="name both files, accounts first"))
    people, deals = max(permutations(sheets, 2), key=lambda pair: _likeness(sheets, *pair))
    key, reference, share = _belonging(people, deals)
    accounts = Table("accounts", people, _accounts(people, key, share))
    found = matches("opportunities", deals, reference)
    rest = [sheet for sheet in sheets if sheet not in (people, deals)]
    known = {"accounts": accounts, "opportunities": Table("opportunities", deals, found)}
    for sheet in rest:
        other = _other_table(sheet, key, [name for name in FILE_WORDS if name not in known])
        if other is not None:
            known[other.name] = other
    _refuse_lacking(deals, found, needs_close="stage_events" not in known)
    used = [table.sheet for table in known.values()]
    return Tables(tuple(known.values()), tuple(sheet for sheet in rest if sheet not in used))


def table_guesses(tables: Tables) -> Iterator[Guess]:
    """Which file is what, and each column of it."""
    for table in tables.known:
        sheet = table.sheet
        read = f"{sheet.records:,} records, {sheet.encoding}, separated by {sheet.delimiter!r}"
        look = "only the first records were read: check the dates below" if sheet.cut else None
        yield Guess(table.name, sheet.path.name, "likely" if sheet.cut else "sure", read, look)
        for canonical, match in table.ordered:
            unclear = match.column.days is not None and match.column.days.unclear
            doubt = "day or month first? correct dates if it is the day" if unclear else None
            look = doubt or ("is it this column?" if match.sure == "unsure" else None)
            sure = "unsure" if unclear else match.sure
            yield Guess(f"{table.name}.{canonical}", match.column.name, sure, match.because, look)
    for sheet in tables.unused:
        yield Guess("not used", sheet.path.name, "likely", "no table of the monitor has such columns")


def _likeness(sheets: Sequence[Sheet], people: Sheet, deals: Sheet) -> float:
    return _fit("accounts", people, sheets.index(people) == 0) + _fit("opportunities", deals, sheets.index(deals) == 1)


def _fit(table: TableName, sheet: Sheet, expected_here: bool) -> float:
    """How much a file looks like a table, by its name, its columns and its place in the command."""
    named = any(word in words(sheet.path.stem) for word in FILE_WORDS[table])
    found = matches(table, sheet, None)
    required = CANONICAL[table].required
    filled = sum(found[name].score for name in required if name in found) / len(required)
    own = len(found) / len(sheet.columns)
    return named + filled + own + _FIRST * expected_here


def _belonging(people: Sheet, deals: Sheet) -> tuple[Column, Column, float]:
    """The columns by which deals name their accounts, and the share of the named ones that exist."""

    def score(pair: tuple[Column, Column]) -> float:
        wanted = WANTED["accounts"]["account_id"]
        return _shared(*pair) + _NAME_COUNTS * (name_score(wanted, pair[0]) + name_score(wanted, pair[1]))

    keys = [column for column in people.columns if column.is_key and column.days is None]
    if not keys:
        cure = "export the account's id, once for each account"
        raise ConfigError(Problem(str(people.path), "no column tells the accounts apart", cure=cure))
    key, reference = max(product(keys, deals.columns), key=score)
    share = _shared(key, reference)
    if share < _SHARED:
        message = f"no column names the accounts of {people.path.name}"
        value = f"{reference.name} comes nearest: {share:.0%} of its values are in {key.name}"
        cure = "export the account's id with each opportunity"
        raise ConfigError(Problem(str(deals.path), message, value, cure))
    return key, reference, share


def _shared(key: Column, reference: Column) -> float:
    if not reference.counts:
        return 0
    return sum(value in key.counts for value in reference.counts) / len(reference.counts)


def _accounts(sheet: Sheet, key: Column, share: float) -> dict[str, Match]:
    because = f"it tells the accounts apart, and {share:.0%} of the accounts that deals name are in it"
    found = matches("accounts", sheet, key)
    found["account_id"] = Match("account_id", key, share, because)
    if "name" not in found and "id" not in words(key.name).split():
        found["name"] = Match("name", key, _SHARED, "no other column holds names")
    return found


def _other_table(sheet: Sheet, key: Column, free: Sequence[TableName]) -> Table | None:
    """The table that the sheet's columns can fill, the likeliest first."""
    naming = max(sheet.columns, key=lambda column: _shared(key, column))
    account = naming if _shared(key, naming) >= _SHARED else None
    for name in sorted(free, key=lambda name: -_fit(name, sheet, expected_here=False)):
        found = matches(name, sheet, account if "account_id" in CANONICAL[name].columns else None)
        named = any(word in words(sheet.path.stem) for word in FILE_WORDS[name])
        telling = set(found) - {"account_id", "opportunity_id"}
        if named and telling and set(CANONICAL[name].required) <= set(found):
            return Table(name, sheet, found)
    return None


def _refuse_lacking(deals: Sheet, found: Mapping[str, Match], *, needs_close: bool) -> None:
    required = [*CANONICAL["opportunities"].required, *(["closed_on"] if needs_close else [])]
    header = ", ".join(column.name for column in deals.columns)
    problems = [
        Problem(str(deals.path), f"no column holds {_MEANINGS[name]}", header, "export it too")
        for name in required
        if name not in found
    ]
    if problems:
        raise ConfigError(*problems)
