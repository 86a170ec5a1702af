"""What every DAG of ours promises, and which step follows which."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("dags")]

EDGES = {
    "icp_monitor_daily": {
        "pull": ["check"],
        "check": ["score"],
        "score": ["measure"],
        "measure": ["compare"],
        "compare": ["alert"],
        "alert": [],
    },
    "icp_quarterly_validation": {
        "pull": ["measure"],
        "measure": ["validate"],
        "validate": ["approve", "record"],
        "approve": ["record"],
        "record": [],
    },
    "icp_backfill": {"plan": ["recompute"], "recompute": []},
}
TIMETABLES = {
    "icp_monitor_daily": "CronDataIntervalTimetable",
    "icp_quarterly_validation": "FiscalQuarterTimetable",
    "icp_backfill": "NullTimetable",
}


@pytest.fixture(scope="module")
def dags(airflow: Any) -> dict[str, Any]:
    """Every DAG as Airflow loaded it; a file that can't be loaded ends the worker."""
    described: dict[str, Any] = airflow.ask("describe")
    return described


def test_these_are_the_dags_and_their_steps_in_order(dags: dict[str, Any]) -> None:
    found = {
        dag_id: {task_id: task["downstream"] for task_id, task in dag["tasks"].items()} for dag_id, dag in dags.items()
    }
    assert found == EDGES


def test_schedules_have_data_intervals_and_none_is_a_bare_cron_expression(dags: dict[str, Any]) -> None:
    assert {dag_id: dag["timetable"] for dag_id, dag in dags.items()} == TIMETABLES


@pytest.mark.parametrize("dag_id", EDGES)
def test_a_dag_says_what_it_is_for_runs_once_at_a_time_and_tells_of_failures(dags: dict[str, Any], dag_id: str) -> None:
    dag = dags[dag_id]
    assert dag["doc_md"].strip().startswith("**What it answers:**")
    assert dag["description"].endswith("?")
    assert "icp" in dag["tags"]
    assert (dag["catchup"], dag["max_active_runs"]) == (False, 1)
    assert dag["failure_callback"] == "tell_ops"


@pytest.mark.parametrize("dag_id", EDGES)
def test_a_task_has_an_owner_a_word_of_explanation_and_tries_again_where_that_helps(
    dags: dict[str, Any], dag_id: str
) -> None:
    for task in dags[dag_id]["tasks"].values():
        assert task["owner"] == "revops"
        assert task["doc_md"]
        assert task["retries"] >= 1
        assert task["retry_policy"] == "TryAgain"
        assert task["failure_callbacks"] == ["tell_ops"]


def test_only_a_persons_answer_may_take_as_long_as_it_likes(dags: dict[str, Any]) -> None:
    endless = {
        (dag_id, task_id)
        for dag_id, dag in dags.items()
        for task_id, task in dag["tasks"].items()
        if task["timeout"] is None
    }
    assert endless == {("icp_quarterly_validation", "approve")}


def test_a_person_can_choose_exactly_what_the_ledger_can_record(dags: dict[str, Any]) -> None:
    from icp_monitor.pipeline.decisions import CHOICES

    assert dags["icp_quarterly_validation"]["tasks"]["approve"]["options"] == list(CHOICES)


def test_the_form_of_the_backfill_offers_the_kinds_of_knowledge_that_there_are(dags: dict[str, Any]) -> None:
    from icp_monitor.pipeline.backfill import KNOWLEDGE

    assert dags["icp_backfill"]["params"]["knowledge"]["enum"] == list(KNOWLEDGE)
