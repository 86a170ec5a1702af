"""What fools weekly monitoring, and doesn't fool this one; the numbers are those of the list of traps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.detection.happenings import busy_fourth_quarter, pace, win_rate
from benchmarks.detection.runs import FIRST, histories, streams_of_all
from benchmarks.detection.world import BASELINE, CHANGED, ONSET, Company
from icp_monitor.catalogue.units import LOG_SCALE
from icp_monitor.drift.sequential.amounts import amount_evidence, amount_residuals
from icp_monitor.drift.sequential.bets import WIN_RATE, Bet
from icp_monitor.drift.sequential.channels import streams_of
from icp_monitor.drift.sequential.evidence import Evidence
from icp_monitor.drift.sequential.histories import history_of
from icp_monitor.drift.sequential.shiryaev_roberts import company_path, segment_paths

COMPANY = Company()
RUNS = 12
SURE = 4.0  # standard errors


def win_evidence(company: Company, seed: int, runs: int = RUNS) -> Evidence:
    """Evidence on the win rate, [looks, runs, segments]."""
    return streams_of_all(histories(company, runs, seed))["win_rate"][0]


def z(evidence: Evidence, looks: slice) -> np.ndarray:
    """The segments' score over some looks of all runs, in standard errors of a mean with a sampled baseline."""
    u, v = evidence.u[looks].sum((0, 1)), evidence.v[looks].sum((0, 1))
    sampled = (evidence.v[looks].sum(0) ** 2 / evidence.v0).sum(0)
    return np.asarray(u / np.sqrt(v + sampled))


def test_trap_5_1_a_growing_pipeline_of_young_deals_is_no_falling_win_rate() -> None:
    growing = win_evidence(replace(COMPANY, mix=(2.0,) * 6), seed=51)
    assert np.abs(z(growing, slice(FIRST, None))).max() < SURE


def test_trap_5_2_losses_that_come_later_than_wins_do_not_move_the_won_share_once_they_have_come() -> None:
    later = win_evidence(COMPANY.but(pace(won=1.0, lost=1.25)), seed=52)
    assert abs(z(later, slice(FIRST + 26, None))[CHANGED]) < SURE


def test_trap_5_17_a_season_seen_in_the_baseline_is_expected_in_its_next_turn() -> None:
    """In the fourth quarter 5 points more are won; more than half of that is expected from one baseline year."""
    seasonal, plain = (win_evidence(c, seed=517) for c in (COMPANY.but(busy_fourth_quarter), COMPANY))
    fourth = slice(39, 52)
    surplus, usual = (evidence.u[fourth].sum() for evidence in (seasonal, plain))
    deals = seasonal.u.shape[1] * sum(COMPANY.a_quarter)
    assert abs(surplus - usual) < 0.5 * 0.05 * deals


def test_trap_5_18_a_segment_of_twelve_deals_a_year_raises_next_to_no_alarm() -> None:
    tiny = replace(COMPANY, a_quarter=(3, 100, 150, 200, 300, 400))
    peaks = segment_paths(win_evidence(tiny, seed=518, runs=24), WIN_RATE).log_evidence.max(0)
    assert (peaks[:, 0] > 6.0).sum() <= 1


def test_trap_5_21_a_mix_shift_that_lowers_the_total_is_no_change_of_any_rate() -> None:
    shifted = replace(COMPANY, mix=(0.3, 0.3, 0.3, 1.0, 1.5, 2.0))
    before = after = 0.0
    for history in histories(shifted, 3, 521):
        won, resolved = history.outcomes.deals.won, history.outcomes.deals.resolved
        before, after = before + won[resolved < ONSET].mean(), after + won[resolved >= ONSET + 26].mean()
    assert after / 3 < before / 3 - 0.025
    evidence = win_evidence(shifted, seed=521)
    assert company_path(evidence, replace(WIN_RATE.sized(0.2, 0.3), down=1.0)).log_evidence.max() < 7.0
    assert np.abs(z(evidence, slice(FIRST, None))).max() < SURE


def test_trap_5_22_the_segment_with_the_luckiest_baseline_is_not_found_to_fall() -> None:
    """A baseline that is taken as exact repeats its own luck as a false alarm; a sample it is not."""
    even = replace(COMPANY, a_quarter=(150,) * 6, win_rates=(0.28,) * 6)
    as_sample, as_exact = [], []
    for history in histories(even, 2 * RUNS, 522):
        first = history.outcomes.in_baseline.deals
        luckiest = (np.bincount(first.segment, first.won) / np.bincount(first.segment)).argmax()
        evidence = streams_of(history)["win_rate"][0]
        exact = replace(evidence, u0=0 * evidence.u0, v0=1e9 * evidence.v0)
        for peaks, taken in ((as_sample, evidence), (as_exact, exact)):
            peaks.append(segment_paths(taken, WIN_RATE).log_evidence[:, luckiest].max())
    assert np.mean(np.array(as_sample) > 6.0) < 0.3 < np.mean(np.array(as_exact) > 6.0)


def test_trap_5_23_a_slow_decline_is_caught_by_the_frozen_baseline() -> None:
    """Two points a quarter, ten over the five quarters: no week, and no quarter against the last, says much."""
    slow = COMPANY.sized(2).but(win_rate(-0.12, over_weeks=78))
    path = segment_paths(win_evidence(slow, seed=523), WIN_RATE).log_evidence[..., CHANGED]
    assert np.median(path.max(0)) > 7.5


def test_trap_5_28_duplicated_rows_are_no_further_evidence() -> None:
    """Every deal entered twice under its account: twice the counts, and half as much of each."""
    tables = COMPANY.history(np.random.default_rng(528))
    accounts = tables.accounts.assign(n=2 * tables.accounts["n"], n_won=2 * tables.accounts["n_won"])
    twice = replace(tables, deals=tables.deals.assign(n=2), accounts=accounts)
    once, doubled = (streams_of(history_of(t)) for t in (tables, twice))
    for metric in ("win_rate", "mix"):
        assert doubled[metric][0].v.sum(0) == pytest.approx(once[metric][0].v.sum(0), rel=0.05)
        assert doubled[metric][0].u.sum(0) == pytest.approx(once[metric][0].u.sum(0), rel=0.2, abs=1.5)


def test_trap_5_29_one_whale_moves_the_evidence_no_more_than_a_large_deal() -> None:
    tables = COMPANY.history(np.random.default_rng(529))
    row = tables.amounts["resolved"].eq(BASELINE + 5).to_numpy().nonzero()[0][0]
    evidences = []
    for factor in (20, 20_000):
        amounts = tables.amounts.copy()
        amounts.iloc[row, amounts.columns.get_loc("log_amount")] += round(np.log(factor) * LOG_SCALE)
        evidences.append(amount_evidence(amount_residuals(replace(tables, amounts=amounts))))
    assert evidences[0].u == pytest.approx(evidences[1].u)


def test_a_category_that_the_baseline_does_not_know_is_no_error() -> None:
    tables = COMPANY.history(np.random.default_rng(1))
    new = pd.DataFrame([{"created": BASELINE + 3, "attribute": 0, "value": 99, "n": 40}])
    with_new = replace(tables, created_values=pd.concat([tables.created_values, new]))
    before, after = (streams_of(history_of(t))["mix"] for t in (tables, with_new))
    assert [one.u.shape for one in before] == [one.u.shape for one in after]
    assert after[1].u == pytest.approx(before[1].u)


def test_a_bet_on_a_fall_alone_never_gains_from_a_rise() -> None:
    evidence = win_evidence(COMPANY.but(win_rate(0.12)), seed=9, runs=4)
    assert segment_paths(evidence, Bet((0.7,), down=1.0)).log_evidence[-1, :, CHANGED].max() < 5.0
