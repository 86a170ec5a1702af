"""Win-loss records: why a deal was won or lost, in whose words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import get_args

import sqlalchemy as sa

from icp_monitor.config.canonical import CANONICAL_COLUMNS, FLAGS, REQUIRED_COLUMNS
from icp_monitor.config.sources import Origin
from icp_monitor.sources.cells import Cells, Row
from icp_monitor.sources.engine import Expression
from icp_monitor.sources.rules import TEXT_CURE, Rule, day_rules, ignored, key_rules
from icp_monitor.sources.stages import CLOSED, Stages

_ORIGIN_CURE = f"say whose words they are: {', '.join(get_args(Origin))}; map other words under values"
_DEALS = sa.table(
    "raw_opportunities",
    sa.column("opportunity_id", sa.Text),
    sa.column("created_on", sa.Date),
    sa.column("closed_on", sa.Date),
)


@dataclass(frozen=True)
class WinLoss:
    """Win-loss records; ``has_deals``: the same source gives the deals, whose dates stand in for a missing one."""

    stages: Stages
    formats: tuple[str, ...]
    last_day: date
    has_deals: bool

    name = "win_loss"
    key = ("opportunity_id", "origin")
    names = CANONICAL_COLUMNS["win_loss"]
    sets = frozenset[str]()

    @property
    def required(self) -> tuple[str, ...]:
        """Without the deals themselves, when it was said."""
        needed = REQUIRED_COLUMNS["win_loss"]
        return needed if self.has_deals else (*needed, "recorded_on")

    def values(self, cells: Cells) -> dict[str, Expression]:
        """A CRM that doesn't say whose words it holds has the rep's; an outcome may be written as a stage."""
        origin, outcome = sa.func.lower(cells.text("origin")), cells.text("outcome")
        sorted_outcome = sa.func.coalesce(self.stages.outcome_of(outcome), sa.func.lower(outcome))
        return {
            "opportunity_id": cells.text("opportunity_id"),
            "origin": sa.case((cells.is_missing("origin"), "rep"), (origin.in_(get_args(Origin)), origin)),
            "outcome": sa.case((sorted_outcome.in_(CLOSED), sorted_outcome)),
            "reason": cells.text("reason"),
            "competitor": cells.text("competitor"),
            "recorded_on": cells.day("recorded_on"),
            "dealt_on": self._dealt_on(cells.text("opportunity_id")),
        }

    def rules(self, row: Row) -> list[Rule]:
        """The day must be known from somewhere; the rest may be missing."""
        undated = sa.and_(~row.given("recorded_on"), row["dealt_on"].is_(None))
        return [
            *key_rules(row, "opportunity_id"),
            Rule("unknown origin", "origin", row.unreadable("origin"), _ORIGIN_CURE),
            Rule("missing date", "recorded_on", undated, "fill it in, or give the deal among the opportunities"),
            *day_rules(row, "recorded_on", self.last_day, self.formats),
            *ignored(row, "use a stage name that is sorted under stages, or won, lost, no_decision", "outcome"),
            *ignored(row, TEXT_CURE, "reason", "competitor"),
        ]

    def columns(self, row: Row) -> dict[str, Expression]:
        """Without a day of its own a record counts from the day on which its deal was closed, or else created."""
        fact_on = sa.func.coalesce(row["recorded_on"], row["dealt_on"])
        return {name: row[name] for name in self.names if name not in FLAGS} | {"fact_on": fact_on}

    def _dealt_on(self, opportunity_id: Expression) -> Expression:
        if not self.has_deals:
            return sa.cast(sa.null(), sa.Date)
        day = sa.func.coalesce(_DEALS.c.closed_on, _DEALS.c.created_on)
        return sa.select(day).where(_DEALS.c.opportunity_id == opportunity_id).scalar_subquery()
