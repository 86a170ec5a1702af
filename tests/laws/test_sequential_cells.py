"""What is expected of deals is worked out once for all that the baseline can't tell apart, and is what each gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from icp_monitor.drift.sequential.cells import cells_of
from icp_monitor.drift.sequential.deals import MAX_AGE, Deals, Ints
from icp_monitor.drift.sequential.odds import fit_win_odds
from icp_monitor.drift.sequential.outcomes import expected_outcomes, score_evidence, win_evidence
from icp_monitor.drift.sequential.seasons import Season
from icp_monitor.metrics.buckets import UNSCORED_BAND
from icp_monitor.metrics.life_table import Floats

SEGMENTS, WEEKS, BASELINE = 3, 60, 40
SEASONS = np.arange(WEEKS, dtype=np.int64) // 4 % 12


def drawn(seed: int, deals: int = 400) -> Deals:
    """Resolved deals, some of them without a score; the better scored and the younger are won more often."""
    chance = np.random.default_rng(seed)
    resolved, age = chance.integers(0, WEEKS, deals), chance.geometric(0.15, deals)
    band = chance.integers(UNSCORED_BAND, 21, deals)
    won = chance.random(deals) < expit(band / 8 - age / 10 - 0.5)
    segment = chance.integers(0, SEGMENTS, deals)
    return Deals(segment, resolved - age, resolved, won.astype(float), band, chance.integers(1, 4, deals).astype(float))


def dense(deals: Deals) -> Floats:
    """The regression's columns, a row for each count of deals; the score is left in points."""
    mean_age = [np.average(deals.age[own], weights=deals.n[own]) for own in (deals.segment == k for k in range(3))]
    relative = np.minimum(deals.age / np.array(mean_age)[deals.segment], 4.0)
    scored = deals.band != UNSCORED_BAND
    score = (deals.band + 0.5) * 5
    mean = np.average(score[scored], weights=deals.n[scored])
    deviation = np.sqrt(np.average((score[scored] - mean) ** 2, weights=deals.n[scored]))
    hinges = [np.maximum(relative - knot, 0) for knot in (0, 0.5, 1, 2)]
    levels = [deals.segment == unit for unit in range(SEGMENTS)]
    standard = np.where(scored, (score - mean) / deviation, 0.0)
    return np.column_stack([np.ones(len(score)), ~scored, standard, *hinges, *levels]).astype(float)


def dense_probability(deals: Deals, code: Ints) -> Floats:
    """The posterior mode found by a general optimiser on one row for each count, and then the season."""
    design, ridge = dense(deals), np.array([0.0, *[0.5] * 6, *[1.0] * SEGMENTS])

    def surprise(at: Floats) -> float:
        odds = design @ at
        likely = deals.n @ (deals.won * log_expit(odds) + (1 - deals.won) * log_expit(-odds))
        return float(ridge @ at**2 / 2 - likely)

    def slope(at: Floats) -> Floats:
        return np.asarray(ridge * at - design.T @ (deals.n * (deals.won - expit(design @ at))))

    found = minimize(surprise, np.zeros(len(ridge)), jac=slope, method="BFGS", options={"gtol": 1e-7}).x
    p = expit(design @ found)
    season = Season.estimated(deals.n * (deals.won - p), deals.n * p * (1 - p), code)
    return np.asarray(expit(design @ found + season.at(code)))


@pytest.mark.parametrize("seed", range(3))
def test_the_odds_of_cells_are_those_of_a_regression_on_every_single_count(seed: int) -> None:
    deals = drawn(seed)
    code = SEASONS[deals.resolved]
    cells = cells_of(deals, SEGMENTS)
    odds = fit_win_odds(cells, deals.n, deals.n * deals.won, code, SEGMENTS)
    assert odds.probability(cells, code) == pytest.approx(dense_probability(deals, code), abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_the_evidence_of_deals_counted_one_by_one_is_that_of_deals_counted_together(seed: int) -> None:
    deals = drawn(seed, deals=120)
    apart = deals.where(np.repeat(np.arange(len(deals.n)), deals.n.astype(int)))
    single = Deals(apart.segment, apart.created, apart.resolved, apart.won, apart.band, np.ones(len(apart.n)))
    one, other = (expected_outcomes(item, SEASONS, BASELINE, SEGMENTS) for item in (deals, single))
    for evidence in (win_evidence, score_evidence):
        assert evidence(other).u == pytest.approx(evidence(one).u, abs=1e-9)
        assert evidence(other).v == pytest.approx(evidence(one).v, abs=1e-9)


def test_a_cell_holds_the_deals_of_one_segment_age_and_band() -> None:
    deals = drawn(4)
    cells = cells_of(deals, SEGMENTS)
    assert cells.segment[cells.of].tolist() == deals.segment.tolist()
    assert cells.age[cells.of].tolist() == np.minimum(deals.age, MAX_AGE).tolist()
    assert cells.band[cells.of].tolist() == deals.band.tolist()
    assert len({*zip(cells.segment, cells.age, cells.band, strict=True)}) == len(cells.segment)
    assert cells.sums(deals.n).sum() == deals.n.sum()
