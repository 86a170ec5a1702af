"""How the text of one cell becomes a value; text that is no such value becomes NULL."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal

import sqlalchemy as sa

from icp_monitor.catalogue.units import MINOR_UNITS
from icp_monitor.config.mapped import Column
from icp_monitor.sources.engine import Expression, TryCast
from icp_monitor.sources.lists import MEMBER, each, where

LARGEST_AMOUNT = 10**10
LARGEST_NUMBER = 1e15
LONGEST_TEXT = 4000
_LONGEST_DAY = 10  # characters; asking these for a time of day as well takes three times as long
_SPACES = " \t\r\n\u00a0"
_NOT_FINITE = r"(?i)[+-]?(nan|inf|infinity)"
_PLACES = 8
_AMOUNT = sa.Numeric(22, _PLACES)
_SHORT = 18  # digits that fit 64 bits: products of so many are read in a seventh of the time
_YES, _NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")


def cleaned(text: Expression, renames: dict[str, str], placeholders: Sequence[str]) -> Expression:
    """The text, renamed; NULL where it only says that there is no value.

    Comparisons one by one take two thirds of the time of a list, which the engine joins with as a table.
    """
    given = sa.case((sa.and_(*(text != word for word in dict.fromkeys((*placeholders, "")))), text))
    return sa.func.coalesce(sa.case(renames, value=text, else_=sa.null()), given) if renames else given


def as_text(text: Expression) -> Expression:
    """The text itself; NULL where it is too long for a name or holds a NUL byte, which no database stores as text."""
    storable = sa.and_(sa.func.length(text) <= LONGEST_TEXT, ~sa.func.contains(text, sa.func.chr(0)))
    return sa.case((storable, text))


def as_day(text: Expression, formats: Sequence[str], moments: str | None) -> Expression:
    """The business day in the first format that fits.

    The engine keeps business time, to which a moment with an offset is taken. One without is business time already, or
    that of the zone ``moments``.
    """
    zoneless = [] if moments is None else [written for written in formats if _is_zoneless_moment(written)]
    days = [sa.cast(_parsed(text, [written for written in formats if written not in zoneless]), sa.Date)]
    if zoneless:
        days.append(sa.cast(sa.func.timezone(moments, _parsed(text, zoneless)), sa.Date))
    plain = [written for written in formats if "%H" not in written]
    if plain:
        short = sa.case((sa.func.length(text) <= _LONGEST_DAY, text))
        days.insert(0, sa.cast(_parsed(short, plain), sa.Date))
    return sa.func.coalesce(*days)


def as_flag(text: Expression) -> Expression:
    """True or false as the usual words say it; NULL for any other text."""
    word = sa.func.lower(text)
    return sa.case(dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False), value=word)


def looks_numeric(text: Expression, column: Column) -> Expression:
    """Whether the text is a decimal number in the column's notation, without grouping marks."""
    mark = "," if column.decimal == "," else r"\."
    return sa.func.regexp_full_match(text, rf"[+-]?([0-9]+{mark}?[0-9]*|{mark}[0-9]+)([eE][+-]?[0-9]{{1,4}})?")


def looks_infinite(text: Expression) -> Expression:
    """Whether the text spells a number that isn't finite."""
    return sa.func.regexp_full_match(text, _NOT_FINITE)


def as_number(text: Expression, column: Column) -> Expression:
    """The number, in whole units; NULL beyond ``LARGEST_NUMBER``, where it would swallow any sum."""
    number = TryCast(sa.case((looks_numeric(text, column), _with_point(text, column))), sa.Double)
    scaled = number if column.divide_by == 1 else number / sa.literal(column.divide_by, sa.Double)
    return sa.case((sa.func.abs(scaled) <= LARGEST_NUMBER, scaled))


def as_minor_units(text: Expression, column: Column) -> Expression:
    """The amount in hundredths, halves rounded away from zero, without passing through binary fractions.

    NULL where the text is no number, or has 15 or more digits before its decimal mark.
    """
    digits = sa.case((looks_numeric(text, column), _with_point(text, column)))
    factor = Context(prec=16).divide(Decimal(MINOR_UNITS), Decimal(repr(column.divide_by)))
    room = _SHORT - _width(factor)
    decimals = [_AMOUNT] if room <= _PLACES else [sa.Numeric(room, _PLACES), _AMOUNT]
    amounts = (TryCast(digits, decimal) * sa.literal(factor) for decimal in decimals)
    return sa.func.coalesce(*(TryCast(sa.func.round(amount), sa.BigInteger) for amount in amounts))


def in_range(amount: Expression) -> Expression:
    """The amount in hundredths where some deal could be worth as much; else NULL."""
    return sa.case((sa.func.abs(amount) <= LARGEST_AMOUNT * MINOR_UNITS, amount))


def as_members(text: Expression, column: Column) -> Expression:
    """The members of a set, trimmed, renamed, unique and in order, as ``|a|b|``; NULL where one holds a ``|``."""
    members = each(sa.func.string_split(as_text(text), column.separator), sa.func.trim(MEMBER, _SPACES))
    if column.values:
        members = each(members, sa.case(column.values, value=MEMBER, else_=MEMBER))
    present = where(members, MEMBER != "")
    joined = sa.func.nullif(sa.func.array_to_string(sa.func.list_sort(sa.func.list_distinct(present)), "|"), "")
    has_bar = sa.func.contains(sa.func.array_to_string(present, ""), "|")
    return sa.case((~has_bar, sa.literal("|").concat(joined).concat("|")))


def _width(number: Decimal) -> int:
    """How many digits the engine takes for a number, at most."""
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    return max(len(digits) + max(exponent, 0), -exponent) + 1


def _parsed(text: Expression, formats: Sequence[str]) -> Expression:
    return sa.func.try_strptime(text, sa.literal(list(formats), sa.ARRAY(sa.Text)))


def _is_zoneless_moment(written: str) -> bool:
    return "%H" in written and "%z" not in written


def _with_point(text: Expression, column: Column) -> Expression:
    return text if column.decimal == "." else sa.func.replace(text, ",", ".")
