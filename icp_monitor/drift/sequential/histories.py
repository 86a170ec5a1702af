"""All that the weekly tables say of a company, in the form that each metric needs."""

from __future__ import annotations

from dataclasses import dataclass

from icp_monitor.drift.sequential.amounts import Residuals, amount_residuals
from icp_monitor.drift.sequential.clustering import design_effects
from icp_monitor.drift.sequential.deals import customers_of, deals_of
from icp_monitor.drift.sequential.outcomes import Outcomes, expected_outcomes
from icp_monitor.drift.sequential.power import AttributeOutcomes, attribute_outcomes
from icp_monitor.drift.sequential.resolutions import Resolutions, resolutions
from icp_monitor.drift.sequential.seasons import season_codes
from icp_monitor.drift.sequential.shares import Counts, created_counts
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.life_table import Floats


@dataclass(frozen=True, eq=False)
class History:
    """What happened, beside what the baseline expects; from it come the evidence and the replays."""

    segments: tuple[str, ...]
    outcomes: Outcomes
    amounts: Residuals
    resolutions: Resolutions
    created: tuple[Counts, ...]
    attributes: tuple[AttributeOutcomes, ...]
    design_effects: Floats  # by segment
    retention: Resolutions | None  # of customers: those who left, beside those expected to

    @property
    def design_effect(self) -> float:
        """The company's, where deals aren't told apart by segment."""
        return float(self.design_effects.mean())


def history_of(tables: WeeklyTables, *, won_amounts_only: bool = False) -> History:
    """The history that the tables hold."""
    deals, seasons = deals_of(tables), season_codes(tables)
    segments, customers = len(tables.segments), customers_of(tables)
    return History(
        segments=tables.segments,
        outcomes=expected_outcomes(deals, seasons, tables.baseline_weeks, segments),
        amounts=amount_residuals(tables, won_only=won_amounts_only),
        resolutions=resolutions(deals, seasons, tables.baseline_weeks, segments),
        created=created_counts(tables, deals),
        attributes=attribute_outcomes(tables, seasons),
        design_effects=design_effects(tables.accounts, tables.segments),
        retention=resolutions(customers, seasons, tables.baseline_weeks, segments) if customers else None,
    )
