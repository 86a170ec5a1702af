"""Stage events: when a deal entered which stage, from the source's own history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from icp_monitor.config.canonical import CANONICAL_COLUMNS, REQUIRED_COLUMNS
from icp_monitor.sources.cells import Cells, Row
from icp_monitor.sources.engine import Expression, TryCast
from icp_monitor.sources.rules import AMOUNT_CURE, Rule, day_rules, ignored, key_rules, missing
from icp_monitor.sources.stages import Stages
from icp_monitor.sources.values import in_range

MOMENT = "record:moment"


@dataclass(frozen=True)
class StageEvents:
    """Stage events of a source with these stages."""

    stages: Stages
    formats: tuple[str, ...]
    last_day: date

    name = "stage_events"
    key = ("opportunity_id", "entered_on", "stage")
    names = CANONICAL_COLUMNS["stage_events"]
    required = REQUIRED_COLUMNS["stage_events"]
    sets = frozenset[str]()

    def values(self, cells: Cells) -> dict[str, Expression]:
        """The outcome follows from the stage."""
        stage = cells.text("stage")
        return {
            "opportunity_id": cells.text("opportunity_id"),
            "entered_on": cells.day("entered_on"),
            "stage": stage,
            "outcome": self.stages.outcome_of(stage, cells.day("entered_on")),
            "amount": cells.minor_units("amount"),
        }

    def rules(self, row: Row) -> list[Rule]:
        """Every part of an event is needed."""
        return [
            *key_rules(row, "opportunity_id"),
            missing(row, "missing date", "entered_on", "fill in the day on which the stage was entered"),
            *day_rules(row, "entered_on", self.last_day, self.formats),
            *self.stages.rules(row),
            *ignored(row, AMOUNT_CURE, "amount"),
        ]

    def columns(self, row: Row) -> dict[str, Expression]:
        """An event was known when it happened. The moment as it is written orders the events of a day."""
        return {
            **{name: row[name] for name in (*self.key, "outcome")},
            MOMENT: row.text("entered_on"),
            "amount_minor": TryCast(in_range(row["amount"]), sa.BigInteger),
            "fact_on": row["entered_on"],
        }
