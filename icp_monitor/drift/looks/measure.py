"""How large each unit's change is: the weeks of a look against the baseline's, by the methods of a validation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.attribute_power import compare_attribute_power
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.cycle import change_of_cycle
from icp_monitor.drift.design_effect import DesignEffect
from icp_monitor.drift.lives import Lives
from icp_monitor.drift.looks.amounts import compare_amounts_of_weeks, running_amounts
from icp_monitor.drift.looks.census import Census, census_of
from icp_monitor.drift.looks.customers import customer_months
from icp_monitor.drift.looks.decided import Deals, deals_of
from icp_monitor.drift.looks.lives import lives_of_weeks
from icp_monitor.drift.looks.running import Running
from icp_monitor.drift.mix import compare_mix
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.retention import compare_retention
from icp_monitor.drift.score_power import compare_score_power
from icp_monitor.drift.sequential.clustering import design_effects
from icp_monitor.drift.strata import keys_of
from icp_monitor.drift.verdict import Unit
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.drift.win_rate import change_of_win_rate
from icp_monitor.metrics.life_table import Floats


@dataclass(frozen=True, eq=False)
class Measures:
    """What many units and looks have in common is worked out once."""

    tables: WeeklyTables
    plan: Plan
    won_amounts_only: bool = False

    def change(self, unit: Unit, weeks: range) -> Comparison:
        """What changed of the unit between the baseline and ``weeks``; nothing is judged.

        Win rate and cycle are read off calendar life tables, score and attributes off the deals decided, amounts off
        those of them that have one, and mixes off the deals created.
        """
        match unit.metric:
            case "win_rate":
                return change_of_win_rate(self._lives(unit, weeks), self.plan, self._clustered(unit.segment))
            case "cycle":
                return change_of_cycle(self._lives(unit, weeks), self.plan)
            case "acv":
                stretches, clustered = (self._baseline, weeks), self._clustered(unit.segment)
                return compare_amounts_of_weeks(self._amounts, unit.segment, stretches, self.plan, clustered)
            case "score_power":
                return compare_score_power(*self.decided(unit, weeks), keys_of(unit.segment), self.plan)
            case "attribute_power" | "retention":
                both, name = self.decided(unit, weeks), unit.attribute
                return compare_attribute_power(*both, name, self.plan) if name else compare_retention(*both, self.plan)
        before, after = (self._deals.created_by(unit.attribute, stretch) for stretch in (self._baseline, weeks))
        return compare_mix(before, after, self.plan)

    def decided(self, unit: Unit, weeks: range) -> tuple[Cohort, Cohort]:
        """The unit's deals that were decided in the baseline and in ``weeks``; its customers where it is about them."""
        stretches, customers = (self._baseline, weeks), self.tables.customers
        before, after = (self._deals.decided_in(unit.segment, stretch) for stretch in stretches)
        if unit.metric != "retention" or customers is None:
            return before, after
        was, now = (customer_months(customers, unit.segment, stretch) for stretch in stretches)
        return replace(before, subscriptions=was), replace(after, subscriptions=now)

    def between(self, before: range, after: range) -> Comparison:
        """How the company's win rate changed between two stretches of weeks, of which none need be the baseline's."""
        lives = lives_of_weeks(self._census, COMPANY, before, after)
        return change_of_win_rate(lives, self.plan, self._clustered(COMPANY))

    def decided_in(self, weeks: range) -> Cohort:
        """The company's deals that were decided in some weeks."""
        return self._deals.decided_in(COMPANY, weeks)

    def _lives(self, unit: Unit, weeks: range) -> Lives:
        return lives_of_weeks(self._census, unit.segment, self._baseline, weeks)

    def _clustered(self, segment: str) -> DesignEffect:
        """As in the baseline: accounts are met no more often in a shorter stretch, so that this is on the safe side."""
        effects = self._design_effects
        places = range(len(effects)) if segment == COMPANY else [self.tables.segments.index(segment)]
        largest = max(float(effects[place]) for place in places)
        return DesignEffect(largest, largest)

    @cached_property
    def _design_effects(self) -> Floats:
        return design_effects(self.tables.accounts, self.tables.segments)

    @cached_property
    def _census(self) -> Census:
        return census_of(self.tables, self.plan.horizon_days)

    @cached_property
    def _deals(self) -> Deals:
        return deals_of(self.tables, self.plan.horizon_days)

    @cached_property
    def _amounts(self) -> Running:
        return running_amounts(self.tables, won_only=self.won_amounts_only)

    @property
    def _baseline(self) -> range:
        return range(self.tables.baseline_weeks)
