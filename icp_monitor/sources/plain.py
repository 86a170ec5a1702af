"""Tables whose records are read value by value: leads, subscriptions, costs, activities and what enriches accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import sqlalchemy as sa

from icp_monitor.catalogue import Dataset, raw
from icp_monitor.catalogue.dataset import CLOCKS
from icp_monitor.catalogue.units import MINOR_UNITS
from icp_monitor.config.canonical import CANONICAL_COLUMNS, REQUIRED_COLUMNS
from icp_monitor.sources.cells import Cells, Row
from icp_monitor.sources.engine import Expression, TryCast
from icp_monitor.sources.rules import AMOUNT_CURE, TEXT_CURE, Rule, day_rules, ignored, key_rules, missing
from icp_monitor.sources.values import LARGEST_AMOUNT, in_range

Kind = Literal["text", "day", "planned day", "month", "amount", "number", "share", "flag", "currency", "purpose"]
PURPOSES = ("acquisition", "delivery", "service", "fixed")  # fixed: what no customer or segment causes
_NUMBER_CURE = "write a plain number in the column's notation, or set decimal"


FACT_ON: Mapping[str, str] = {
    "leads": "created_on",
    "subscriptions": "started_on",
    "revenue": "month",
    "costs": "month",
    "activities": "occurred_on",
    "technologies": "detected_on",
    "intent": "observed_on",
    "usage": "used_on",
    "ratings": "rated_on",
}
_KINDS_BY_NAME: Mapping[str, Kind] = {
    "month": "month",
    "currency": "currency",
    "purpose": "purpose",
    "confidence": "share",
    "started_on": "planned day",
    "ended_on": "planned day",
}
_KINDS_BY_TYPE: Mapping[str, Kind] = {
    "TEXT": "text",
    "DATE": "day",
    "BIGINT": "amount",
    "DOUBLE": "number",
    "BOOLEAN": "flag",
}
_CANONICAL = {"mrr_minor": "monthly_amount", "amount_minor": "amount"}


@dataclass(frozen=True)
class Layout:
    """What a table stores: the kind of each column by its stored name, the key, and the day of the fact."""

    kinds: Mapping[str, Kind]
    key: tuple[str, ...]
    fact_on: str

    def canonical(self, stored: str) -> str:
        """The canonical column behind a stored one."""
        return _CANONICAL.get(stored, stored)


def _layout(dataset: Dataset, fact_on: str) -> Layout:
    stored = (column for column in dataset.table.columns if column.name not in CLOCKS)
    kinds = {column.name: _KINDS_BY_NAME.get(column.name, _KINDS_BY_TYPE[str(column.type)]) for column in stored}
    return Layout(kinds, dataset.key, fact_on)


LAYOUTS: Mapping[str, Layout] = {
    name: _layout(getattr(raw, f"raw_{name}")(sa.MetaData()), fact_on) for name, fact_on in FACT_ON.items()
}


@dataclass(frozen=True)
class PlainTable:
    """One of the tables in ``LAYOUTS``, in amounts of ``currency`` unless the record says otherwise."""

    name: str
    currency: str
    formats: tuple[str, ...]
    last_day: date

    sets = frozenset[str]()

    @property
    def layout(self) -> Layout:
        """What is stored."""
        return LAYOUTS[self.name]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that make a row unique."""
        return self.layout.key

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical columns."""
        return CANONICAL_COLUMNS[self.name]

    @property
    def required(self) -> tuple[str, ...]:
        """The canonical columns that must be mapped."""
        return REQUIRED_COLUMNS[self.name]

    def values(self, cells: Cells) -> dict[str, Expression]:
        """Each canonical column in its type."""
        return {
            self.layout.canonical(stored): _value(cells, self.layout.canonical(stored), kind, self.currency)
            for stored, kind in self.layout.kinds.items()
        }

    def rules(self, row: Row) -> list[Rule]:
        """What is required must be there and readable; the rest is ignored where it can't be read, but for dates."""
        return [
            *key_rules(row, self.key[0]),
            *(
                rule
                for stored, kind in self.layout.kinds.items()
                if stored != self.key[0]
                for rule in self._rules_of(row, self.layout.canonical(stored), kind)
            ),
        ]

    def columns(self, row: Row) -> dict[str, Expression]:
        """Amounts in minor units; a part of the key that isn't given is an empty text."""
        stored = {name: _stored(row[self.layout.canonical(name)], kind) for name, kind in self.layout.kinds.items()}
        keyed = {name: sa.func.coalesce(stored[name], "") for name in self.key if self.layout.kinds[name] == "text"}
        return {**stored, **keyed, "fact_on": row[self.layout.fact_on]}

    def _rules_of(self, row: Row, name: str, kind: Kind) -> list[Rule]:
        is_required = name in self.required
        needed = [missing(row, f"missing {name}", name, "fill it in")] if is_required else []
        if kind in ("day", "month"):
            return [*needed, *day_rules(row, name, self.last_day, self.formats)]
        if kind == "planned day":
            return [*needed, *day_rules(row, name, date.max, self.formats)]
        if kind == "purpose":
            cure = f"write {', '.join(PURPOSES)}, or rename it under values"
            return [*needed, Rule("unknown purpose", name, row.unreadable(name), cure)]
        if kind == "amount":
            large = f"correct it: no amount is above {LARGEST_AMOUNT:,}"
            beyond = sa.func.abs(row[name]) > LARGEST_AMOUNT * MINOR_UNITS
            unreadable = Rule("amount is not a number", name, row.unreadable(name), AMOUNT_CURE)
            return [*needed, unreadable, Rule("amount too large", name, beyond, large)]
        cure = TEXT_CURE if kind == "text" else _NUMBER_CURE
        if is_required:
            return [*needed, Rule(f"unreadable {name}", name, row.unreadable(name), cure)]
        return ignored(row, cure, name)


def _value(cells: Cells, name: str, kind: Kind, currency: str) -> Expression:
    number, word = cells.number(name), sa.func.lower(cells.text(name))
    values: Mapping[Kind, Expression] = {
        "text": cells.text(name),
        "day": cells.day(name),
        "planned day": cells.day(name),
        "month": sa.cast(sa.func.date_trunc("month", cells.day(name)), sa.Date),
        "amount": cells.minor_units(name),
        "number": number,
        "share": sa.case((number.between(0, 1), number)),
        "flag": cells.flag(name),
        "currency": cells.currency(name, currency),
        "purpose": sa.case((word.in_(PURPOSES), word)),
    }
    return values[kind]


def _stored(value: Expression, kind: Kind) -> Expression:
    return TryCast(in_range(value), sa.BigInteger) if kind == "amount" else value
