"""icp_backfill: its form, its errors, and the same results as the command line's backfill."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("dags")]

FORM = {"from_date": "2025-08-20", "to_date": "2025-09-02", "knowledge": "restated", "icp_version": "1"}


def test_the_dag_and_the_command_line_give_the_same_run_set_to_the_byte(
    airflow: Any, new_project: Callable[[], Any]
) -> None:
    by_dag, by_hand = new_project(), new_project()
    for project in (by_dag, by_hand):
        _command(project, "pull")
    done = airflow.run(by_dag, "icp_backfill", run_after="2025-10-01T12:00:00+00:00", conf=FORM)
    assert done["tasks"] == {"plan": "success", "recompute": "success"}
    run_set = done["xcom"]["plan/return_value"]["run_set"]

    options = ["--from", FORM["from_date"], "--to", FORM["to_date"], "--knowledge", "restated", "--icp-version", "1"]
    told = json.loads(_command(by_hand, "backfill", *options, "--format", "json"))
    assert told["run_set"] == run_set
    assert [day["as_of"] for day in told["days"]] == ["2025-08-25", "2025-09-01"]
    assert by_dag.results(run_set) == by_hand.results(run_set)
    assert by_dag.messages() == by_hand.messages() == []
    with by_dag.ledger() as ledger:
        assert ledger.runs.finished_keys("live", date(2025, 8, 1), date(2025, 9, 30)) == ()


def test_the_how_to_shows_commands_that_run(new_project: Callable[[], Any]) -> None:
    project = new_project()
    _command(project, "pull")
    page = (Path(__file__).parents[2] / "docs" / "backfilling.md").read_text("utf-8")
    printed = [_command(project, *line.split()) for line in re.findall(r"^\$ icp-monitor (.+)$", page, re.MULTILINE)]
    plan, table, data = printed
    assert "Will compute 2 looks into run set bf-" in plan
    assert "2025-08-25" in table
    assert [day["as_of"] for day in json.loads(data)["days"]] == ["2025-08-25", "2025-09-01"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from_date", "last Monday"),
        ("to_date", "2025-13-01"),
        ("knowledge", "guessed"),
        ("icp_version", "latest"),
        ("icp_version", "0"),
    ],
)
def test_the_form_refuses_what_cannot_be_meant(airflow: Any, field: str, value: str) -> None:
    answer = airflow.ask("trigger", dag_id="icp_backfill", conf=FORM | {field: value})
    assert answer["status"] == 400
    assert field in answer["text"]


def test_the_form_asks_for_both_days(airflow: Any) -> None:
    answer = airflow.ask("trigger", dag_id="icp_backfill", conf={"knowledge": "as-was"})
    assert answer["status"] == 400


def _command(project: Any, *arguments: str) -> str:
    command = [sys.executable, "-m", "icp_monitor.cli", *arguments]
    done = subprocess.run(command, env=project.variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
