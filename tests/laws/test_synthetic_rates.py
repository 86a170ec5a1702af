"""A synthetic company does what its recipe says, within the error of chance, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest
from scipy import stats

from icp_monitor.synthetic.company import Company, generate
from icp_monitor.synthetic.deals import Deals
from icp_monitor.synthetic.profiles import SEGMENTS, SegmentProfile
from icp_monitor.synthetic.world import World

STEADY = World(seed=5, accounts=40_000, scale=4)
ROWS = list(enumerate(SEGMENTS))
IDS = [profile.id for profile in SEGMENTS]
TINY = 1e-4


@pytest.fixture(scope="module")
def company() -> Company:
    return generate(STEADY)


@pytest.fixture(scope="module")
def deals(company: Company) -> Deals:
    return company.records.deals


def quarters(deals: Deals, members: np.ndarray) -> np.ndarray:
    """Twelve equal parts of the history."""
    return deals.created[members] * 12 // STEADY.history.days


@pytest.mark.parametrize(("row", "profile"), ROWS, ids=IDS)
def test_each_segment_creates_and_wins_deals_as_its_profile_says(
    deals: Deals, row: int, profile: SegmentProfile
) -> None:
    members = deals.segment == row
    count, expected = members.sum(), 4 * profile.deals * STEADY.history.days / (365.25 / 4)
    assert abs(count - expected) < 4 * np.sqrt(expected)
    error = np.sqrt(profile.win_rate * (1 - profile.win_rate) / count)
    assert abs(deals.won[members].mean() - profile.win_rate) < 4 * error + 0.005  # accounts differ in fit
    log_amounts = np.log(deals.agreed[members] / 100)
    assert abs(log_amounts.mean() - (np.log(profile.amount) - 0.18)) < 4 * 0.6 / np.sqrt(count)
    assert log_amounts.std() == pytest.approx(0.6, rel=0.05)


@pytest.mark.parametrize(("row", "profile"), ROWS, ids=IDS)
def test_cycles_have_the_mean_and_spread_of_a_gamma_of_shape_3(deals: Deals, row: int, profile: SegmentProfile) -> None:
    """Measured on deals with two years to close, so that hardly any is cut off."""
    members = (deals.segment == row) & (deals.created < 365)
    days = (deals.closed - deals.created)[members]
    mean = 7 * profile.cycle_weeks
    assert abs(days.mean() - mean) < 4 * mean / np.sqrt(3 * len(days)) + 0.5  # whole days
    assert days.std() == pytest.approx(mean / np.sqrt(3), rel=0.12)


def test_wins_come_slightly_sooner_than_losses(deals: Deals) -> None:
    age = (deals.closed - deals.created) / (7 * np.array([profile.cycle_weeks for profile in SEGMENTS])[deals.segment])
    mature = deals.created < 365
    ratio = age[mature & deals.won].mean() / age[mature & ~deals.won].mean()
    assert 0.80 < ratio < 0.95


@pytest.mark.parametrize("row", range(len(SEGMENTS)), ids=IDS)
def test_when_nothing_drifts_every_quarter_is_like_the_others(deals: Deals, row: int) -> None:
    members = deals.segment == row
    quarter, won = quarters(deals, members), deals.won[members]
    table = np.array([np.bincount(quarter[won], minlength=12), np.bincount(quarter[~won], minlength=12)])
    log_amounts, ages = np.log(deals.agreed[members]), (deals.closed - deals.created)[members]
    early = quarter < 8
    assert stats.chi2_contingency(table).pvalue > TINY
    assert stats.f_oneway(*(log_amounts[quarter == number] for number in range(12))).pvalue > TINY
    assert stats.kruskal(*(ages[early & (quarter == number)] for number in range(8))).pvalue > TINY


def test_when_nothing_drifts_the_mix_of_segments_stays(deals: Deals) -> None:
    everything = np.ones(len(deals.won), dtype=bool)
    table = np.bincount(deals.segment * 12 + quarters(deals, everything), minlength=84).reshape(7, 12)
    assert stats.chi2_contingency(table).pvalue > TINY


def test_true_win_rates_agree_with_the_wins_within_binomial_error(company: Company, deals: Deals) -> None:
    truth = company.truth.win_rates.to_pandas()
    assert truth["opportunities"].sum() == len(deals.won)
    wins = truth["opportunities"] * truth["win_probability"]
    for row, profile in ROWS:
        chance = deals.win_probability[deals.segment == row]
        assert wins[truth["segment"] == profile.id].sum() == pytest.approx(chance.sum())
        z = (deals.won[deals.segment == row].sum() - chance.sum()) / np.sqrt((chance * (1 - chance)).sum())
        assert abs(z) < 4


def test_wins_are_calibrated_at_every_level_of_chance(deals: Deals) -> None:
    order = np.array_split(np.argsort(deals.win_probability), 20)
    z = [
        (deals.won[part].sum() - chance.sum()) / np.sqrt((chance * (1 - chance)).sum())
        for part in order
        for chance in [deals.win_probability[part]]
    ]
    assert stats.chi2.sf(np.sum(np.square(z)), len(z)) > TINY


def test_a_point_of_fit_is_worth_its_slope_in_logits(company: Company, deals: Deals) -> None:
    """Score test of the slope in the recipe: residuals are uncorrelated with fit, and a changed slope would show."""
    fit = company.records.book.fit[deals.account]
    chance = deals.win_probability
    weight = chance * (1 - chance)
    centred = fit - np.average(fit, weights=weight)
    information = (weight * centred**2).sum()
    slope_error = (centred * (deals.won - chance)).sum() / information
    assert abs(slope_error) < 4 / np.sqrt(information) < 0.01
    logit, row = np.log(chance / (1 - chance)), deals.segment == 2
    assert np.polyfit(fit[row], logit[row], 1)[0] == pytest.approx(0.045, abs=0.002)


def test_a_share_of_the_opportunities_goes_to_accounts_that_had_one(deals: Deals) -> None:
    early = deals.created < 180
    first = np.zeros(early.sum(), dtype=bool)
    first[np.unique(deals.account[early], return_index=True)[1]] = True
    assert 1 - first.mean() == pytest.approx(STEADY.repeat_share, abs=4 * np.sqrt(0.16 / early.sum()) + 0.01)


@pytest.mark.parametrize(("spread", "correlated"), [(0.0, False), (1.0, True)])
def test_deals_of_one_account_resemble_each_other_only_when_accounts_have_leanings(
    spread: float, correlated: bool
) -> None:
    deals = generate(replace(STEADY, scale=2, accounts=6_000, account_spread=spread, score_slope=0)).records.deals
    usual = np.bincount(deals.segment, weights=deals.won) / np.bincount(deals.segment)
    residual = deals.won - usual[deals.segment]
    by_account = np.bincount(deals.account, weights=residual)
    variance = np.bincount(deals.account, weights=residual**2)
    excess = (by_account**2).sum() / variance.sum() - 1
    error = np.sqrt(2 / np.count_nonzero(variance))
    assert (excess > 4 * error) == correlated


def test_rates_stay_on_target_when_accounts_have_leanings() -> None:
    deals = generate(replace(STEADY, account_spread=1.0)).records.deals
    for row, profile in ROWS:
        chance = deals.win_probability[deals.segment == row]
        assert chance.mean() == pytest.approx(profile.win_rate, abs=0.012)


def test_loss_reasons_cover_part_of_the_losses_and_each_witness_speaks_once(company: Company) -> None:
    extract = company.extract
    reasons = extract.win_loss.to_pandas()
    assert not reasons.duplicated(["opportunity_id", "origin"]).any()
    stages = extract.opportunities.to_pandas().set_index("opportunity_id")["stage"]
    assert set(stages[reasons["opportunity_id"]]) == {"Closed Lost"}
    assert (reasons["competitor"].notna() == (reasons["reason"] == "competitor")).all()
    share = (reasons["origin"] == "rep").sum() / (stages == "Closed Lost").sum()
    assert share == pytest.approx(0.70, abs=0.02)
    assert [origin for origin, _ in groupby(sorted(reasons["origin"]))] == ["analyst", "buyer", "rep"]
