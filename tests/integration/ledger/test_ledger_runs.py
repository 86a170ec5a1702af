"""Readers are shown finished runs only, and for each set and date at most one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import NotReadyError, RefusedError
from icp_monitor.ledger import Ledger, RunKey

MORNING = datetime(2026, 10, 5, 6, tzinfo=UTC)
NOON = MORNING.replace(hour=12)
KEY = RunKey("live", date(2026, 10, 5), 1, "c0ffee", "0.1.0+3f9a04c1", "as-was")


@pytest.fixture(autouse=True)
def _registered(ledger: Ledger, profile: Callable[..., IcpConfig]) -> None:
    ledger.versions.register(profile(), "hash", "ana", MORNING)


def test_the_id_of_a_run_follows_from_its_key_alone() -> None:
    variants = [
        KEY,
        replace(KEY, run_set="bf-1"),
        replace(KEY, as_of=date(2026, 10, 6)),
        replace(KEY, icp_version=2),
        replace(KEY, config_hash="decaf"),
        replace(KEY, code_version="0.1.1+3f9a04c1"),
        replace(KEY, knowledge="restated"),
    ]
    assert len({key.run_id for key in variants}) == len(variants)
    assert replace(KEY).run_id == KEY.run_id


def test_a_run_is_unfinished_from_its_start_and_seen_when_it_is_finished(ledger: Ledger) -> None:
    assert ledger.runs.finished("live", KEY.as_of) is None
    started = ledger.runs.start(KEY, MORNING)
    assert (started.key, started.status, started.steps, started.started_at) == (KEY, "unfinished", {}, MORNING)
    assert ledger.runs.finished("live", KEY.as_of) is None
    ledger.runs.finish_step(KEY.run_id, "score", {"account_scores": 12}, MORNING)
    ledger.runs.finish(KEY.run_id, NOON)
    assert ledger.runs.finished("live", KEY.as_of) == KEY
    run = ledger.runs.get(KEY.run_id)
    assert (run.status, run.finished_at) == ("finished", NOON)
    assert run.steps == {"score": {"finished_at": MORNING.isoformat(), "counts": {"account_scores": 12}}}


def test_a_run_that_died_or_failed_goes_on_after_the_steps_that_it_had_done(ledger: Ledger) -> None:
    ledger.runs.start(KEY, MORNING)
    ledger.runs.finish_step(KEY.run_id, "pull", {}, MORNING)
    assert list(ledger.runs.start(KEY, NOON).steps) == ["pull"]
    ledger.runs.finish_step(KEY.run_id, "score", {}, NOON)
    ledger.runs.fail(KEY.run_id, "disk full", NOON)
    failed = ledger.runs.get(KEY.run_id)
    assert (failed.status, failed.error) == ("failed", "disk full")
    assert ledger.runs.finished("live", KEY.as_of) is None
    again = ledger.runs.start(KEY, NOON)
    assert (list(again.steps), again.status, again.error) == (["pull", "score"], "unfinished", None)


def test_a_finished_run_that_is_started_again_is_unfinished_and_begins_anew(ledger: Ledger) -> None:
    ledger.runs.start(KEY, MORNING)
    ledger.runs.finish_step(KEY.run_id, "pull", {}, MORNING)
    ledger.runs.finish(KEY.run_id, MORNING)
    again = ledger.runs.start(KEY, NOON)
    assert (again.status, again.steps, again.finished_at) == ("unfinished", {}, None)
    assert ledger.runs.finished("live", KEY.as_of) is None


def test_a_run_with_other_code_takes_over_the_date_and_the_earlier_one_can_not_come_back(ledger: Ledger) -> None:
    newer = replace(KEY, code_version="0.2.0+1234abcd")
    ledger.runs.start(KEY, MORNING)
    ledger.runs.finish(KEY.run_id, MORNING)
    ledger.runs.start(newer, NOON)
    assert ledger.runs.finished("live", KEY.as_of) is None
    for late in (
        lambda: ledger.runs.finish(KEY.run_id, NOON),
        lambda: ledger.runs.finish_step(KEY.run_id, "score", {}, NOON),
    ):
        with pytest.raises(RefusedError, match="superseded by a later run"):
            late()
    ledger.runs.fail(KEY.run_id, "too late", NOON)
    assert ledger.runs.get(KEY.run_id).status == "superseded"
    ledger.runs.finish(newer.run_id, NOON)
    assert ledger.runs.finished("live", KEY.as_of) == newer


def test_a_superseded_run_that_is_started_again_begins_anew(ledger: Ledger) -> None:
    ledger.runs.start(KEY, MORNING)
    ledger.runs.finish_step(KEY.run_id, "pull", {}, MORNING)
    ledger.runs.start(replace(KEY, config_hash="decaf"), MORNING)
    assert ledger.runs.start(KEY, NOON).steps == {}


def test_other_sets_and_dates_are_left_alone(ledger: Ledger) -> None:
    ledger.runs.create_backfill("ana", {}, MORNING)
    sets = [KEY, replace(KEY, run_set="bf-1"), replace(KEY, run_set="validation")]
    keys = [*sets, replace(KEY, as_of=date(2026, 10, 6))]
    for key in keys:
        ledger.runs.start(key, MORNING)
        ledger.runs.finish(key.run_id, MORNING)
    assert [ledger.runs.finished(key.run_set, key.as_of) for key in keys] == keys


def test_the_finished_keys_of_a_span_come_by_date_both_ends_included(ledger: Ledger) -> None:
    keys = [replace(KEY, as_of=KEY.as_of + timedelta(days=day)) for day in (3, 0, 2, 1)]
    for key in keys:
        ledger.runs.start(key, MORNING)
    for key in keys[:3]:
        ledger.runs.finish(key.run_id, MORNING)
    found = ledger.runs.finished_keys("live", KEY.as_of, KEY.as_of + timedelta(days=2))
    assert [key.as_of.day for key in found] == [5, 7]


def test_a_run_needs_a_stored_version_and_a_known_run_set(ledger: Ledger) -> None:
    with pytest.raises(NotReadyError, match="no version 9"):
        ledger.runs.start(replace(KEY, icp_version=9), MORNING)
    with pytest.raises(NotReadyError, match="no run set bf-7"):
        ledger.runs.start(replace(KEY, run_set="bf-7"), MORNING)
    with pytest.raises(NotReadyError, match="no run 0000"):
        ledger.runs.finish("0000", MORNING)


def test_backfills_are_numbered_and_a_named_one_may_be_asked_for_again(ledger: Ledger) -> None:
    asked = {"from": "2026-01-01", "to": "2026-06-30", "knowledge": "restated"}
    names = [ledger.runs.create_backfill("ana", asked, MORNING) for _ in range(2)]
    assert names == ["bf-1", "bf-2"]
    for _ in range(2):
        assert ledger.runs.create_backfill("ana", asked, MORNING, run_set="bf-airflow-8") == "bf-airflow-8"
    assert ledger.runs.create_backfill("ana", asked, MORNING) == "bf-3"


@pytest.mark.parametrize(("name", "parameters"), [("bf-1", {"to": "2026-12-31"}), ("live", {}), ("march", {})])
def test_a_name_that_stands_for_something_else_is_refused(
    ledger: Ledger, name: str, parameters: dict[str, str]
) -> None:
    ledger.runs.create_backfill("ana", {"to": "2026-06-30"}, MORNING)
    with pytest.raises(RefusedError, match=f"{name} can't name this backfill"):
        ledger.runs.create_backfill("ana", parameters, MORNING, run_set=name)
