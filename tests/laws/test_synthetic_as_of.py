"""What a CRM shows on one day never contradicts what it showed on an earlier one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.errors import ConfigError
from icp_monitor.synthetic.changes import (
    AmountShift,
    CycleShift,
    Disturbance,
    Drift,
    MixShift,
    ScoreStopsPredicting,
    SoonerWins,
    Surge,
    WinRateShift,
)
from icp_monitor.synthetic.company import generate
from icp_monitor.synthetic.extract import Extract
from icp_monitor.synthetic.world import World

ON = date(2024, 8, 1)
CHANGES: tuple[Drift, ...] = (
    WinRateShift("fintech-mm", -0.14, ON),
    WinRateShift(None, 0.05, ON, over_weeks=20),
    AmountShift("health-mm", 1.3, ON),
    CycleShift(None, 1.35, ON),
    MixShift("smb", 0.5, ON),
    ScoreStopsPredicting(ON),
)
DISTURBANCES: tuple[Disturbance, ...] = (Surge(1.6, ON, weeks=13), SoonerWins(4, ON))
STEADY = World(seed=3, accounts=600, scale=0.15)
COMPANY = generate(replace(STEADY, drifts=CHANGES, disturbances=DISTURBANCES))
DAYS = st.dates(COMPANY.world.history.start, COMPANY.world.history.end)
MAY_CHANGE_WHEN_CLOSING = ["stage", "closed_on", "amount"]


def same(one: Extract, other: Extract) -> bool:
    return all(
        getattr(one, name).equals(getattr(other, name))
        for name in ("accounts", "opportunities", "stage_events", "win_loss")
    )


@given(DAYS, DAYS)
def test_between_two_days_records_are_only_added_and_deals_only_move_on(one: date, other: date) -> None:
    earlier, later = COMPANY.as_of(min(one, other)), COMPANY.as_of(max(one, other))
    for name in ("accounts", "win_loss"):
        before = getattr(earlier, name)
        assert getattr(later, name).slice(0, before.num_rows).equals(before)
    before = earlier.opportunities
    after = later.opportunities.slice(0, before.num_rows)
    assert after.drop_columns(MAY_CHANGE_WHEN_CLOSING).equals(before.drop_columns(MAY_CHANGE_WHEN_CLOSING))
    closed, still_open = pc.is_valid(before["closed_on"]), pc.is_null(after["closed_on"])
    assert after.filter(closed).equals(before.filter(closed))
    assert after.filter(still_open)["amount"].equals(before.filter(still_open)["amount"])
    assert events(later, until=min(one, other)) == events(earlier)


def events(extract: Extract, until: date = date.max) -> set[tuple[object, ...]]:
    table = extract.stage_events
    rows = zip(*(table[name].to_pylist() for name in table.column_names), strict=True)
    return {row for row in rows if row[-1] < until}


@given(DAYS)
def test_nothing_on_record_happened_on_the_day_or_later(day: date) -> None:
    extract = COMPANY.as_of(day)
    moments = [
        extract.accounts["created_on"],
        extract.opportunities["created_on"],
        extract.opportunities["closed_on"],
        extract.stage_events["entered_on"],
        extract.win_loss["recorded_on"],
    ]
    assert all(pc.all(pc.less(column, pa.scalar(day)), min_count=0).as_py() for column in moments)


@given(DAYS)
def test_a_deals_stage_is_the_last_that_it_entered(day: date) -> None:
    extract = COMPANY.as_of(day)
    table = extract.stage_events
    last = dict(zip(table["opportunity_id"].to_pylist(), table["stage"].to_pylist(), strict=True))
    opportunities = extract.opportunities
    assert last == dict(
        zip(opportunities["opportunity_id"].to_pylist(), opportunities["stage"].to_pylist(), strict=True)
    )


@pytest.mark.parametrize("change", [*CHANGES, *DISTURBANCES], ids=repr)
def test_until_a_change_the_company_is_the_same_as_without_it(change: Drift | Disturbance) -> None:
    is_drift = isinstance(change, Drift)
    world = replace(STEADY, drifts=(change,)) if is_drift else replace(STEADY, disturbances=(change,))
    changed, steady = generate(world), generate(STEADY)
    assert same(changed.as_of(ON), steady.as_of(ON))
    assert not same(changed.as_of(ON + timedelta(days=120)), steady.as_of(ON + timedelta(days=120)))


def test_accounts_exist_before_their_opportunities_and_deals_last_two_days() -> None:
    extract = COMPANY.extract
    joined = extract.opportunities.join(
        extract.accounts.select(["account_id", "created_on"]), "account_id", right_suffix="_account"
    )
    assert joined.num_rows == extract.opportunities.num_rows
    assert pc.all(pc.less_equal(joined["created_on_account"], joined["created_on"])).as_py()
    days = pc.days_between(joined["created_on"], joined["closed_on"])
    assert pc.min(days).as_py() >= 2


def test_a_day_outside_the_history_is_refused() -> None:
    with pytest.raises(ConfigError, match="2026-02-02 is outside"):
        COMPANY.as_of(date(2026, 2, 2))
