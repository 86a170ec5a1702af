"""A backtest says what monitoring would have said, changes nothing, and knows how often it would cry wolf."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from icp_monitor import pipeline
from icp_monitor.ledger import open_ledger

pytestmark = pytest.mark.slow

PLANTED_ON, LOOK = date(2025, 5, 1), date(2025, 7, 28)


def backtest(project: Any, first: str, last: str, *options: str) -> dict[str, list[dict[str, Any]]]:
    """The lines that the program prints, by what they are about."""
    printed = project.run("backtest", "--from", first, "--to", last, "--format", "json", *options)
    lines = [json.loads(line) for line in printed.splitlines()]
    return {kind: [item for item in lines if item["line"] == kind] for kind in {item["line"] for item in lines}}


def test_the_planted_change_is_the_one_alert_of_a_year_of_looks(project: Any) -> None:
    pipeline.pull(project.settings)
    found = backtest(project, "2025-02-03", "2026-02-01")
    looks = sorted({item["as_of"] for item in found["verdict"]})
    assert (len(looks), looks[0], looks[-1]) == (52, "2025-02-03", "2026-01-26")
    opened = [item for item in found["alert"] if item["event"] == "opened"]
    places = {item["key"] for item in opened}
    assert "win_rate:down:fintech-mm" in places
    assert places <= {"win_rate:down:fintech-mm", "score_power:down:company"}  # fewer wins where the score is high
    assert all(PLANTED_ON < date.fromisoformat(item["as_of"]) < date(2025, 8, 4) for item in opened)


def test_a_backtest_says_what_the_look_said_and_writes_nothing(project: Any) -> None:
    """But for the carriers of a change, for which a look asks the engine once more."""
    pipeline.pull(project.settings)
    project.day(LOOK)
    path = project.folder / "output/verdicts/live" / f"{LOOK}.json"
    results, messages = project.results(), project.messages()
    found = backtest(project, str(LOOK), str(LOOK))
    assert (project.results(), project.messages()) == (results, messages)
    of_the_run = ("line", "run_id", "run_set", "knowledge", "baseline_id", "because", "not_because")
    said = [{key: value for key, value in item.items() if key not in of_the_run} for item in found["verdict"]]
    live = [
        {key: value for key, value in item.items() if key not in of_the_run}
        for item in json.loads(path.read_text("utf-8"))
    ]
    assert said == live


def test_before_the_first_look_thresholds_are_worked_out_but_not_kept(project: Any) -> None:
    pipeline.pull(project.settings)
    backtest(project, "2025-06-02", "2025-06-02")
    with open_ledger(project.environment["ICP_LEDGER_URL"]) as ledger:
        assert ledger.runs.finished("live", date(2025, 6, 2)) is None
        assert ledger.monitors.names(1) == ()


def test_a_self_test_finds_the_budget_that_was_set(project: Any) -> None:
    pipeline.pull(project.settings)
    (tested,) = backtest(project, "2025-06-02", "2025-06-02", "--aa")["false_alarms_per_year"]
    assert tested["budget_per_year"] == 0.7
    assert 0.35 < tested["value"] < 1.4  # sixty replays set the thresholds, four hundred others test them
    assert tested["low"] < tested["value"] < tested["high"]


def test_dates_without_a_look_are_refused_with_the_cure(project: Any) -> None:
    pipeline.pull(project.settings)
    said = project.run("backtest", "--from", "2025-07-29", "--to", "2025-08-03", expect=2)
    assert "there is no look from 2025-07-29 to 2025-08-03: monitoring began on 2025-01-27" in said
    assert "Cure: widen the dates" in said
