"""icp_quarterly_validation: the quarter, its report, and the decision of a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("dags")]

MATURED = date(2025, 8, 29)  # 120 days after 2025Q1, which ended with April
TASKS = ["pull", "measure", "validate", "approve", "record"]


@pytest.fixture(scope="module")
def decided(airflow: Any, new_project: Callable[[], Any]) -> tuple[Any, Any]:
    """A project after its validation, decided by a person, and how the run went."""
    project = new_project()
    before = project.settings().clock.now()
    answer = ["Change the ICP", "fintech has changed"]
    done = airflow.run(project, "icp_quarterly_validation", logical_date="2025-09-20T12:00:00+00:00", answer=answer)
    assert done["tasks"] == dict.fromkeys(TASKS, "success")
    return project, done | {"before": before}


def test_the_newest_mature_quarter_is_judged_as_of_the_day_on_which_it_had_matured(decided: tuple[Any, Any]) -> None:
    project, done = decided
    assert done["xcom"]["pull/return_value"]["quarter"] == "2025Q1"
    with project.ledger() as ledger:
        key = ledger.runs.finished("validation", MATURED)
        assert len(ledger.verdicts.of_run(key.run_id)) > 30


def test_the_report_is_published_as_page_and_data(decided: tuple[Any, Any]) -> None:
    folder = decided[0].folder / "output" / "reports" / "2025Q1"
    assert sorted(path.name for path in folder.iterdir()) == ["validation-2025Q1.html", "validation-2025Q1.json"]
    assert json.loads((folder / "validation-2025Q1.json").read_text("utf-8"))["quarter"] == "2025Q1"


def test_the_decision_is_kept_with_who_when_and_why(decided: tuple[Any, Any]) -> None:
    project, done = decided
    with project.ledger() as ledger:
        event = ledger.events.history()[-1]
        ledger.events.verify_chain()
    assert (event.action, event.who, event.reason) == ("change requested", "Anonymous", "fintech has changed")
    assert event.payload == {"quarter": "2025Q1"}
    assert done["before"] < event.at < project.settings().clock.now()


def test_only_keys_and_plain_words_cross_xcom(decided: tuple[Any, Any]) -> None:
    project, done = decided
    assert set(done["xcom"]["validate/return_value"]) == {"quarter", "icp_version", "report", "subject", "summary"}
    lines = (project.folder / "crm" / "accounts.csv").read_text("utf-8").splitlines()[1:]
    names = {line.split(",")[1] for line in lines}
    assert len(names) > 100
    crossed = json.dumps(done["xcom"])
    assert [name for name in names if name in crossed] == []


def test_validating_again_publishes_no_second_edition_and_records_no_second_decision(
    airflow: Any, decided: tuple[Any, Any]
) -> None:
    project, _ = decided
    with project.ledger() as ledger:
        events = len(ledger.events.history())
    answer = ["Change the ICP", "fintech has changed"]
    done = airflow.run(project, "icp_quarterly_validation", run_after="2025-09-21T12:00:00+00:00", answer=answer)
    assert done["state"] == "success"
    assert done["xcom"]["pull/return_value"]["quarter"] == "2025Q1"
    assert len(list((project.folder / "output" / "reports" / "2025Q1").iterdir())) == 2
    with project.ledger() as ledger:
        assert len(ledger.events.history()) == events
