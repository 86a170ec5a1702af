"""Does weekly monitoring keep its budget of false alarms, and does it find, name and date what did change?"""

from __future__ import annotations

import time
from functools import cache

import numpy as np
import pytest
from scipy import stats

from benchmarks.detection.happenings import win_rate
from benchmarks.detection.measures import false_alarms, total
from benchmarks.detection.runs import histories, paths_of, streams_of_all
from benchmarks.detection.scenarios import COMPANY, SHAMS
from benchmarks.detection.world import ONSET, Company
from icp_monitor.drift.sequential import Calibration, UnitPath, calibrate, monitor

pytestmark = pytest.mark.slow

BUDGET = 0.7
SURE = 0.001


@cache
def calibration(company: Company, replays: int) -> Calibration:
    return calibrate(company.history(np.random.default_rng([7, 7])), BUDGET, replays=replays)


def test_trap_5_24_looking_every_week_at_every_unit_keeps_the_budget_of_false_alarms() -> None:
    """Two years of 60 companies in which nothing changes: as many alarms as the budget, but for chance.

    The limits allow for a quarter more or less than the budget, the precision of a calibration, and for the Poisson
    error of the count.
    """
    paths = paths_of(streams_of_all(histories(COMPANY, 60, seed=31)))
    rate = total(false_alarms(paths, calibration(COMPANY, 800).thresholds))
    expected = BUDGET * rate.years
    assert stats.poisson.sf(rate.events - 1, 1.25 * expected) > SURE
    assert stats.poisson.cdf(rate.events, 0.8 * expected) > SURE


@pytest.mark.parametrize("sham", ["timing", "surge", "season", "mix", "accounts"])
def test_what_only_looks_like_a_change_raises_no_more_alarms_than_nothing_does(sham: str) -> None:
    """Not more than 1.3 times the budget, but for the Poisson error of 20 companies."""
    case = SHAMS[sham]
    thresholds = calibration(
        case.company if case.own_baseline else COMPANY, 300 if case.own_baseline else 800
    ).thresholds
    paths = paths_of(streams_of_all(histories(case.company, 20, seed=32)))
    rate = total(false_alarms(paths, thresholds), case.changed)
    assert stats.poisson.sf(rate.events - 1, 1.3 * BUDGET * rate.years) > SURE


@cache
def changed_company() -> tuple[UnitPath, ...]:
    tables = COMPANY.but(win_rate(-0.12)).history(np.random.default_rng(5))
    return monitor(tables, calibration(COMPANY, 800))


def test_twelve_points_less_in_one_segment_are_found_named_and_dated() -> None:
    alarmed = [path for path in changed_company() if path.on.any()]
    path = min(alarmed, key=lambda path: path.on.argmax())
    assert (path.metric, path.segment) == ("win_rate", "c")
    first = int(path.on.argmax())
    assert path.look(first).week < ONSET + 26
    look = path.look(min(first + 8, len(path) - 1))
    assert abs(look.change_week - ONSET) <= 4


def test_the_evidence_is_an_e_value_only_while_it_is_a_mean_over_starts() -> None:
    """Over all units of a company without a change, the e-values of a look average to about 1, not more."""
    tables = COMPANY.history(np.random.default_rng(8))
    paths = monitor(tables, calibration(COMPANY, 800))
    assert np.mean([path.look(40).e_value for path in paths]) < 3
    assert all(path.look(40).e_value > 0 for path in paths)


def test_two_years_of_weekly_looks_at_every_unit_take_less_than_ten_seconds() -> None:
    """104 looks at more than 24 units over some 15,000 deals."""
    tables = COMPANY.history(np.random.default_rng(8))
    began = time.process_time()
    paths = monitor(tables, calibration(COMPANY, 800))
    assert time.process_time() - began < 10
    assert len(paths) > 24
    assert {len(path) for path in paths} == {104}


def test_a_calibration_depends_on_the_baseline_alone() -> None:
    """Not on the order of the rows, nor on anything that came after the baseline."""
    tables = COMPANY.sized(0.3).history(np.random.default_rng(3))
    other = type(tables)(**{**vars(tables), "deals": tables.deals.sample(frac=1, random_state=1)})
    first, second = (calibrate(t, BUDGET, replays=20) for t in (tables, other))
    assert first == second
