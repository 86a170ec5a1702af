"""Opportunities: one record for each deal, sorted to an outcome by its stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from icp_monitor.catalogue.units import LOG_SCALE, MINOR_UNITS
from icp_monitor.config.canonical import CANONICAL_COLUMNS, REQUIRED_COLUMNS
from icp_monitor.sources.cells import Cells, Row
from icp_monitor.sources.engine import Expression, TryCast
from icp_monitor.sources.rules import AMOUNT_CURE, EARLIEST_DAY, TEXT_CURE, Rule, day_rules, ignored, key_rules
from icp_monitor.sources.stages import CLOSED, Stages
from icp_monitor.sources.values import LARGEST_AMOUNT

MONTHS = 12
LONGEST_TERM = 600
_TEXT = ("account_id", "owner_id", "type", "channel", "product", "merged_into")


@dataclass(frozen=True)
class Opportunities:
    """Opportunities of a source with these stages.

    ``has_events``: the source also maps stage events, which then say when a deal was closed.
    """

    stages: Stages
    currency: str
    formats: tuple[str, ...]
    last_day: date
    has_events: bool = False

    name = "opportunities"
    key = ("opportunity_id",)
    names = CANONICAL_COLUMNS["opportunities"]
    sets = frozenset[str]()

    @property
    def required(self) -> tuple[str, ...]:
        """What a cohort and its outcome are made of."""
        needed = REQUIRED_COLUMNS["opportunities"]
        return needed if self.has_events else (*needed, "closed_on")

    def values(self, cells: Cells) -> dict[str, Expression]:
        """``amount`` is in minor units and may still be out of range."""
        stage, closed_on = cells.text("stage"), cells.day("closed_on")
        return {
            **{name: cells.text(name) for name in ("opportunity_id", *_TEXT)},
            "stage": stage,
            "outcome": self.stages.outcome_of(stage, closed_on),
            "currency": cells.currency("currency", self.currency),
            "amount": cells.minor_units("amount"),
            "amount:numeric": cells.looks_numeric("amount"),
            "amount:infinite": cells.looks_infinite("amount"),
            "one_off": cells.minor_units("one_off"),
            "term_months": cells.number("term_months"),
            "created_on": cells.day("created_on"),
            "closed_on": closed_on,
        }

    def rules(self, row: Row) -> list[Rule]:
        """A decided deal without its created date belongs to no cohort; one that is open may still get it."""
        undated = sa.and_(row["outcome"].in_(CLOSED), ~row.given("created_on"))
        cure = "fill it in: a deal belongs to the quarter it was created in"
        return [
            *key_rules(row, "opportunity_id"),
            Rule("missing created date", "created_on", undated, cure),
            *day_rules(row, "created_on", self.last_day, self.formats),
            *self.stages.rules(row),
            *self._close_rules(row),
            *_amount_rules(row),
            *_term_rules(row),
            *ignored(row, TEXT_CURE, *_TEXT),
            *ignored(row, "write the currency's three letters (ISO 4217)", "currency"),
        ]

    def columns(self, row: Row) -> dict[str, Expression]:
        """An empty amount is unknown, and so is a 0 on a deal that wasn't won: nobody knows what it would have paid."""
        annual = _a_year(row)
        amount = sa.case((sa.or_(annual != 0, row["outcome"] == "won"), TryCast(annual, sa.BigInteger)))
        log = sa.func.ln(sa.cast(sa.case((annual > 0, annual)), sa.Double) / MINOR_UNITS)
        return {
            **{name: row[name] for name in ("opportunity_id", *_TEXT, "stage", "outcome", "currency")},
            "amount_minor": amount,
            "log_amount": sa.cast(sa.func.round(log * LOG_SCALE), sa.BigInteger),
            "log_amount_squared": sa.cast(sa.func.round(log * log * LOG_SCALE), sa.BigInteger),
            "created_on": row["created_on"],
            "closed_on": sa.case((row["outcome"].in_(CLOSED), self._closed_on(row))),
            "forecast_close_on": row["closed_on"],
            "fact_on": sa.func.coalesce(row["created_on"], EARLIEST_DAY),
        }

    def _closed_on(self, row: Row) -> Expression:
        """Where the stages say when a deal was closed, its close date may be a plan that lies before its creation."""
        is_early = sa.and_(row["closed_on"] < row["created_on"], sa.literal(self.has_events))
        return sa.case((is_early, row["created_on"]), else_=row["closed_on"])

    def _close_rules(self, row: Row) -> list[Rule]:
        """The close date of an open deal is a plan, and that of a closed one may still be: then it is no fault."""
        if self.has_events:
            return ignored(row, "write it in one of the table's date formats", "closed_on")
        closed = row["outcome"].in_(CLOSED)
        undated = sa.and_(closed, ~row.given("closed_on"))
        early = sa.and_(closed, row["closed_on"] < row["created_on"])
        return [
            *day_rules(row, "closed_on", self.last_day, self.formats, where=closed),
            Rule("closed without close date", "closed_on", undated, "fill in the day on which the deal was decided"),
            Rule("close before create", "closed_on", early, "a deal can't close before it is created: correct either"),
        ]


def _a_year(row: Row) -> Expression:
    """The contract's value a year, in minor units: without what is paid once, over its term where that is known."""
    recurring = row["amount"] - sa.func.coalesce(row["one_off"], 0)
    months = sa.func.nullif(sa.cast(row["term_months"], sa.Double), 0)
    yearly = sa.func.round(sa.cast(recurring, sa.Double) * MONTHS / months)
    return sa.case((row["term_months"].is_(None), recurring), else_=TryCast(yearly, sa.BigInteger))


def _term_rules(row: Row) -> list[Rule]:
    term, one_off = row["term_months"], row["one_off"]
    odd_term = sa.and_(row.given("term_months"), ~sa.func.coalesce(term.between(1, LONGEST_TERM), sa.false()))
    odd_part = sa.and_(row.given("one_off"), ~sa.func.coalesce(one_off.between(0, row["amount"]), sa.false()))
    months = f"write the contract's months, from 1 to {LONGEST_TERM}, or leave an unknown term empty"
    return [
        Rule("term is not a number of months", "term_months", odd_term, months),
        Rule("one-off part is not a part of the amount", "one_off", odd_part, "write what is paid once, or nothing"),
    ]


def _amount_rules(row: Row) -> list[Rule]:
    given, numeric, infinite = row.given("amount"), row["amount:numeric"], row["amount:infinite"]
    in_range = sa.func.coalesce(sa.func.abs(row["amount"]) <= LARGEST_AMOUNT * MINOR_UNITS, sa.false())
    large = f"correct it: no deal is worth more than {LARGEST_AMOUNT:,}"
    return [
        Rule("amount is not a number", "amount", sa.and_(given, ~numeric, ~infinite), AMOUNT_CURE),
        Rule("amount is not finite", "amount", sa.and_(given, infinite), "leave an unknown amount empty"),
        Rule("amount too large", "amount", sa.and_(given, numeric, ~in_range), large),
        Rule("negative amount", "amount", sa.and_(in_range, row["amount"] < 0), "correct the sign, or leave it empty"),
    ]
