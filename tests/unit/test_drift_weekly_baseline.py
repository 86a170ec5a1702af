"""The baseline's weeks are frozen: what is corrected later doesn't move them, and later weeks follow them unchanged."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from icp_monitor.drift.weekly import COLUMNS, CUSTOMERS, OPEN, WeeklyTables
from icp_monitor.drift.weekly_baseline import frozen_weeks, weeks_as_json, weeks_from_json, with_frozen_weeks
from icp_monitor.errors import RefusedError

WEEKS, BASELINE = 30, 13


@pytest.fixture
def tables() -> WeeklyTables:
    """Two hundred deals, each a row of its own, with one attribute."""
    chance = np.random.default_rng(5)
    size = 200
    created = chance.integers(-8, WEEKS, size)
    resolved = created + chance.integers(0, 15, size)
    open_ = resolved >= WEEKS
    outcome = np.where(open_, "open", chance.choice(["won", "lost"], size))
    deals = pd.DataFrame(
        {
            "segment": chance.choice(["mid", "other"], size),
            "created": created,
            "resolved": np.where(open_, OPEN, resolved),
            "outcome": outcome,
            "band": chance.integers(-1, 21, size),
            "n": 1,
        }
    )
    decided = deals[~open_ & (deals["resolved"] >= 0)]
    values = {"attribute": "industry", "value": "fintech"}
    return WeeklyTables(
        origin=date(2025, 1, 6),
        weeks=WEEKS,
        baseline_weeks=BASELINE,
        fiscal_quarters=(1,) * WEEKS,
        segments=("mid", "other"),
        deals=deals[deals["resolved"] >= 0],
        amounts=decided.assign(bin=100, log_amount=150)[list(COLUMNS["amounts"])],
        created_values=deals[deals["created"] >= 0].assign(**values)[list(COLUMNS["created_values"])],
        resolved_values=decided.assign(
            **values, age=decided["resolved"] - decided["created"], n_won=(decided["outcome"] == "won").astype(int)
        )[list(COLUMNS["resolved_values"])],
        accounts=pd.DataFrame([("mid", 1, 0, 7)], columns=list(COLUMNS["accounts"])),
    )


def _counts(tables: WeeklyTables, name: str) -> Any:
    frame: pd.DataFrame = getattr(tables, name)
    return frame.groupby([column for column in frame if column != "n"])["n"].sum().to_dict()


def test_a_look_without_corrections_reads_what_it_would_have_read_anyway(tables: WeeklyTables) -> None:
    merged = with_frozen_weeks(tables, frozen_weeks(tables))
    for name in COLUMNS:
        assert _counts(merged, name) == _counts(tables, name), name


def test_a_later_correction_does_not_move_the_baseline(tables: WeeklyTables) -> None:
    frozen = frozen_weeks(tables)
    early = (tables.deals["resolved"] < BASELINE) & (tables.deals["outcome"] == "lost")
    corrected = replace(tables, deals=tables.deals.assign(outcome=tables.deals["outcome"].mask(early, "won")))
    assert _counts(corrected, "deals") != _counts(tables, "deals")
    assert _counts(with_frozen_weeks(corrected, frozen), "deals") == _counts(tables, "deals")


def test_frozen_weeks_know_nothing_of_what_came_later(tables: WeeklyTables) -> None:
    frozen = frozen_weeks(tables)
    later = tables.deals["resolved"] >= BASELINE
    forgotten = tables.deals.assign(resolved=tables.deals["resolved"].mask(later, OPEN))
    unaware = replace(tables, deals=forgotten.assign(outcome=forgotten["outcome"].mask(later, "open")))
    assert weeks_as_json(frozen_weeks(unaware)) == weeks_as_json(frozen)
    assert set(frozen.deals.loc[frozen.deals["resolved"] == OPEN, "outcome"]) == {"open"}


def test_frozen_weeks_come_back_from_json_as_they_were(tables: WeeklyTables) -> None:
    frozen = frozen_weeks(tables)
    text = json.dumps(weeks_as_json(frozen))
    assert weeks_as_json(weeks_from_json(json.loads(text))) == json.loads(text)


def test_weeks_of_another_kind_are_refused_with_the_cure(tables: WeeklyTables) -> None:
    frozen = frozen_weeks(tables)
    with pytest.raises(RefusedError, match=r"other origin than this look.*Cure: restore look_day"):
        with_frozen_weeks(replace(tables, origin=date(2025, 1, 7)), frozen)


def test_customers_are_frozen_as_deals_are(tables: WeeklyTables) -> None:
    """One leaves in the baseline, one after it, one stays, one comes later; then nobody remembers the first."""
    rows = [("mid", -3, 5, 1), ("mid", 2, 20, 2), ("other", 1, OPEN, 3), ("other", 15, OPEN, 4)]
    known = replace(tables, customers=pd.DataFrame(rows, columns=list(CUSTOMERS)))
    frozen = weeks_from_json(json.loads(json.dumps(weeks_as_json(frozen_weeks(known)))))
    assert frozen.customers is not None
    assert frozen.customers.set_index(["segment", "started", "ended"])["n"].to_dict() == {
        ("mid", -3, 5): 1,
        ("mid", 2, OPEN): 2,
        ("other", 1, OPEN): 3,
    }
    assert _counts(with_frozen_weeks(known, frozen), "customers") == _counts(known, "customers")
    corrected = replace(known, customers=known.customers[1:] if known.customers is not None else None)
    assert _counts(with_frozen_weeks(corrected, frozen), "customers") == _counts(known, "customers")
    assert with_frozen_weeks(tables, frozen).customers is None
    assert with_frozen_weeks(known, frozen_weeks(tables)).customers is None
