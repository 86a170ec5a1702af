"""Each change moves its own metric by its size, from its day on, and leaves everything else as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy import stats

from icp_monitor.synthetic.changes import (
    AmountShift,
    CycleShift,
    Disturbance,
    Drift,
    MixShift,
    Planted,
    ScoreStopsPredicting,
    Season,
    SoonerWins,
    Surge,
    WinRateShift,
)
from icp_monitor.synthetic.company import Company, generate
from icp_monitor.synthetic.deals import Deals
from icp_monitor.synthetic.profiles import SEGMENTS
from icp_monitor.synthetic.world import World

ON = date(2024, 8, 1)
FROM = (ON - date(2023, 2, 1)).days
STEADY_WORLD = World(seed=8, accounts=20_000, scale=4)
FINTECH = 0


@pytest.fixture(scope="module")
def steady() -> Deals:
    return generate(STEADY_WORLD).records.deals


def drifting(*drifts: Drift) -> Company:
    return generate(replace(STEADY_WORLD, drifts=drifts))


def disturbed(*disturbances: Disturbance) -> Deals:
    return generate(replace(STEADY_WORLD, disturbances=disturbances)).records.deals


def differing(one: Deals, other: Deals) -> set[str]:
    fields = ("account", "segment", "source", "entered", "won", "estimate", "agreed")
    return {name for name in fields if not np.array_equal(getattr(one, name), getattr(other, name))}


def decided_after(deals: Deals) -> np.ndarray:
    return (deals.closed >= FROM) & (deals.closed < STEADY_WORLD.history.days)


@pytest.mark.parametrize(("segment", "points"), [("fintech-mm", -0.14), ("fintech-mm", 0.10), (None, -0.05)])
def test_a_win_rate_shift_moves_only_outcomes_of_its_segment_and_by_its_points(
    steady: Deals, segment: str | None, points: float
) -> None:
    company = drifting(WinRateShift(segment, points, ON))
    deals = company.records.deals
    assert differing(deals, steady) == {"won"}
    after = decided_after(deals) & ((deals.segment == FINTECH) | (segment is None))
    still_open = deals.closed == STEADY_WORLD.history.days
    assert np.array_equal(deals.won[~after & ~still_open], steady.won[~after & ~still_open])
    moved = deals.won[after].mean() - steady.won[after].mean()
    assert moved == pytest.approx(points, abs=4 * np.sqrt(abs(points) / after.sum()) + 0.005)
    assert company.truth.planted == (Planted("win_rate", segment or "company", ON, ON, points, "points"),)


def test_a_gradual_shift_is_half_done_half_way() -> None:
    company = drifting(WinRateShift("fintech-mm", -0.12, ON, over_weeks=40))
    chance, closed = company.records.deals.win_probability, company.records.deals.closed
    half_way = (company.records.deals.segment == FINTECH) & (abs(closed - FROM - 140) <= 35)
    assert chance[half_way].mean() == pytest.approx(0.28 - 0.06, abs=0.02)
    assert company.truth.planted[0].complete_on == date(2025, 5, 8)


def test_an_amount_shift_multiplies_amounts_agreed_from_its_day_and_nothing_else(steady: Deals) -> None:
    company = drifting(AmountShift("health-mm", 1.3, ON))
    deals = company.records.deals
    assert differing(deals, steady) == {"agreed"}
    after = (deals.segment == 2) & (deals.closed >= FROM)
    assert np.array_equal(deals.agreed[~after], steady.agreed[~after])
    assert deals.agreed[after] / steady.agreed[after] == pytest.approx(1.3, rel=1e-4)
    assert company.truth.planted == (Planted("acv", "health-mm", ON, ON, pytest.approx(0.3), "relative"),)


def test_a_cycle_shift_stretches_what_is_left_of_each_deal_and_nothing_else(steady: Deals) -> None:
    company = drifting(CycleShift("fintech-mm", 1.5, ON))
    deals = company.records.deals
    assert differing(deals, steady) == {"entered"}
    members = (deals.segment == FINTECH) & (steady.closed >= FROM) & (deals.closed < STEADY_WORLD.history.days)
    began = np.maximum(deals.created, FROM)[members]
    left, left_before = (deals.closed[members] - began), (steady.closed[members] - began)
    assert abs(left - 1.5 * left_before).max() <= 2  # whole days
    assert np.array_equal(deals.closed[deals.segment != FINTECH], steady.closed[deals.segment != FINTECH])
    assert company.truth.planted[0].direction == "up"


def test_a_mix_shift_moves_the_shares_as_planted_and_no_rate_amount_or_cycle(steady: Deals) -> None:
    company = drifting(MixShift("saas-mm", 2.0, ON))
    deals, row = company.records.deals, 3
    [planted] = company.truth.planted
    share = {era: (deals.segment[where] == row).mean() for era, where in eras(deals).items()}
    count = eras(deals)["after"].sum()
    assert planted.size == pytest.approx(400 / 1600 - 200 / 1400)
    assert share["after"] - share["before"] == pytest.approx(planted.size, abs=4 * np.sqrt(0.25 / count) * 2)
    for segment in range(len(SEGMENTS)):
        new, old = eras(deals, segment)["after"], eras(steady, segment)["after"]
        expected = old.sum() * (2 if segment == row else 1)
        assert abs(new.sum() - expected) < 4 * np.sqrt(new.sum() + 4 * old.sum())
        assert two_sample_p_values(deals, new, steady, old) > 1e-4


def eras(deals: Deals, segment: int | None = None) -> dict[str, np.ndarray]:
    members = (deals.segment == segment) | (segment is None)
    return {"before": members & (deals.created < FROM), "after": members & (deals.created >= FROM)}


def two_sample_p_values(one: Deals, ours: np.ndarray, other: Deals, theirs: np.ndarray) -> float:
    """The smallest p-value of win rate, log amount and time to close."""
    wins = [[part.sum(), (~part).sum()] for part in (one.won[ours], other.won[theirs])]
    ages = [deals.closed[where] - deals.created[where] for deals, where in ((one, ours), (other, theirs))]
    amounts = [np.log(deals.agreed[where]) for deals, where in ((one, ours), (other, theirs))]
    return min(
        stats.chi2_contingency(wins).pvalue,
        stats.ttest_ind(*amounts).pvalue,
        stats.mannwhitneyu(*ages).pvalue,
    )


def test_when_the_score_stops_predicting_fit_no_longer_matters_and_win_rates_stay(steady: Deals) -> None:
    company = drifting(ScoreStopsPredicting(ON))
    deals, fit = company.records.deals, company.records.book.fit
    assert differing(deals, steady) == {"won"}
    after, before = decided_after(deals), deals.closed < FROM
    for segment, profile in enumerate(SEGMENTS):
        members = deals.segment == segment
        power = {
            name: stats.pointbiserialr(deals.won[members & era], fit[deals.account[members & era]])
            for name, era in (("before", before), ("after", after))
        }
        assert power["before"].statistic > 0.1
        assert power["before"].pvalue < 1e-4
        assert power["after"].pvalue > 1e-4
        count = (members & after).sum()
        error = np.sqrt(profile.win_rate * (1 - profile.win_rate) / count)
        assert abs(deals.won[members & after].mean() - profile.win_rate) < 4 * error + 0.003
    assert company.truth.planted == (Planted("score", "company", ON, ON, -0.045, "slope"),)


def test_a_surge_brings_more_deals_for_its_weeks_and_nothing_else(steady: Deals) -> None:
    deals = disturbed(Surge(1.6, ON, weeks=13))
    end = FROM + 7 * 13
    growth = {
        name: np.count_nonzero(where(deals.created)) / np.count_nonzero(where(steady.created))
        for name, where in {"inside": lambda day: (day >= FROM) & (day < end), "later": lambda day: day >= end}.items()
    }
    assert growth == {"inside": pytest.approx(1.6, rel=0.05), "later": pytest.approx(1.0, rel=0.03)}
    for segment in range(len(SEGMENTS)):
        ours, theirs = eras(deals, segment)["after"], eras(steady, segment)["after"]
        mature = deals.created < end, steady.created < end
        assert two_sample_p_values(deals, ours & mature[0], steady, theirs & mature[1]) > 1e-4


def test_a_season_returns_every_year_in_its_fiscal_quarter(steady: Deals) -> None:
    deals = disturbed(Season(4, points=0.05, amount_factor=1.12))
    assert differing(deals, steady) == {"won", "agreed"}
    quarter_four = np.zeros(STEADY_WORLD.history.days + 1, dtype=bool)
    for year in (2023, 2024, 2025):
        start = (date(year, 11, 1) - date(2023, 2, 1)).days
        quarter_four[start : start + 92] = True
    inside = quarter_four[deals.closed]
    still_open = deals.closed == STEADY_WORLD.history.days
    assert np.array_equal(deals.won[~inside & ~still_open], steady.won[~inside & ~still_open])
    assert deals.won[inside].mean() - steady.won[inside].mean() == pytest.approx(0.05, abs=0.01)
    assert deals.agreed[inside] / steady.agreed[inside] == pytest.approx(1.12, rel=1e-4)


def test_wins_that_come_sooner_change_neither_win_rates_nor_the_time_to_any_close(steady: Deals) -> None:
    deals = disturbed(SoonerWins(4, ON))
    assert differing(deals, steady) == {"won"}
    mature = (deals.created >= FROM) & (deals.created < FROM + 200)
    for segment, profile in enumerate(SEGMENTS):
        members = mature & (deals.segment == segment)
        error = np.sqrt(profile.win_rate * (1 - profile.win_rate) / members.sum())
        assert abs(deals.won[members].mean() - profile.win_rate) < 4 * error + 0.01
    days = deals.closed - deals.created
    ratio = days[mature & deals.won].mean() / days[mature & ~deals.won].mean()
    assert 0.35 < ratio < 0.60


def test_losses_that_a_shift_adds_go_to_a_competitor() -> None:
    assert share_lost_to_competitors(drifting(WinRateShift("fintech-mm", -0.14, ON))) > 0.25
    assert share_lost_to_competitors(drifting()) < 0.20


def share_lost_to_competitors(company: Company) -> float:
    """How many of the reps' reasons for losses in the segment, recorded after the change, are a competitor."""
    reasons, deals = company.records.reasons, company.records.deals
    reps = (reasons.origin == 0) & (deals.segment[reasons.deal] == FINTECH) & (reasons.recorded >= FROM + 30)
    return float((reasons.reason[reps] == 0).mean())


def test_disturbances_are_not_planted_drifts() -> None:
    company = generate(replace(STEADY_WORLD, scale=0.1, disturbances=(Surge(1.6, ON, 13), Season(4, 0.05, 1.12))))
    assert company.truth.planted == ()
