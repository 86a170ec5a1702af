"""Deals of one account say less than as many deals of different accounts, and ranges allow for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from icp_monitor.config.icp import MaterialEffects
from icp_monitor.drift.amounts import compare_amounts
from icp_monitor.drift.attribute_power import compare_attribute_power
from icp_monitor.drift.cohort import CELL_KEYS, CELL_SUMS, TABLES, Cohort
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.design_effect import DesignEffect, of_amounts, of_outcomes
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.score_power import compare_score_power
from icp_monitor.drift.tier_order import compare_tier_order
from icp_monitor.drift.win_rate import compare_win_rate
from icp_monitor.periods import Window

HORIZON = 90
PLAN = Plan({}, ("industry",), (), (), HORIZON, MaterialEffects(), 0.90, 0.10, 0.80, 0.5)
WINDOW = Window(date(2026, 1, 1), date(2026, 4, 1))
INDUSTRIES = ("finance", "health", "retail")
LOG = 1e9


def deals(rng: np.random.Generator, accounts: int, each: int, alike: float, copies: int = 1) -> pd.DataFrame:
    """``each`` deals an account, whose chances to win and amounts differ between accounts by as much as ``alike``.

    The account's share of wins is drawn from a beta distribution with intraclass correlation ``alike`` (0 for none);
    ``copies`` writes every deal so many times.
    """
    fit = rng.integers(0, 3, accounts)
    base = np.array([0.45, 0.30, 0.20])[fit]
    chance = rng.beta(base * (1 / alike - 1), (1 - base) * (1 / alike - 1)) if alike else base
    level = rng.normal(10.5, 0.6 * np.sqrt(alike), accounts)
    account = np.repeat(np.arange(accounts), each)
    frame = pd.DataFrame(
        {
            "account": account,
            "fit": fit[account],
            "won": rng.random(accounts * each) < chance[account],
            "log": np.round(rng.normal(level[account], 0.6 * np.sqrt(1 - alike)), 9),
            "age": rng.choice([7, 14, 28, 42, 56], accounts * each),
        }
    )
    return frame.loc[np.repeat(frame.index, copies)]


def cohort(frame: pd.DataFrame, counted: bool = True) -> Cohort:
    """The deals as tables; ``counted`` says whether accounts are."""
    won = frame["won"].astype(int)
    scaled = (frame["log"] * LOG).round().astype("int64") * won
    rows = frame.assign(
        segment="a",
        tier=frame["fit"].map({0: "tier_1", 1: "tier_2", 2: "tier_3"}),
        channel="web",
        outcome=np.where(frame["won"], "won", "lost"),
        n=1,
        n_won=won,
        n_amount=won,
        amount_minor=(np.exp(frame["log"]) * 100).round().astype("int64") * won,
        log_amount=scaled,
        log_amount_squared=(frame["log"] ** 2 * LOG).round().astype("int64") * won,
        band=frame["fit"].map({0: 17, 1: 13, 2: 8}),
        lost=1 - won,
        attribute="industry",
        value=np.array(INDUSTRIES)[frame["fit"]],
    )
    per_account = rows.groupby(["segment", "account"], as_index=False)[
        ["n", "n_won", "n_amount", "log_amount", "log_amount_squared"]
    ].sum()
    per_account["log_account_squared"] = ((per_account["log_amount"] / LOG) ** 2 * 1e6).round().astype("int64")
    accounts = per_account.assign(accounts=1)
    keys, sums = [*TABLES["accounts"].keys], [*TABLES["accounts"].sums]
    return Cohort(
        WINDOW,
        date(2026, 8, 1),
        date(2026, 8, 1),
        HORIZON,
        rows.groupby([*CELL_KEYS], as_index=False)[[*CELL_SUMS]].sum(),
        rows.groupby(["attribute", "value"], as_index=False)[["n", "n_won"]].sum(),
        1.0,
        scores=rows.assign(won=won).groupby(["segment", "band"], as_index=False)[["won", "lost"]].sum(),
        accounts=accounts.groupby(keys, as_index=False)[sums].sum() if counted else None,
    )


def compare(metric: str, before: Cohort, after: Cohort) -> Comparison:
    match metric:
        case "win_rate":
            return compare_win_rate(before, after, ("tier", "channel"), PLAN)
        case "acv":
            return compare_amounts(before, after, ("tier", "channel"), PLAN)
        case "score_power":
            return compare_score_power(before, after, ("tier", "channel"), PLAN)
        case "attribute_power":
            return compare_attribute_power(before, after, "industry", PLAN)
    return compare_tier_order(before, after, PLAN)


METRICS = ("win_rate", "acv", "score_power", "attribute_power", "tier_order")


def test_the_correlation_within_accounts_is_that_of_the_analysis_of_variance() -> None:
    """Twelve accounts with four deals each in one cohort; scipy's F gives (F - 1) / (F + 3)."""
    rng = np.random.default_rng(5)
    frame = deals(rng, 12, 4, 0.3)
    f = stats.f_oneway(*(group["won"].astype(float) for _, group in frame.groupby("account"))).statistic
    one = cohort(frame)
    nobody = replace(one, accounts=one.accounts.iloc[:0] if one.accounts is not None else None)
    assert of_outcomes(one, nobody).baseline == pytest.approx(1 + 3 * max((f - 1) / (f + 3), 0))
    assert of_outcomes(one, nobody).current == 1


def test_one_deal_an_account_changes_nothing() -> None:
    rng = np.random.default_rng(6)
    before, after = deals(rng, 400, 1, 0.0), deals(rng, 100, 1, 0.0)
    for metric in METRICS:
        assert compare(metric, cohort(before), cohort(after)) == compare(
            metric, cohort(before, counted=False), cohort(after, counted=False)
        )


@pytest.mark.parametrize("metric", METRICS)
def test_trap_5_28_duplicated_rows_do_not_shrink_a_range(metric: str) -> None:
    """Every deal four times over: the ranges stay as wide as they were (within 15 %), and without accounts halve."""
    rng = np.random.default_rng(7)
    before, after = deals(rng, 800, 1, 0.0), deals(rng, 300, 1, 0.0)
    fourfold = [frame.loc[np.repeat(frame.index, 4)] for frame in (before, after)]
    widths = []
    for counted, pair in ((True, (before, after)), (True, fourfold), (False, fourfold)):
        change = compare(metric, *(cohort(frame, counted) for frame in pair)).deciding
        assert change is not None
        widths.append(change.high - change.low)
    assert widths[1] == pytest.approx(widths[0], rel=0.15)
    assert widths[2] < 0.65 * widths[0]


def test_the_method_says_by_how_much_deals_of_one_account_widen_the_range() -> None:
    rng = np.random.default_rng(8)
    before, after = cohort(deals(rng, 200, 4, 0.3)), cohort(deals(rng, 60, 4, 0.3))
    said = compare("win_rate", before, after).method
    assert said.endswith(f"; variance clustered by account (design effect {max(of_outcomes(before, after)):.2f})")
    assert DesignEffect(1.0, 1.0).told("a test") == "a test"


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.sampled_from([0.0, 0.1, 0.4, 0.9]))
def test_a_design_effect_lies_between_1_and_the_size_of_an_account(seed: int, each: int, alike: float) -> None:
    rng = np.random.default_rng(seed)
    before, after = cohort(deals(rng, 40, each, alike)), cohort(deals(rng, 15, each, alike))
    for effect in (of_outcomes(before, after), of_amounts(before, after)):
        assert all(1 <= factor <= each + 1e-9 for factor in effect)


RUNS = 250


@cache
def unchanged() -> list[tuple[Cohort, Cohort]]:
    """Cohorts of 150 against 60 accounts with four deals each, which correlate by .3; nothing differs between them."""
    rng = np.random.default_rng(9)
    return [(cohort(deals(rng, 150, 4, 0.3)), cohort(deals(rng, 60, 4, 0.3))) for _ in range(RUNS)]


@pytest.mark.slow
@pytest.mark.parametrize("metric", METRICS)
def test_trap_5_28_four_correlated_deals_an_account_keep_the_size_of_every_test(metric: str) -> None:
    """In 10 % of draws p is below .10; where accounts are not counted, far more often."""
    counted = sum((compare(metric, *pair).p_value or 1) < 0.10 for pair in unchanged())
    blind = sum(
        (compare(metric, *(replace(item, accounts=None) for item in pair)).p_value or 1) < 0.10 for pair in unchanged()
    )
    print(f"{metric}: p < .10 in {counted / RUNS:.3f}, without accounts in {blind / RUNS:.3f}")  # noqa: T201
    assert stats.binom.ppf(0.001, RUNS, 0.10) <= counted <= stats.binom.ppf(0.999, RUNS, 0.10)
    assert blind > 1.3 * counted
