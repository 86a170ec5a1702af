"""What the best customers have in common is found, and what chance gives them is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from icp_monitor.metrics.best_customers import best_customers
from icp_monitor.reports.assembly.best import best_of

LEVEL, FDR = 0.90, 0.10


def counts(traits: dict[str, list[str]], worth: list[float]) -> pd.DataFrame:
    """Customers of one year by the values of their attributes."""
    order = np.argsort(np.argsort(-np.asarray(worth)))
    frame = pd.DataFrame({**traits, "n_decile": order < len(worth) // 10, "n_quartile": order < len(worth) // 4})
    parts = [
        frame.groupby(name, as_index=False)[["n_decile", "n_quartile"]]
        .sum()
        .rename(columns={name: "value"})
        .assign(attribute=name, n=frame.groupby(name).size().to_numpy())
        for name in traits
    ]
    return pd.concat(parts, ignore_index=True)


def company(seed: int, n: int = 600, effect: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    industry = rng.choice(["fintech", "health", "retail", "unknown"], n)
    stack = rng.choice(["snowflake", "none of the listed"], n)
    worth = rng.lognormal(0, 1, n) * np.exp(effect * (industry == "fintech"))
    return counts({"industry": industry.tolist(), "core_stack": stack.tolist()}, worth.tolist())


def test_a_value_that_makes_customers_worth_more_is_found_and_no_other() -> None:
    found = best_of(company(1, effect=1.5), None, LEVEL, FDR)
    assert found is not None
    assert (found.part, found.n, found.of) == (10, 60, 600)
    first, *others = found.traits
    assert (first.attribute, first.value, first.credible) == ("industry", "fintech", True)
    assert first.low is not None
    assert first.low > 1
    assert not any(trait.credible and (trait.lift or 1) > 1 for trait in others)
    assert all(trait.value != "unknown" for trait in found.traits)


def test_without_any_difference_hardly_anything_is_called_credible() -> None:
    found = [best_of(company(seed), None, LEVEL, FDR) for seed in range(100)]
    assert sum(any(trait.credible for trait in item.traits) for item in found if item) <= 16


def test_below_two_hundred_customers_the_best_quarter_counts_and_below_eighty_none() -> None:
    quarter = best_customers(company(3, n=120), LEVEL)
    assert quarter is not None
    assert (quarter.part, quarter.best) == (4, 30)
    assert best_customers(company(3, n=60), LEVEL) is None
    assert best_of(None, None, LEVEL, FDR) is None


def test_the_lift_is_the_share_of_the_best_by_that_of_all_and_deals_not_won_stand_beside() -> None:
    rows = company(4, effect=1.0)
    deals = pd.DataFrame(
        [("industry", "fintech", 100, 60), ("industry", "retail", 200, 40)],
        columns=["attribute", "value", "n", "n_won"],
    )
    found = best_of(rows, deals, LEVEL, FDR)
    assert found is not None
    fintech = next(trait for trait in found.traits if trait.value == "fintech")
    assert fintech.lift == pytest.approx(fintech.of_best / fintech.of_all)
    assert fintech.of_not_won == pytest.approx(40 / 200)
