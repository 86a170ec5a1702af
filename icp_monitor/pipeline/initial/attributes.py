"""Which columns of the accounts are worth having in a profile, and of which type are they?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Literal

from icp_monitor.config.canonical import CANONICAL
from icp_monitor.config.matching import RESERVED, Family
from icp_monitor.pipeline.initial.guess import Guess
from icp_monitor.pipeline.initial.sheets import Column
from icp_monitor.pipeline.initial.words import words

Type = Literal["category", "codes", "number", "ordinal", "set"]

MOST_SCORED = 10
MOST_VALUES = 40
_MOST_LEVELS = 10
_LEAST_FILLED = 0.05
_SEPARATORS = (";", "|", ",")
_CODE = re.compile(r"\d{2,8}")
_CODE_WORDS = {"naics", "sic", "nace", "industry", "code"}
_CONTACT_WORDS = {"phone", "fax", "email", "website", "url", "street", "address", "zip", "postal", "description"}
_FAMILIES: Mapping[str, Family] = {
    **dict.fromkeys(("tech", "technology", "technologies", "stack", "cloud", "software", "erp"), "technographic"),
    **dict.fromkeys(("risk", "culture", "appetite", "attitude", "maturity", "innovation"), "psychographic"),
    **dict.fromkeys(("committee", "process", "engagement", "visits", "usage", "intent", "trial", "nps"), "behavioral"),
}


@dataclass(frozen=True, eq=False)
class Attribute:
    """A column of accounts as an attribute of the profile; ``separator`` splits a set."""

    id: str
    column: Column
    type: Type
    family: Family
    separator: str | None = None

    @property
    def members(self) -> tuple[str, ...]:
        """The members of a set, the most frequent first."""
        return _members(self.column, self.separator or ";")


def worth_having(columns: Sequence[Column]) -> tuple[tuple[Attribute, ...], tuple[Guess, ...]]:
    """The attributes among ``columns``, the best filled first, and a word on each column."""
    found: list[Attribute] = []
    guesses = []
    for column in columns:
        reason = _why_not(column)
        attribute = None if reason else _attribute(column, {item.id for item in found})
        if attribute is None:
            guesses.append(Guess("no attribute", column.name, "likely", reason or "free text"))
            continue
        found.append(attribute)
        guesses.append(_guess(attribute))
    return tuple(sorted(found, key=lambda item: -round(item.column.filled, 2))), tuple(guesses)


def _why_not(column: Column) -> str | None:
    if column.filled < _LEAST_FILLED:
        return f"given for {column.filled:.0%} of the accounts"
    if len(column.counts) == 1:
        return "the same for every account"
    if column.days is not None:
        return "a date says little of who fits"
    if _CONTACT_WORDS & set(words(column.name).split()):
        return "where an account can be reached, not what it is"
    if words(column.name).split()[-1:] == ["id"]:
        return "an id of another record"
    return None


def _attribute(column: Column, taken: set[str]) -> Attribute | None:
    name, family = _free_id(column.name, taken), _family(column.name)
    if column.decimal is not None:
        return Attribute(name, column, _type_of_numbers(column), family)
    separator = next((mark for mark in _SEPARATORS if _is_set(column, mark)), None)
    if separator is not None:
        return Attribute(name, column, "set", family, separator)
    if len(column.counts) <= min(MOST_VALUES, max(2, len(column.given) // 2)):
        return Attribute(name, column, "category", family)
    return None


def _type_of_numbers(column: Column) -> Type:
    codes = all(map(_CODE.fullmatch, column.counts))
    if codes and (_CODE_WORDS & set(words(column.name).split()) or any(text.startswith("0") for text in column.counts)):
        return "codes"
    levels = set(column.numbers)
    is_scale = len(levels) <= _MOST_LEVELS and all(level == int(level) and 0 <= level <= 10 for level in levels)
    return "ordinal" if is_scale else "number"


def _is_set(column: Column, separator: str) -> bool:
    """Whether the values are lists whose members come again and again."""
    several = sum(separator in text for text in column.given)
    members = _members(column, separator)
    return several > 0.1 * len(column.given) and len(members) <= min(MOST_VALUES, len(column.given) // 2)


def _members(column: Column, separator: str) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    for text, times in column.counts.items():
        for member in filter(None, map(str.strip, text.split(separator))):
            counts[member] = counts.get(member, 0) + times
    return tuple(sorted(counts, key=lambda member: (-counts[member], member)))


def _family(name: str) -> Family:
    return next((_FAMILIES[word] for word in words(name).split() if word in _FAMILIES), "firmographic")


def _free_id(name: str, taken: set[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", words(name)).strip("_")[:40] or "attribute"
    plain = plain if plain[0].isalpha() else f"a_{plain}"
    fixed = {*RESERVED, *CANONICAL["accounts"].columns, *taken}
    if plain in fixed or iskeyword(plain):
        plain = f"account_{plain}"
    return next(item for item in _numbered(plain) if item not in fixed)


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in range(2, 1000))


def _guess(attribute: Attribute) -> Guess:
    column = attribute.column
    told = {
        "category": f"{len(column.counts)} values",
        "codes": f"{len(column.counts)} codes of digits",
        "number": "numbers",
        "ordinal": f"{len(column.counts)} levels",
        "set": f"lists separated by {attribute.separator!r}",
    }[attribute.type]
    doubt = {
        "codes": "are these codes that begin alike where they mean alike?",
        "ordinal": "is more really better?",
        "set": "is a missing member unknown, or known to be missing?",
    }.get(attribute.type)
    because = f"{told}, given for {column.filled:.0%} of the accounts"
    kind = "category" if attribute.type == "codes" else attribute.type
    return Guess(f"attribute {attribute.id}", f"{kind}, {attribute.family}", "likely", because, doubt)
