"""One alert for one cause at a time, and only the steps that its life allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import get_args

import pytest

from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import NotReadyError, RefusedError
from icp_monitor.ledger import Ledger, RunKey
from icp_monitor.ledger.alerts import ENDED, NEXT, Alert, AlertEvent, NewAlert, Status

MORNING = datetime(2026, 10, 5, 6, tzinfo=UTC)
NOON = MORNING.replace(hour=12)
KEY = RunKey("live", date(2026, 10, 5), 1, "c0ffee", "0.1.0+3f9a04c1", "as-was")
FOUND = NewAlert(
    "win_rate:down:fintech-mm:-", KEY.as_of, KEY.run_id, "critical", "#icp-drift", {"headline": "fewer won"}
)
NEXT_LOOK = replace(FOUND, as_of=date(2026, 10, 12))
LATER = date(2026, 10, 19)


@pytest.fixture(autouse=True)
def _a_run(ledger: Ledger, profile: Callable[..., IcpConfig]) -> None:
    ledger.versions.register(profile(), "hash", "ana", MORNING)
    ledger.runs.start(KEY, MORNING)


def _move(ledger: Ledger, alert_id: str, status: Status) -> Alert:
    return ledger.alerts.move(alert_id, status, "ana", NOON, reason="looked at it", until=LATER)


def test_an_alert_is_open_and_holds_what_was_found(ledger: Ledger) -> None:
    alert = ledger.alerts.open(FOUND, MORNING)
    assert alert == ledger.alerts.get(alert.alert_id)
    assert (alert.alert_id, alert.status, alert.payload) == (FOUND.alert_id, "open", {"headline": "fewer won"})
    assert ledger.alerts.history(alert.alert_id) == (AlertEvent(MORNING, "icp-monitor", "open", None),)


def test_the_id_follows_from_cause_and_look() -> None:
    others = [replace(FOUND, key="acv:down:fintech-mm:-"), NEXT_LOOK]
    assert len({FOUND.alert_id, *(other.alert_id for other in others)}) == 3
    assert replace(FOUND, severity="watch", payload={}).alert_id == FOUND.alert_id


def test_the_same_look_repeated_finds_the_same_alert_even_when_it_has_ended(ledger: Ledger) -> None:
    first = ledger.alerts.open(FOUND, MORNING)
    assert ledger.alerts.open(FOUND, NOON) == first
    ended = _move(ledger, first.alert_id, "dismissed")
    assert ledger.alerts.open(FOUND, NOON) == ended


@pytest.mark.parametrize("status", [status for status in get_args(Status) if status not in ENDED])
def test_while_an_alert_lives_its_cause_raises_no_other(ledger: Ledger, status: Status) -> None:
    first = ledger.alerts.open(FOUND, MORNING)
    if status != "open":
        first = _move(ledger, first.alert_id, status)
    assert ledger.alerts.open(NEXT_LOOK, NOON) == first
    assert len(ledger.alerts.all()) == 1


@pytest.mark.parametrize("status", ENDED)
def test_a_cause_that_recurs_after_its_alert_has_ended_is_a_new_alert(ledger: Ledger, status: Status) -> None:
    first = _move(ledger, ledger.alerts.open(FOUND, MORNING).alert_id, status)
    second = ledger.alerts.open(NEXT_LOOK, NOON)
    assert second.alert_id != first.alert_id
    assert ledger.alerts.all() == (first, second)
    assert ledger.alerts.all(ended=False) == (second,)


@pytest.mark.parametrize("step", [(a, b) for a in get_args(Status) for b in get_args(Status)])
def test_exactly_the_steps_of_the_table_are_possible(ledger: Ledger, step: tuple[Status, Status]) -> None:
    before, after = step
    alert = ledger.alerts.open(FOUND, MORNING)
    if before != "open":
        alert = _move(ledger, alert.alert_id, before)
    if after in NEXT[before]:
        assert _move(ledger, alert.alert_id, after).status == after
    else:
        with pytest.raises(RefusedError, match=f"is {before} and can't become {after}"):
            _move(ledger, alert.alert_id, after)
        assert ledger.alerts.get(alert.alert_id) == alert


def test_every_step_is_recorded_with_who_and_why(ledger: Ledger) -> None:
    alert = ledger.alerts.open(FOUND, MORNING)
    ledger.alerts.move(alert.alert_id, "acknowledged", "sam", NOON)
    ledger.alerts.move(alert.alert_id, "resolved", "ana", NOON, reason="new competitor")
    assert ledger.alerts.history(alert.alert_id)[1:] == (
        AlertEvent(NOON, "sam", "acknowledged", None),
        AlertEvent(NOON, "ana", "resolved", "new competitor"),
    )


@pytest.mark.parametrize("status", ENDED)
def test_an_alert_does_not_end_without_a_reason(ledger: Ledger, status: Status) -> None:
    alert = ledger.alerts.open(FOUND, MORNING)
    for reason in (None, " "):
        with pytest.raises(RefusedError, match="without a reason"):
            ledger.alerts.move(alert.alert_id, status, "ana", NOON, reason=reason)
    assert ledger.alerts.get(alert.alert_id).status == "open"


def test_a_snoozed_alert_rests_until_its_date_and_is_open_again_on_it(ledger: Ledger) -> None:
    alert = ledger.alerts.open(FOUND, MORNING)
    with pytest.raises(RefusedError, match="say until when"):
        ledger.alerts.move(alert.alert_id, "snoozed", "ana", NOON)
    assert _move(ledger, alert.alert_id, "snoozed").snoozed_until == LATER
    assert ledger.alerts.wake(date(2026, 10, 18), NOON) == ()
    assert ledger.alerts.wake(LATER, NOON) == (replace(alert, status="open"),)
    assert ledger.alerts.wake(LATER, NOON) == ()
    assert ledger.alerts.history(alert.alert_id)[-1].reason == "the snooze is over"


def test_an_unknown_alert_is_named(ledger: Ledger) -> None:
    with pytest.raises(NotReadyError, match="no alert a-0"):
        ledger.alerts.get("a-0")
    with pytest.raises(NotReadyError, match="no alert a-0"):
        ledger.alerts.move("a-0", "acknowledged", "ana", NOON)
