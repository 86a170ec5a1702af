"""Traps that are avoided where deals are read: what a deal's outcome and segment are, whatever happens to it later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

import pytest

from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.attributes import bucket_keys
from icp_monitor.metrics.cohorts import life_tables
from icp_monitor.metrics.deals import Deals
from icp_monitor.metrics.resolved import carrier_counts
from icp_monitor.periods import Window
from icp_monitor.scoring.opportunities import scored_opportunities
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities

Row = Mapping[str, Any]
Run = Callable[..., list[Row]]

WINDOW, HORIZON = Window(date(2026, 1, 1), date(2026, 4, 1)), 90
LATE = date(2027, 1, 1)
SECOND = {"load": 2, "assumed": False}


@pytest.fixture
def icp(profile: Callable[..., IcpConfig]) -> IcpConfig:
    size = {"id": "employees", "weight": 1, "type": "number", "match": {"full": [100, None]}}
    return profile(size, segments=[{"id": "large", "name": "Large", "when": "employees >= 100", "priority": 1}])


@pytest.fixture
def counted(run: Run, icp: IcpConfig) -> Callable[..., list[tuple[Any, ...]]]:
    """The cells of the window's deals: segment, outcome, age bin and number."""
    catalogue = catalogue_of(icp)

    def count(as_of: date = LATE, **tables: list[Row]) -> list[tuple[Any, ...]]:
        asof = Asof(as_of, "as-was", 9, as_of, has_stage_events="raw_stage_events" in tables)
        snapshot = opportunities(catalogue, asof).subquery("snapshot")
        scored = scored_opportunities(catalogue, icp, asof, snapshot).subquery("scored")
        rows = run(catalogue, tables, life_tables(Deals(scored), [WINDOW], HORIZON, as_of))
        return sorted((row["segment"], row["outcome"], row["age"], row["n"]) for row in rows)

    return count


ACCOUNT = {"account_id": "x", "employees": 40.0}
DEAL = {"opportunity_id": "d", "account_id": "x", "outcome": "open", "created_on": date(2026, 1, 1)}


def event(day: date, outcome: str, stage: str) -> Row:
    return {"opportunity_id": "d", "entered_on": day, "stage": stage, "outcome": outcome}


def test_trap_5_05_a_deal_lost_reopened_and_won_is_one_deal_with_one_outcome(counted: Callable[..., Any]) -> None:
    """As known at each time: lost, open again, won; never twice."""
    events = [
        event(date(2026, 1, 20), "lost", "closed lost"),
        event(date(2026, 2, 10), "open", "negotiation"),
        event(date(2026, 3, 1), "won", "closed won"),
    ]
    tables = {"raw_accounts": [ACCOUNT], "raw_opportunities": [DEAL], "raw_stage_events": events}
    states = [counted(day, **tables) for day in (date(2026, 2, 1), date(2026, 2, 20), LATE)]
    assert states == [[("other", "lost", 14, 1)], [("other", "open", 49, 1)], [("other", "won", 56, 1)]]


def test_trap_5_32_a_customer_that_grows_stays_in_the_segment_of_its_deals_anchor_date(
    counted: Callable[..., Any],
) -> None:
    """Forty employees when the deal was created, five hundred since: the deal belongs where it began."""
    grown = {**ACCOUNT, **SECOND, "employees": 500.0, "known_on": date(2026, 5, 1), "valid_from": date(2026, 5, 1)}
    later = {**DEAL, "opportunity_id": "e", "created_on": date(2026, 6, 1)}
    won = {**DEAL, "outcome": "won", "closed_on": date(2026, 2, 1)}
    before = counted(raw_accounts=[ACCOUNT], raw_opportunities=[won])
    assert before == [("other", "won", 28, 1)]
    assert counted(raw_accounts=[ACCOUNT, grown], raw_opportunities=[won, later]) == before


def test_trap_5_33_another_version_of_the_profile_scores_the_same_deals_anew_and_the_baseline_with_them(
    counted: Callable[..., Any], icp: IcpConfig, run: Run
) -> None:
    """Baseline and quarter are both counted by the new rule, so that the edit is in no difference between them."""
    stricter = icp.model_copy(
        update={"segments": tuple(item.model_copy(update={"when": "employees >= 30"}) for item in icp.segments)}
    )
    catalogue = catalogue_of(stricter)
    asof = Asof(LATE, "as-was", 9, LATE)
    scored = scored_opportunities(catalogue, stricter, asof, opportunities(catalogue, asof).subquery("s"))
    windows = [Window(date(2025, 10, 1), WINDOW.start), WINDOW]
    deals = [DEAL, {**DEAL, "opportunity_id": "e", "created_on": date(2025, 11, 1)}]
    tables = {"raw_accounts": [ACCOUNT], "raw_opportunities": deals}
    rows = run(catalogue, tables, life_tables(Deals(scored.subquery("scored")), windows, HORIZON, LATE))
    assert {(row["cohort"], row["segment"]) for row in rows} == {(window.start, "large") for window in windows}
    assert {segment for segment, *_ in counted(**tables)} == {"other"}


def test_an_attribute_called_as_the_channel_is_takes_its_place_among_the_carriers(
    profile: Callable[..., IcpConfig], run: Run
) -> None:
    """Otherwise every deal would be counted twice in one dimension."""
    icp = profile({"id": "channel", "weight": 1, "type": "category", "match": {"full": ["web"]}})
    catalogue, asof = catalogue_of(icp), Asof(LATE, "as-was", 9, LATE)
    snapshot = opportunities(catalogue, asof).subquery("snapshot")
    scored = scored_opportunities(catalogue, icp, asof, snapshot, partial(bucket_keys, icp.attributes)).subquery(
        "scored"
    )
    deal = {**DEAL, "outcome": "won", "closed_on": date(2026, 2, 1), "channel": "event"}
    tables = {"raw_accounts": [{"account_id": "x", "channel": "web"}], "raw_opportunities": [deal]}
    rows = run(catalogue, tables, carrier_counts(Deals(scored), icp.attributes, HORIZON))
    assert {(row["dimension"], row["value"], row["n"]) for row in rows} == {
        ("channel", "web", 1),
        ("owner", "unknown", 1),
    }
