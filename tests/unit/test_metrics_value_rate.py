"""The share of the money that was won, and when it can't be told."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from icp_monitor.metrics.intervals import normal_quantile
from icp_monitor.metrics.value_rate import value_rate


def closes(**outcomes: tuple[int, int, int, float]) -> pd.DataFrame:
    """Deals, deals with a value, the value of each, and the variance of the logarithms of their amounts, by outcome."""
    rows = []
    for outcome, (n, n_value, value, variance) in outcomes.items():
        mean = math.log(value)
        squares = n_value * mean**2 + variance * max(n_value - 1, 0)
        rows.append(
            {
                "outcome": outcome,
                "n": n,
                "n_value": n_value,
                "value_minor": n_value * value * 100,
                "n_amount": n_value,
                "amount_minor": n_value * value * 100,
                "log_amount": round(n_value * mean * 1e9),
                "log_amount_squared": round(squares * 1e9),
            }
        )
    return pd.DataFrame(rows)


def test_what_was_lost_to_nobody_is_lost_too() -> None:
    n, rate = value_rate(closes(won=(10, 10, 300, 0.0), lost=(10, 10, 500, 0.0), no_decision=(5, 5, 200, 0.0)), 0.90)
    assert n == 25
    assert rate is not None
    assert rate.value == pytest.approx(3_000 / 9_000)
    assert rate.low < rate.value < rate.high


def test_trap_5_11_missing_amounts_on_lost_deals_leave_the_count_alone_and_suppress_the_value() -> None:
    """Nobody fills in what a lost deal would have paid: a rate of the rest would be a rate of something else."""
    n, rate = value_rate(closes(won=(100, 100, 300, 0.3), lost=(100, 70, 300, 0.3)), 0.90)
    assert (n, rate) == (170, None)


@pytest.mark.parametrize("outcomes", [{}, {"won": (10, 10, 300, 0.1)}, {"lost": (10, 10, 300, 0.1)}])
def test_nothing_is_told_of_one_side_alone(outcomes: dict[str, tuple[int, int, int, float]]) -> None:
    table = closes(**outcomes) if outcomes else closes(won=(1, 1, 1, 0.0)).iloc[:0]
    assert value_rate(table, 0.90)[1] is None


def test_the_interval_covers_what_it_says_with_heavy_tails() -> None:
    chance, hits, draws = np.random.default_rng(5), 0, 600
    truth = 0.3
    for _ in range(draws):
        kinds = {}
        for outcome, share in (("won", truth), ("lost", 1 - truth)):
            amounts = np.exp(chance.normal(10, 0.9, chance.poisson(200 * share)))
            logs = np.log(amounts)
            kinds[outcome] = (len(amounts), amounts, logs)
        table = pd.DataFrame(
            {
                "outcome": outcome,
                "n": n,
                "n_value": n,
                "value_minor": round(amounts.sum() * 100),
                "n_amount": n,
                "amount_minor": round(amounts.sum() * 100),
                "log_amount": round(logs.sum() * 1e9),
                "log_amount_squared": round((logs**2).sum() * 1e9),
            }
            for outcome, (n, amounts, logs) in kinds.items()
        )
        rate = value_rate(table, 0.90)[1]
        assert rate is not None
        hits += rate.low <= truth <= rate.high
    margin = normal_quantile(0.99) * math.sqrt(0.9 * 0.1 / draws)
    assert abs(hits / draws - 0.9) < margin + 0.02, hits / draws
