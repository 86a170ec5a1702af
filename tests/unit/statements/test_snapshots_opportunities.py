"""Which deals a snapshot holds, and how each of them stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from icp_monitor.catalogue import Catalogue, catalogue_of
from icp_monitor.config.icp import Definitions, IcpConfig
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import counted, opportunities
from icp_monitor.snapshots.stages import stage_history

Row = Mapping[str, Any]
Run = Callable[..., list[Row]]

JULY = date(2026, 7, 1)
NOW = Asof(JULY, "as-was", 9, JULY)
RECORDED = replace(NOW, has_stage_events=True)
DEAL = {"opportunity_id": "d", "account_id": "x", "outcome": "open", "created_on": date(2026, 1, 1)}
SECOND_LOAD = {"load": 2, "assumed": False, "known_on": date(2026, 6, 1), "valid_from": date(2026, 6, 1)}


@pytest.fixture
def catalogue(profile: Callable[..., IcpConfig]) -> Catalogue:
    return catalogue_of(profile({"id": "a", "weight": 1, "type": "category", "match": {"full": ["yes"]}}))


@pytest.mark.parametrize(
    ("facts", "outcome", "closed_on", "age_days"),
    [
        ({}, "open", None, 181),
        ({"outcome": "won", "closed_on": date(2026, 3, 2)}, "won", date(2026, 3, 2), 60),
        ({"outcome": "no_decision", "closed_on": date(2026, 6, 30)}, "no_decision", date(2026, 6, 30), 180),
        ({"outcome": "won", "closed_on": JULY}, "open", None, 181),
        ({"outcome": "open", "closed_on": date(2026, 3, 2)}, "open", None, 181),
        ({"outcome": "lost", "closed_on": None}, "open", None, 181),
    ],
)
def test_a_deal_is_closed_from_the_day_after_its_close_date(
    catalogue: Catalogue, run: Run, facts: Row, outcome: str, closed_on: date | None, age_days: int
) -> None:
    (row,) = run(catalogue, {"raw_opportunities": [{**DEAL, **facts}]}, opportunities(catalogue, NOW))
    assert (row["outcome"], row["closed_on"], row["age_days"], row["derived"]) == (outcome, closed_on, age_days, True)


def test_an_open_deal_is_as_old_as_it_was_when_last_observed(catalogue: Catalogue, run: Run) -> None:
    until_may = replace(NOW, observed_until=date(2026, 5, 1))
    (row,) = run(catalogue, {"raw_opportunities": [DEAL]}, opportunities(catalogue, until_may))
    assert row["age_days"] == 120


def test_a_deal_created_on_the_day_does_not_exist_yet(catalogue: Catalogue, run: Run) -> None:
    deals = [{**DEAL, "created_on": JULY}, {**DEAL, "opportunity_id": "undated", "created_on": None}]
    assert run(catalogue, {"raw_opportunities": deals}, opportunities(catalogue, NOW)) == []


def test_only_the_profiles_types_and_lifespans_count(catalogue: Catalogue, run: Run) -> None:
    quick = {**DEAL, "outcome": "won", "closed_on": DEAL["created_on"] + timedelta(days=1)}
    deals = [
        {**quick, "opportunity_id": "too quick", "type": "new"},
        {**quick, "opportunity_id": "long enough", "type": "new", "closed_on": date(2026, 1, 3)},
        {**DEAL, "opportunity_id": "still open", "type": "new", "created_on": date(2026, 6, 30)},
        {**DEAL, "opportunity_id": "renewal", "type": "renewal"},
        {**DEAL, "opportunity_id": "untyped", "type": None},
    ]
    definitions = Definitions(types=("new",), min_lifespan_days=2)
    snapshot = opportunities(catalogue, NOW).subquery("deals")
    rows = run(catalogue, {"raw_opportunities": deals}, counted(snapshot, definitions))
    assert {row["opportunity_id"] for row in rows} == {"long enough", "still open"}


def test_as_was_the_old_version_counts_and_restated_the_new_one(catalogue: Catalogue, run: Run) -> None:
    closed_late = {**DEAL, **SECOND_LOAD, "outcome": "lost", "closed_on": date(2026, 2, 1)}
    tables = {"raw_opportunities": [DEAL, closed_late]}
    may = date(2026, 5, 1)
    as_was, restated = (
        run(catalogue, tables, opportunities(catalogue, Asof(may, knowledge, 9, may)))[0]["outcome"]
        for knowledge in ("as-was", "restated")
    )
    assert (as_was, restated) == ("open", "lost")


def test_loads_after_the_last_one_are_not_read(catalogue: Catalogue, run: Run) -> None:
    tables = {"raw_opportunities": [DEAL, {**DEAL, **SECOND_LOAD, "owner_id": "new"}]}
    before = run(catalogue, tables, opportunities(catalogue, replace(NOW, last_load=1)))
    after = run(catalogue, tables, opportunities(catalogue, replace(NOW, last_load=2)))
    assert [row["owner_id"] for row in before + after] == [None, "new"]


def test_a_deleted_deal_is_gone_until_it_comes_back(catalogue: Catalogue, run: Run) -> None:
    gone = {**SECOND_LOAD, "opportunity_id": "d", "deleted": True}
    back = {**DEAL, "load": 3, "assumed": False, "known_on": JULY, "valid_from": JULY}
    tables = {"raw_opportunities": [DEAL, gone, back]}
    days = (date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 30), JULY)
    found = [len(run(catalogue, tables, opportunities(catalogue, Asof(day, "as-was", 9, day)))) for day in days]
    assert found == [1, 0, 0, 1]


def event(day: date, outcome: str, stage: str = "stage") -> Row:
    return {"opportunity_id": "d", "entered_on": day, "stage": stage, "outcome": outcome}


@pytest.mark.parametrize(
    ("events", "outcome", "closed_on", "derived"),
    [
        ([], "lost", date(2026, 2, 1), True),
        ([event(JULY, "won")], "lost", date(2026, 2, 1), True),
        ([event(date(2026, 1, 5), "open")], "open", None, False),
        ([event(date(2026, 1, 5), "open"), event(date(2026, 4, 1), "won")], "won", date(2026, 4, 1), False),
        ([event(date(2026, 4, 1), "won"), event(date(2026, 4, 2), "open", "reopened")], "open", None, False),
        ([event(date(2026, 4, 1), "open", "a"), event(date(2026, 4, 1), "won", "b")], "won", date(2026, 4, 1), False),
        ([event(date(2026, 4, 1), "lost", "a"), event(date(2026, 4, 1), "won", "b")], "won", date(2026, 4, 1), False),
    ],
)
def test_trap_5_03_recorded_stages_outrank_the_dates_of_the_record(
    catalogue: Catalogue, run: Run, events: list[Row], outcome: str, closed_on: date | None, derived: bool
) -> None:
    deal = {**DEAL, "outcome": "lost", "closed_on": date(2026, 2, 1)}
    tables = {"raw_opportunities": [deal], "raw_stage_events": events}
    (row,) = run(catalogue, tables, opportunities(catalogue, RECORDED))
    assert (row["outcome"], row["closed_on"], row["derived"]) == (outcome, closed_on, derived)


def test_the_history_of_a_deal_without_recorded_stages_comes_from_its_dates(catalogue: Catalogue, run: Run) -> None:
    deals = [
        {**DEAL, "outcome": "won", "closed_on": date(2026, 2, 1)},
        {**DEAL, "opportunity_id": "recorded", "outcome": "won", "closed_on": date(2026, 2, 1)},
        {**DEAL, "opportunity_id": "new"},
    ]
    demo = {"opportunity_id": "recorded", "entered_on": date(2026, 1, 9), "stage": "demo", "outcome": "open"}
    snapshot = opportunities(catalogue, RECORDED).subquery("deals")
    statement = stage_history(catalogue, NOW, snapshot)
    rows = run(catalogue, {"raw_opportunities": deals, "raw_stage_events": [demo]}, statement)
    assert sorted(tuple(row.values()) for row in rows) == [
        ("d", date(2026, 1, 1), "created", "open", True),
        ("d", date(2026, 2, 1), "won", "won", True),
        ("new", date(2026, 1, 1), "created", "open", True),
        ("recorded", date(2026, 1, 9), "demo", "open", False),
    ]
