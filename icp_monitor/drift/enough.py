"""Whether there are enough deals to judge a unit at all, and how many are missing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from icp_monitor.config.icp import TIERS, MinEvidence
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.mix import counts_of
from icp_monitor.drift.obstacles import Obstacle
from icp_monitor.drift.phrases import tier_name
from icp_monitor.drift.score_power import scored_deals
from icp_monitor.drift.verdict import Needs, Unit
from icp_monitor.metrics.amounts import won_amounts
from icp_monitor.metrics.life_table import life_table

FEWEST_AMOUNTS = 2


@dataclass(frozen=True)
class Requirement:
    """How many of something both cohorts must have; ``current`` may be an expectation."""

    what: str
    needed: int
    baseline: float
    current: float

    def opportunities(self, n: int) -> int | None:
        """How many more opportunities bring what is missing, at the present yield; None without any yield."""
        if self.current <= 0:
            return None
        return math.ceil((self.needed - self.current) * n / self.current)


def too_few(unit: Unit, baseline: Cohort, current: Cohort, evidence: MinEvidence) -> Obstacle | None:
    """The requirements that the cohorts miss. What the baseline misses, no further deal can bring."""
    return lacking_of(tuple(_requirements(unit, baseline, current, evidence)), current)


def lacking_of(requirements: Sequence[Requirement], current: Cohort) -> Obstacle | None:
    """What is missing of the requirements, and how many more of ``current``'s deals would bring it."""
    lacking = [item for item in requirements if item.current < item.needed]
    frozen = [item for item in requirements if item.baseline < item.needed]
    if not lacking and not frozen:
        return None
    reasons = (
        *(f"{item.current:.0f} {item.what}, {item.needed} are needed" for item in lacking),
        *(f"the baseline has {item.baseline:.0f} {item.what}, {item.needed} are needed" for item in frozen),
    )
    more = [item.opportunities(current.n) for item in lacking]
    if frozen or None in more:
        return Obstacle("insufficient_evidence", reasons)
    return Obstacle("insufficient_evidence", reasons, needs_of(max(number for number in more if number), current))


def needs_of(opportunities: int, current: Cohort) -> Needs:
    """So many more opportunities, and the weeks in which they come at the current pace."""
    weeks = math.ceil(opportunities / current.per_week) if current.n else None
    return Needs(opportunities=opportunities, weeks=weeks)


def _requirements(unit: Unit, baseline: Cohort, current: Cohort, evidence: MinEvidence) -> Iterator[Requirement]:
    if unit.is_mix:
        sizes = (sum(counts_of(unit, cohort).values()) for cohort in (baseline, current))
        yield Requirement("deals", evidence.matured_opps, *sizes)
        return
    if unit.metric in ("retention", "ltv", "cac"):
        seen = (_seen(unit, cohort) for cohort in (baseline, current))
        what = "new customers" if unit.metric == "cac" else "customer-months"
        yield Requirement(what, evidence.matured_opps, *seen)
        return
    before, after = (life_table(cohort.cells, cohort.horizon_days) for cohort in (baseline, current))
    yield Requirement("deals with a known outcome", evidence.matured_opps, before.known, after.known)
    if unit.metric in ("win_rate", "attribute_power"):
        wins = float(before.won.sum())
        expected = wins / max(before.known, 1) * after.known
        yield Requirement("wins", evidence.wins, wins, max(float(after.won.sum()), expected))
    elif unit.metric == "acv":
        found = (won_amounts(cohort.cells, cohort.horizon_days) for cohort in (baseline, current))
        counts = (moments.n if moments else 0 for moments in found)
        yield Requirement("wins with an amount", max(evidence.wins, FEWEST_AMOUNTS), *counts)
    elif unit.metric == "score_power":
        before_both, after_both = scored_deals(baseline), scored_deals(current)
        for index, what in enumerate(("wins with a score", "losses with a score")):
            yield Requirement(what, evidence.wins, before_both[index], after_both[index])
    elif unit.metric == "tier_order":
        for tier in (TIERS[0], TIERS[-1]):
            counts = (int(cohort.counts_by("tier").get(tier, 0)) for cohort in (baseline, current))
            yield Requirement(f"deals in {tier_name(tier)}", evidence.matured_opps, *counts)


def _seen(unit: Unit, cohort: Cohort) -> int:
    """The customers, or their months, that a unit about customers is made of."""
    table, column = (cohort.costs, "customers") if unit.metric == "cac" else (cohort.subscriptions, "at_risk")
    return 0 if table is None else int(table[column].sum())
