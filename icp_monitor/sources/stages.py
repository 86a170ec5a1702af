"""Which outcome does a source's stage name stand for?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from icp_monitor.config.sources import EarlierStages, Outcome
from icp_monitor.sources.cells import Row
from icp_monitor.sources.engine import Expression
from icp_monitor.sources.rules import Rule, missing

CLOSED = ("won", "lost", "no_decision")
_CLOSE_ENOUGH = 0.8


@dataclass(frozen=True)
class Stages:
    """A source's stage names, sorted by outcome; upper and lower case don't matter.

    ``earlier`` are those of the time before they were redefined, the oldest first.
    """

    by_outcome: Mapping[Outcome, tuple[str, ...]]
    earlier: tuple[EarlierStages, ...] = ()

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome of each stage name in lower case."""
        return _outcomes(self.by_outcome)

    def outcome_of(self, stage: Expression, on: Expression | None = None) -> Expression:
        """The outcome, NULL for a name that isn't sorted; with ``on``, as the names were understood on that day."""
        now = _sorted_by(self.outcomes, stage)
        if on is None or not self.earlier:
            return now
        then = [
            (on < item.until, sa.func.coalesce(_sorted_by(_outcomes(item.stages), stage), now)) for item in self.earlier
        ]
        return sa.case(*then, else_=now)

    def _cure_for(self, stage: Expression) -> Expression:
        """Advice on a name that isn't sorted: the nearest one that is, if any is near."""
        unsorted = "sort it under stages: open, won, lost or no_decision"
        names = [name.strip() for names in self.by_outcome.values() for name in names]
        if not names:
            return sa.literal(unsorted, sa.Text)
        likeness = [sa.func.jaro_winkler_similarity(sa.func.lower(stage), name.lower()) for name in names]
        nearest = sa.func.greatest(*likeness, _CLOSE_ENOUGH)
        advice = [
            (like == nearest, f"did you mean {name}? If not, sort it under stages")
            for like, name in zip(likeness, names, strict=True)
        ]
        return sa.case(*advice, else_=unsorted)

    def rules(self, row: Row) -> list[Rule]:
        """A record whose stage isn't sorted has no outcome."""
        unknown = sa.and_(row.given("stage"), row["outcome"].is_(None))
        empty = "fill it in; a stage that is called like a placeholder must be taken off placeholders"
        return [
            missing(row, "missing stage", "stage", empty),
            Rule("unknown stage", "stage", unknown, self._cure_for(row["stage"])),
        ]


def _outcomes(by_outcome: Mapping[Outcome, tuple[str, ...]]) -> dict[str, str]:
    return {name.strip().lower(): outcome for outcome, names in by_outcome.items() for name in names}


def _sorted_by(outcomes: Mapping[str, str], stage: Expression) -> Expression:
    if not outcomes:
        return sa.cast(sa.null(), sa.Text)
    return sa.case(dict(outcomes), value=sa.func.lower(stage), else_=sa.null())
