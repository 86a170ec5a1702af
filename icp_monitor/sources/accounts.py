"""Accounts: one record for each company, with the profile's attributes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from icp_monitor.config.matching import AnyAttribute, SetAttribute
from icp_monitor.config.sources import CANONICAL_COLUMNS, REQUIRED_COLUMNS
from icp_monitor.sources.cells import Cells, Row
from icp_monitor.sources.engine import Expression
from icp_monitor.sources.rules import EARLIEST_DAY, TEXT_CURE, Rule, day_rules, ignored, key_rules

_FIXED = CANONICAL_COLUMNS["accounts"]
_CURES = {
    "category": TEXT_CURE,
    "number": "write a plain number in the column's notation, or set decimal",
    "ordinal": "write a plain number, or map words to levels under values",
    "set": "a member can't hold the character |; set separator if it separates the members",
}


@dataclass(frozen=True)
class Accounts:
    """Accounts with these attributes; an attribute that can't be read is missing, the account stays."""

    attributes: tuple[AnyAttribute, ...]
    formats: tuple[str, ...]
    last_day: date

    name = "accounts"
    key = ("account_id",)
    required = REQUIRED_COLUMNS["accounts"]

    @property
    def names(self) -> tuple[str, ...]:
        """The fixed columns and one for each attribute."""
        return (*_FIXED, *(attribute.id for attribute in self.attributes))

    @property
    def sets(self) -> frozenset[str]:
        """The attributes that hold several values at once."""
        return frozenset(attribute.id for attribute in self.attributes if attribute.type == "set")

    def values(self, cells: Cells) -> dict[str, Expression]:
        """Codes stay text, so that their leading zeros do."""
        return {
            "account_id": cells.text("account_id"),
            "name": cells.text("name"),
            "parent_id": cells.text("parent_id"),
            "created_on": cells.day("created_on"),
            **{attribute.id: _value(cells, attribute) for attribute in self.attributes},
        }

    def rules(self, row: Row) -> list[Rule]:
        """The creation date may be missing, but not wrong."""
        return [
            *key_rules(row, "account_id"),
            *day_rules(row, "created_on", self.last_day, self.formats),
            *ignored(row, TEXT_CURE, "name", "parent_id"),
            *(rule for item in self.attributes for rule in ignored(row, _CURES[item.type], item.id)),
        ]

    def columns(self, row: Row) -> dict[str, Expression]:
        """An account without a creation date has always been there."""
        return {
            **{name: row[name] for name in self.names},
            "fact_on": sa.func.coalesce(row["created_on"], EARLIEST_DAY),
        }


def _value(cells: Cells, attribute: AnyAttribute) -> Expression:
    if isinstance(attribute, SetAttribute):
        return cells.members(attribute)
    return cells.text(attribute.id) if attribute.type == "category" else cells.number(attribute.id)
