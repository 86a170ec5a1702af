"""Accounts: one record for each company, with the profile's attributes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from icp_monitor.config.canonical import CANONICAL_COLUMNS, FLAGS, REQUIRED_COLUMNS
from icp_monitor.config.matching import AnyAttribute, SetAttribute
from icp_monitor.sources.cells import Cells, Row
from icp_monitor.sources.engine import Expression
from icp_monitor.sources.rules import EARLIEST_DAY, TEXT_CURE, Rule, day_rules, ignored, key_rules

_FIXED = CANONICAL_COLUMNS["accounts"]
_TEXT = ("name", "parent_id", "crm_tier", "merged_into")
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
        """Each column in its type."""
        return {
            "account_id": cells.text("account_id"),
            **{name: cells.text(name) for name in _TEXT},
            "created_on": cells.day("created_on"),
            "has_left": cells.flag("has_left"),
            **{attribute.id: attribute_value(cells, attribute, attribute.id) for attribute in self.attributes},
        }

    def rules(self, row: Row) -> list[Rule]:
        """The creation date may be missing, but not wrong."""
        return [
            *key_rules(row, "account_id"),
            *day_rules(row, "created_on", self.last_day, self.formats),
            *ignored(row, TEXT_CURE, *_TEXT),
            *ignored(row, "write true or false, or rename it under values", "has_left"),
            *(rule for item in self.attributes for rule in attribute_rules(row, item)),
        ]

    def columns(self, row: Row) -> dict[str, Expression]:
        """An account without a creation date has always been there."""
        return {
            **{name: row[name] for name in self.names if name not in FLAGS},
            "fact_on": sa.func.coalesce(row["created_on"], EARLIEST_DAY),
        }


def attribute_value(cells: Cells, attribute: AnyAttribute, column: str) -> Expression:
    """What the canonical ``column`` says of an attribute; codes stay text, so that their leading zeros do."""
    if isinstance(attribute, SetAttribute):
        return cells.members(column, attribute.absence_means)
    return cells.text(column) if attribute.type == "category" else cells.number(column)


def attribute_rules(row: Row, attribute: AnyAttribute) -> list[Rule]:
    """A value that can't be read is unknown."""
    return ignored(row, _CURES[attribute.type], attribute.id)
