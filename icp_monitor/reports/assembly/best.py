"""What the best customers have in common, beside all customers and the deals that were not won."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from icp_monitor.drift.family import q_values, survives
from icp_monitor.metrics.best_customers import Trait, best_customers
from icp_monitor.metrics.deals import UNKNOWN
from icp_monitor.reports.economics import Best, BestTrait

MOST = 10


def best_of(counts: pd.DataFrame | None, deals: pd.DataFrame | None, level: float, fdr: float) -> Best | None:
    """The values whose share among the best is farthest from that among all, the credible ones first.

    ``deals`` are the rows of ``attribute_distributions``. None where there are too few customers.
    """
    found = None if counts is None else best_customers(counts, level)
    if found is None:
        return None
    known = [trait for trait in found.traits if trait.value != UNKNOWN]
    adjusted = q_values([trait.p_value for trait in known])
    credible = {trait: survives(q_value, fdr) for trait, q_value in zip(known, adjusted, strict=True)}
    ranked = sorted(known, key=lambda trait: (not credible[trait], trait.p_value, trait.attribute, trait.value))
    not_won = {} if deals is None else _not_won(deals)
    traits = (_row(trait, found.best, found.customers, not_won, credible[trait]) for trait in ranked[:MOST])
    return Best(found.part, found.best, found.customers, tuple(traits))


def _row(
    trait: Trait, best: int, customers: int, not_won: Mapping[tuple[str, str], float], credible: bool
) -> BestTrait:
    lift = trait.lift
    return BestTrait(
        attribute=trait.attribute,
        value=trait.value,
        n_best=trait.n_best,
        of_best=trait.n_best / best,
        of_all=trait.n / customers,
        of_not_won=not_won.get((trait.attribute, trait.value)),
        lift=lift.value if lift else None,
        low=lift.low if lift else None,
        high=lift.high if lift else None,
        credible=credible,
    )


def _not_won(deals: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Each value's share of the deals that were not won within the horizon."""
    lost = deals.assign(n=deals["n"] - deals["n_won"]).groupby(["attribute", "value"], as_index=False)["n"].sum()
    share = lost["n"] / lost.groupby("attribute")["n"].transform("sum").clip(lower=1)
    return dict(zip(zip(lost["attribute"], lost["value"], strict=True), share.tolist(), strict=True))
