"""A task that fails: one message to the ops channel, tried again only where that helps, and the run goes on later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("dags")]

DAY = date(2025, 9, 1)
NOON = f"{DAY}T12:00:00+00:00"


@pytest.fixture(scope="module")
def refused(airflow: Any, new_project: Callable[[], Any]) -> tuple[Any, Any]:
    """A project whose baseline begins before its data, and how its first run ended: ``compare`` refuses that."""
    project = new_project()
    project.edit("icp.yaml", "from: 2024-02-01", "from: 2023-05-01")
    return project, airflow.run(project, "icp_monitor_daily", logical_date=NOON)


def test_what_a_person_has_to_put_right_is_tried_once(refused: tuple[Any, Any]) -> None:
    _, done = refused
    assert done["tasks"] == {
        "pull": "success",
        "check": "success",
        "score": "success",
        "measure": "success",
        "compare": "failed",
        "alert": "upstream_failed",
    }
    assert done["tries"]["compare"] == 1


def test_the_ops_channel_is_told_once_in_our_own_words(refused: tuple[Any, Any]) -> None:
    project, done = refused
    (name,) = project.messages()
    text = (project.folder / "output" / "outbox" / name).read_text("utf-8")
    assert text.startswith("To #icp-ops\n")
    assert "icp_monitor_daily failed at compare" in text
    assert done["run_id"] in text
    assert "2023-05-01" in text
    assert "Traceback" not in text


def test_the_ledger_says_how_far_the_run_came_and_why_it_stopped(refused: tuple[Any, Any]) -> None:
    project, done = refused
    with project.ledger() as ledger:
        assert ledger.runs.finished("live", DAY) is None
        run = ledger.runs.get(_run_id(done))
    assert run.status == "failed"
    assert list(run.steps) == ["check", "score", "measure"]
    assert "2023-05-01" in str(run.error)


def test_a_run_whose_source_was_missing_succeeds_once_it_is_there(airflow: Any, new_project: Callable[[], Any]) -> None:
    project = new_project()
    (project.folder / "crm").rename(project.folder / "elsewhere")
    done = airflow.run(project, "icp_monitor_daily", logical_date=NOON)
    assert (done["tasks"]["pull"], done["tries"]["pull"]) == ("failed", 1)
    assert len(project.messages()) == 1

    (project.folder / "elsewhere").rename(project.folder / "crm")
    assert airflow.run(project, "icp_monitor_daily", logical_date=NOON)["state"] == "success"
    with project.ledger() as ledger:
        assert ledger.runs.finished("live", DAY) is not None


def _run_id(done: Any) -> str:
    from icp_monitor.pipeline.naming import from_text

    return from_text(done["xcom"]["pull/return_value"]).run_id
