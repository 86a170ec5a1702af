"""Sales close at the end of a quarter: what every quarter shows is no news in the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from icp_monitor.drift.sequential import UnitPath, calibrate, monitor
from icp_monitor.drift.weekly import COLUMNS, OPEN, WeeklyTables
from icp_monitor.drift.weekly_baseline import frozen_weeks
from icp_monitor.metrics.buckets import LOG_BIN

WEEKS, BASELINE, SEGMENTS = 39, 13, ("mid", "smb")
MONTHS = tuple(week % 13 * 3 // 13 + 1 for week in range(WEEKS))
WON = {1: 0.49, 2: 0.54, 3: 0.81}  # of the deals decided in each month of a quarter, as in a public CRM export


@pytest.fixture(scope="module")
def company() -> WeeklyTables:
    """Sixty deals a week and segment, decided after four weeks on average; a quarter's last month wins most."""
    chance = np.random.default_rng(11)
    created = np.repeat(np.arange(-20, WEEKS), 120)
    resolved = created + chance.geometric(0.25, len(created)) - 1
    deals = pd.DataFrame({"created": created, "resolved": resolved, "segment": np.tile(SEGMENTS, len(created) // 2)})
    deals = deals[deals["resolved"] >= 0]
    share = deals["resolved"].map(lambda week: WON[MONTHS[week]] if week < WEEKS else 0.0)
    outcome = np.where(chance.random(len(deals)) < share, "won", "lost")
    known = deals["resolved"] < WEEKS
    deals = deals.assign(
        outcome=np.where(known, outcome, "open"),
        resolved=deals["resolved"].where(known, OPEN),
        band=chance.integers(0, 20, len(deals)),
        n=1,
    )
    nothing = {name: pd.DataFrame({column: [] for column in columns}) for name, columns in COLUMNS.items()}
    amounts = deals[deals["outcome"] != "open"].assign(bin=100 * LOG_BIN, log_amount=100 * LOG_BIN + LOG_BIN // 2)
    tables = {"deals": deals, "amounts": amounts, "accounts": pd.DataFrame([("mid", 1, 0, 9)])}
    tables["accounts"].columns = pd.Index(COLUMNS["accounts"])
    return WeeklyTables(
        origin=date(2025, 1, 6),
        weeks=WEEKS,
        baseline_weeks=BASELINE,
        fiscal_quarters=tuple(week // 13 + 1 for week in range(WEEKS)),
        segments=SEGMENTS,
        months=MONTHS,
        **{**nothing, **tables},
    )


def alarms(tables: WeeklyTables) -> list[UnitPath]:
    """The paths of win rates that raised an alarm, with thresholds for one false alarm in ten years."""
    paths = monitor(tables, calibrate(frozen_weeks(tables), 0.1, replays=100))
    return [path for path in paths if path.metric == "win_rate" and path.on.any()]


def test_the_rush_at_the_end_of_one_quarter_is_expected_of_the_next(company: WeeklyTables) -> None:
    assert alarms(company) == []


def test_without_the_months_of_a_quarter_the_same_weeks_cry_wolf(company: WeeklyTables) -> None:
    assert alarms(replace(company, months=())) != []
