"""Life tables, incidence and time to a decision agree with lifelines and statsmodels on the same deals."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time
from statsmodels.duration.survfunc import CumIncidenceRight, survdiff

from icp_monitor.drift.log_rank import log_rank
from icp_monitor.metrics.buckets import age_edges
from icp_monitor.metrics.incidence import days_to_win, incidence_of_winning
from icp_monitor.metrics.life_table import LifeTable, life_table
from icp_monitor.metrics.resolution import restricted_mean

HORIZON = 90
EDGES = np.array(age_edges(HORIZON))
WON, LOST, OPEN = 1, 2, 0
NAMES = {WON: "won", LOST: "lost", OPEN: "open"}


def deals(seed: int, n: int = 300, slower: float = 1.0, censoring: bool = True) -> pd.DataFrame:
    """Deals with the bin in which they were last seen (by index) and what they were then."""
    rng = np.random.default_rng(seed)
    kind = rng.choice([WON, LOST], n, p=[0.35, 0.65])
    age = rng.gamma(2, 25 * slower, n).astype(int)
    watched = rng.integers(30, 400, n) if censoring else np.full(n, 10_000)
    last = np.minimum(age, watched)
    return pd.DataFrame(
        {"bin": np.searchsorted(EDGES, last, side="right") - 1, "kind": np.where(age <= watched, kind, OPEN)}
    )


def table_of(frame: pd.DataFrame) -> LifeTable:
    cells = frame.groupby(["kind", "bin"]).size().reset_index(name="n")
    cells["outcome"], cells["age"] = cells["kind"].map(NAMES), EDGES[cells["bin"]]
    return life_table(cells, HORIZON)


def observed(frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Time and kind within the horizon: everything beyond it is censored there."""
    beyond = frame["bin"] == len(EDGES) - 1
    return frame["bin"] + 1, frame["kind"].where(~beyond, OPEN)


@pytest.mark.parametrize("seed", range(5))
def test_incidence_agrees_with_statsmodels(seed: int) -> None:
    frame = deals(seed)
    time, kind = observed(frame)
    theirs = CumIncidenceRight(time.to_numpy(float), kind.to_numpy())
    at = np.searchsorted(theirs.times, range(1, len(EDGES)), side="right") - 1
    curve = incidence_of_winning(table_of(frame))
    assert curve is not None
    np.testing.assert_allclose(curve.value, theirs.cinc[0][at], atol=1e-12)
    np.testing.assert_allclose(np.sqrt(curve.variance), theirs.cinc_se[0][at], rtol=0.02)


def test_incidence_agrees_with_lifelines() -> None:
    """Its fitter jitters tied times, which moves a few censored deals across a tie."""
    frame = deals(7)
    time, kind = observed(frame)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter = AalenJohansenFitter(seed=1).fit(time, kind, event_of_interest=WON)
    curve = incidence_of_winning(table_of(frame))
    assert curve is not None
    assert curve.value[-1] == pytest.approx(fitter.cumulative_density_.iloc[-1, 0], abs=0.002)
    assert curve.variance[-1] == pytest.approx(fitter.variance_.iloc[-1], rel=0.05)


def test_without_censoring_incidence_is_the_plain_share_with_the_binomial_variance() -> None:
    frame = deals(3, censoring=False)
    curve = incidence_of_winning(table_of(frame))
    share = float(((frame["kind"] == WON) & (frame["bin"] < len(EDGES) - 1)).mean())
    assert curve is not None
    assert curve.value[-1] == pytest.approx(share, abs=1e-12)
    assert curve.variance[-1] == pytest.approx(share * (1 - share) / len(frame), rel=1e-9)


def test_the_band_holds_the_curve_and_ends_at_the_horizon() -> None:
    curve = incidence_of_winning(table_of(deals(4)))
    assert curve is not None
    band = curve.band(0.90)
    assert band[-1] == (HORIZON + 1, curve.at_horizon(0.90))
    assert all(interval.low <= interval.value <= interval.high for _, interval in band)


def test_open_deals_agree_with_kaplan_meier_of_lifelines() -> None:
    frame = deals(5)
    time, kind = observed(frame)
    fitter = KaplanMeierFitter().fit(time, kind > 0)
    theirs = fitter.survival_function_at_times(range(1, len(EDGES))).to_numpy()
    np.testing.assert_allclose(table_of(frame).open_after, theirs, atol=1e-12)


def test_the_restricted_mean_agrees_with_lifelines_for_resolutions_in_mid_bin() -> None:
    frame = deals(6)
    middle = np.append((EDGES[:-1] + EDGES[1:]) / 2, HORIZON + 1)
    _, kind = observed(frame)
    fitter = KaplanMeierFitter().fit(middle[frame["bin"]], kind > 0)
    mean = restricted_mean(table_of(frame))
    assert mean is not None
    assert mean.value == pytest.approx(restricted_mean_survival_time(fitter, HORIZON + 1), rel=1e-9)


def test_without_censoring_the_restricted_mean_is_a_plain_mean_with_its_variance() -> None:
    frame = deals(8, censoring=False)
    days = np.append((EDGES[:-1] + EDGES[1:]) / 2, HORIZON + 1)[frame["bin"]]
    mean = restricted_mean(table_of(frame))
    assert mean is not None
    assert mean.value == pytest.approx(days.mean(), rel=1e-12)
    assert mean.variance == pytest.approx(days.var() / len(days), rel=1e-9)


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # raised by lifelines 0.30 under pandas 3
@pytest.mark.parametrize("slower", [1.0, 1.2])
def test_log_rank_agrees_with_lifelines(slower: float) -> None:
    first, second = deals(11), deals(12, slower=slower)
    (time, kind), (other_time, other_kind) = observed(first), observed(second)
    theirs = logrank_test(time, other_time, kind > 0, other_kind > 0)
    assert log_rank([(table_of(first), table_of(second))]) == pytest.approx(theirs.p_value, rel=1e-9)


def test_stratified_log_rank_agrees_with_statsmodels() -> None:
    frames = [deals(seed, slower=1 + 0.1 * (seed % 2)) for seed in (21, 22, 23, 24)]
    time, kind = (pd.concat(parts) for parts in zip(*map(observed, frames), strict=True))
    cohort, stratum = np.repeat([0, 1, 0, 1], 300), np.repeat([0, 0, 1, 1], 300)
    theirs = survdiff(time.to_numpy(float), (kind > 0).to_numpy(int), cohort, strata=stratum)[1]
    tables = [table_of(frame) for frame in frames]
    assert log_rank([(tables[0], tables[1]), (tables[2], tables[3])]) == pytest.approx(theirs, rel=1e-6)


def test_half_of_the_wins_lie_before_the_median_cycle() -> None:
    """2 wins in each of the bins from 0, 7, 14 and 21: half of them came within 14 days."""
    cells = pd.DataFrame({"outcome": ["won"] * 4 + ["lost"], "age": [0, 7, 14, 21, 28], "n": [2, 2, 2, 2, 5]})
    assert days_to_win(life_table(cells, HORIZON), 0.50) == pytest.approx(14)
    assert days_to_win(life_table(cells, HORIZON), 0.75) == pytest.approx(21)


def test_open_deals_move_the_median_cycle_out() -> None:
    won = pd.DataFrame({"outcome": ["won"] * 4, "age": [0, 7, 14, 21], "n": [2, 2, 2, 2]})
    open_ = pd.DataFrame({"outcome": ["open"], "age": [7], "n": [20]})
    known, censored = life_table(won, HORIZON), life_table(pd.concat([won, open_]), HORIZON)
    assert days_to_win(known, 0.5) == pytest.approx(14)
    assert (days_to_win(censored, 0.5) or 0) > 14


def test_no_win_has_no_cycle() -> None:
    assert days_to_win(life_table(pd.DataFrame({"outcome": ["lost"], "age": [7], "n": [9]}), HORIZON), 0.5) is None


def test_wins_at_ages_that_no_deal_reaches_open_have_no_cycle() -> None:
    """In the weeks of a look all young deals were lost, and older ones were won: the curve stays flat."""
    at_risk, won, lost = (np.array(counts, float) for counts in ([5, 2], [0, 2], [5, 0]))
    table = LifeTable(np.array([0.0, 7.0, 14.0]), at_risk, won, lost, np.zeros(2))
    with warnings.catch_warnings(action="error"):
        assert days_to_win(table, 0.5) is None
        curve = incidence_of_winning(table)
    assert curve is not None
    assert curve.value.tolist() == curve.variance.tolist() == [0.0, 0.0]


def test_what_no_deal_was_watched_for_is_unknown() -> None:
    """All deals were last seen open at two weeks, so nothing is known of the horizon."""
    table = life_table(pd.DataFrame({"outcome": ["won", "open"], "age": [7, 14], "n": [3, 30]}), HORIZON)
    assert incidence_of_winning(table) is None
    assert restricted_mean(table) is None
    assert days_to_win(table, 0.5) is None


def test_what_happens_beyond_the_horizon_counts_as_open() -> None:
    late = life_table(pd.DataFrame({"outcome": ["won", "won"], "age": [7, HORIZON + 1], "n": [3, 7]}), HORIZON)
    curve = incidence_of_winning(late)
    assert curve is not None
    assert (late.n, late.known, curve.value[-1]) == (10, 10, pytest.approx(0.3))


def test_a_deal_without_a_decision_counts_as_lost() -> None:
    table = life_table(pd.DataFrame({"outcome": ["no_decision", "lost"], "age": [7, 7], "n": [3, 2]}), HORIZON)
    assert table.lost.sum() == 5


def test_an_empty_cohort_is_unknown() -> None:
    table = life_table(pd.DataFrame({"outcome": [], "age": [], "n": []}, dtype=object).astype({"n": int}), HORIZON)
    assert table.n == 0
    assert incidence_of_winning(table) is None
