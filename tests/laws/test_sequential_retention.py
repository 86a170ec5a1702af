"""Customers who leave faster are seen where they do, and where nobody's customers are known nothing is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from icp_monitor.drift.sequential import UnitPath, calibrate, monitor
from icp_monitor.drift.weekly import COLUMNS, CUSTOMERS, OPEN, WeeklyTables

WEEKS, BASELINE, CHANGE = 104, 52, 78
SEGMENTS = ("mid", "smb")
CHURN = 0.01  # of the customers a week


def customers(seed: int, churn_of_smb: float) -> pd.DataFrame:
    """Ten customers a week and segment, since three years; from week `CHANGE` on the small ones leave otherwise."""
    chance = np.random.default_rng(seed)
    rows = []
    for segment in SEGMENTS:
        later = churn_of_smb if segment == "smb" else CHURN
        started = np.repeat(np.arange(-150, WEEKS), 10)
        ended = started + chance.geometric(CHURN, len(started))
        again = np.maximum(started, CHANGE) + chance.geometric(later, len(started))
        ended = np.where(ended >= CHANGE, again, ended)
        known = ended[ended >= 0]
        rows.append(
            pd.DataFrame(
                {
                    "segment": segment,
                    "started": started[ended >= 0],
                    "ended": np.where(known >= WEEKS, OPEN, known),
                    "n": 1,
                }
            )
        )
    return pd.concat(rows, ignore_index=True)[list(CUSTOMERS)]


@pytest.fixture(scope="module")
def deals() -> WeeklyTables:
    """A company with some deals every week and no word about customers."""
    created = np.arange(-4, WEEKS)
    rows = pd.DataFrame({"segment": "mid", "created": created, "resolved": created + 3, "band": 10, "n": 9})
    rows = rows[rows["resolved"] >= 0]
    known = rows["resolved"] < WEEKS
    rows["outcome"] = np.where(~known, "open", np.where(rows["resolved"] % 3 == 0, "won", "lost"))
    rows["resolved"] = rows["resolved"].where(known, OPEN)
    tables: dict[str, Any] = {name: pd.DataFrame(columns=list(columns)) for name, columns in COLUMNS.items()}
    tables |= {"deals": rows, "amounts": tables["amounts"].astype({"resolved": int, "bin": int})}
    return WeeklyTables(
        origin=date(2025, 1, 6),
        weeks=WEEKS,
        baseline_weeks=BASELINE,
        fiscal_quarters=tuple(week // 13 % 4 + 1 for week in range(WEEKS)),
        segments=SEGMENTS,
        **tables,
    )


def retention(tables: WeeklyTables) -> dict[str, UnitPath]:
    paths = monitor(tables, calibrate(tables, 0.7, replays=100))
    return {path.segment: path for path in paths if path.metric == "retention"}


def test_a_segment_whose_customers_leave_twice_as_fast_is_named_and_dated(deals: WeeklyTables) -> None:
    found = retention(replace(deals, customers=customers(1, churn_of_smb=2 * CHURN)))
    last = found["smb"].look(-1)
    assert last.on
    assert abs(last.change_week - CHANGE) <= 4
    assert not found["mid"].on.any()


def test_customers_who_leave_as_ever_raise_no_alarm(deals: WeeklyTables) -> None:
    alarms = [
        path.on.any()
        for seed in range(2, 7)
        for path in retention(replace(deals, customers=customers(seed, churn_of_smb=CHURN))).values()
    ]
    assert sum(map(bool, alarms)) <= 1  # a year each, at seven false alarms in ten years


def test_without_a_table_of_customers_there_is_no_unit(deals: WeeklyTables) -> None:
    assert retention(deals) == {}
