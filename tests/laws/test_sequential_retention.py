"""Customers who leave faster are seen where they do, and where nobody's customers are known nothing is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from icp_monitor.config.icp import MaterialEffects, MinEvidence
from icp_monitor.drift.looks.customers import customer_months
from icp_monitor.drift.looks.judge import judge_look
from icp_monitor.drift.looks.measure import Measures
from icp_monitor.drift.plan import Plan
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


def test_the_look_says_how_many_fewer_customers_stay_a_year(deals: WeeklyTables) -> None:
    """A week's churn of 1 % leaves 59 of 100 after a year, one of 2 % leaves 35."""
    tables = replace(deals, customers=customers(1, churn_of_smb=2 * CHURN))
    plan = Plan({name: MinEvidence() for name in SEGMENTS}, (), (), (), 90, MaterialEffects(), 0.90, 0.10, 0.80, 0.5)
    paths = monitor(tables, calibrate(tables, 0.7, replays=100))
    found = {
        item.unit.segment: item
        for item in judge_look(Measures(tables, plan), paths, {})
        if item.unit.metric == "retention"
    }
    smb, mid = found["smb"], found["mid"]
    assert (smb.verdict, smb.direction) == ("drift", "down")
    assert smb.baseline.value == pytest.approx(0.99**52, abs=0.05)
    assert smb.current.value == pytest.approx(0.98**52, abs=0.07)
    assert smb.changed_on is not None
    assert mid.verdict in ("stable", "insufficient_evidence")


def test_months_of_tenure_count_the_customers_who_began_them_within_the_weeks() -> None:
    """Months begin after 0, 5, 9 and 13 weeks; what began or ended outside of the ten weeks is not looked at."""
    rows = [("a", 0, 6, 2), ("a", 4, OPEN, 3), ("b", 0, OPEN, 5)]
    table = customer_months(pd.DataFrame(rows, columns=list(CUSTOMERS)), "a", range(10))
    seen = table[table["at_risk"] > 0]
    assert seen[["month", "at_risk", "churned"]].to_numpy().tolist() == [[0, 5, 0], [1, 2, 2]]
    company = customer_months(pd.DataFrame(rows, columns=list(CUSTOMERS)), "company", range(10))
    assert company["at_risk"].tolist()[:2] == [10, 7]
