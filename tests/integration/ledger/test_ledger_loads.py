"""Loads are numbered without gaps, one pull at a time, so that one number tells readers what they may see."""

from __future__ import annotations

import fcntl
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from icp_monitor.errors import NotReadyError, RefusedError
from icp_monitor.ledger import Ledger, open_ledger
from icp_monitor.ledger.loads import FinishedLoad, Load

MORNING = datetime(2026, 10, 5, 6, tzinfo=UTC)
TODAY = date(2026, 10, 5)


def _finish(ledger: Ledger, load: Load, fingerprint: str = "f1") -> None:
    ledger.loads.finish(
        load,
        fingerprint=fingerprint,
        counts={"raw_accounts": 3},
        watermarks={"raw_accounts": "2026-10-05T05:50:00+00:00"},
        observed_until=TODAY,
        known_on=TODAY,
        at=MORNING,
    )


def test_an_empty_ledger_has_no_load(ledger: Ledger) -> None:
    assert ledger.loads.last() == 0
    assert ledger.loads.last_of("crm") is None


def test_readers_see_a_load_when_it_is_finished(ledger: Ledger) -> None:
    load = ledger.loads.begin("crm", MORNING)
    assert (load.number, load.first, load.attempt) == (1, True, 1)
    assert ledger.loads.last() == 0
    _finish(ledger, load)
    assert ledger.loads.last() == 1
    marks = {"raw_accounts": "2026-10-05T05:50:00+00:00"}
    assert ledger.loads.last_of("crm") == FinishedLoad(
        1, "crm", True, "f1", {"raw_accounts": 3}, marks, TODAY, TODAY, MORNING
    )


def test_a_number_that_was_never_finished_is_used_again_even_by_another_source(ledger: Ledger) -> None:
    ledger.loads.begin("crm", MORNING)
    again = ledger.loads.begin("survey", MORNING)
    assert (again.number, again.source, again.attempt) == (1, "survey", 2)
    _finish(ledger, again)
    assert ledger.loads.begin("crm", MORNING).number == 2


def test_only_the_first_finished_load_of_a_source_is_its_first(ledger: Ledger) -> None:
    _finish(ledger, ledger.loads.begin("crm", MORNING))
    assert ledger.loads.begin("crm", MORNING).first is False
    assert ledger.loads.begin("survey", MORNING).first is True


def test_on_an_earlier_day_the_loads_known_by_then_count_and_the_first_always(ledger: Ledger) -> None:
    for day in (5, 7, 9):
        load = ledger.loads.begin("crm", MORNING)
        known_on = date(2026, 10, day)
        ledger.loads.finish(
            load,
            fingerprint=f"f{day}",
            counts={},
            watermarks={},
            observed_until=known_on,
            known_on=known_on,
            at=MORNING,
        )
    days = (date(2026, 10, 1), date(2026, 10, 7), date(2026, 10, 8), date(2026, 10, 9), None)
    found = [ledger.loads.last_of("crm", known_by=day) for day in days]
    assert [load.number for load in found if load] == [1, 2, 2, 3, 3]


def test_a_process_whose_number_was_taken_over_can_not_finish_it(ledger: Ledger) -> None:
    slow = ledger.loads.begin("crm", MORNING)
    quick = ledger.loads.begin("crm", MORNING)
    with pytest.raises(RefusedError, match="Load 1 of crm was taken over"):
        _finish(ledger, slow)
    _finish(ledger, quick, "f2")
    with pytest.raises(RefusedError, match="taken over"):
        _finish(ledger, slow)
    newest = ledger.loads.last_of("crm")
    assert newest is not None
    assert newest.fingerprint == "f2"


def test_two_pulls_do_not_overlap(ledger_url: str) -> None:
    with open_ledger(ledger_url) as mine, open_ledger(ledger_url) as yours:
        with mine.loads.pulling():
            with (
                pytest.raises(NotReadyError, match="Another process is at work on this ledger"),
                yours.loads.pulling(patience=0),
            ):
                pytest.fail("both are inside")
            assert yours.loads.last() == 0
        with yours.loads.pulling():
            assert yours.loads.begin("crm", MORNING).number == 1


def test_a_pull_that_fails_lets_the_next_one_in(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.loads.pulling():
        raise ZeroDivisionError
    with ledger.loads.pulling():
        assert ledger.loads.begin("crm", MORNING).attempt == 1


def test_the_lock_of_sqlite_is_the_operating_system_s_own(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with open_ledger(f"sqlite:///{path}") as ledger, (tmp_path / "ledger.db.pull.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(NotReadyError), ledger.loads.pulling(patience=0):
            pytest.fail("both are inside")
