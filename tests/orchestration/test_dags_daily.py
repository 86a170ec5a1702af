"""icp_monitor_daily: what a run leaves in the ledger, the warehouse and the outbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("dags")]

LOOK_DAY, ANY_DAY = date(2025, 9, 1), date(2025, 9, 2)
STEPS = ["check", "score", "measure", "compare", "alert"]


@pytest.fixture(scope="module")
def history(airflow: Any, new_project: Callable[[], Any]) -> Any:
    """A project with two finished runs: of a look day, and of the day after it."""
    project = new_project()
    for day in (LOOK_DAY, ANY_DAY):
        done = airflow.run(project, "icp_monitor_daily", logical_date=f"{day}T12:00:00+00:00")
        assert done["state"] == "success", done
    return project


def test_a_run_is_finished_with_all_its_steps_as_of_the_end_of_its_interval(history: Any) -> None:
    with history.ledger() as ledger:
        for day in (LOOK_DAY, ANY_DAY):
            key = ledger.runs.finished("live", day)
            assert list(ledger.runs.get(key.run_id).steps) == STEPS


def test_only_look_days_are_compared_and_told(history: Any) -> None:
    with history.ledger() as ledger:
        verdicts = {
            day: ledger.verdicts.of_run(ledger.runs.finished("live", day).run_id) for day in (LOOK_DAY, ANY_DAY)
        }
    assert len(verdicts[LOOK_DAY]) > 30
    assert verdicts[ANY_DAY] == ()
    assert history.messages() == [f"{LOOK_DAY}-digest-{LOOK_DAY}.txt"]


def test_every_table_of_the_run_has_its_partition(history: Any) -> None:
    for day in (LOOK_DAY, ANY_DAY):
        tables = {name.split("/")[1] for name in history.results("live") if f"as_of={day}/" in name}
        assert tables >= {"account_scores", "opportunity_scores", "segment_metrics", "life_tables", "data_checks"}


def test_running_the_same_day_again_gives_the_same_bytes_and_tells_nobody(airflow: Any, history: Any) -> None:
    before, told, written = history.results("live"), history.messages(), history.first_written("live", LOOK_DAY)
    assert airflow.run(history, "icp_monitor_daily", logical_date=f"{LOOK_DAY}T12:00:00+00:00")["state"] == "success"
    assert history.first_written("live", LOOK_DAY) > written
    assert history.results("live") == before
    assert history.messages() == told


def test_only_the_runs_key_crosses_xcom(airflow: Any, history: Any) -> None:
    done = airflow.run(history, "icp_monitor_daily", logical_date=f"{ANY_DAY}T12:00:00+00:00")
    names = {"run_set", "as_of", "icp_version", "config_hash", "code_version", "knowledge"}
    assert {place: set(value) for place, value in done["xcom"].items()} == {
        f"{task}/return_value": names for task in ("pull", "check", "score", "measure", "compare")
    }


@pytest.mark.parametrize(
    ("run_after", "day"),
    [
        ("2025-09-10T03:59:00+00:00", date(2025, 9, 9)),
        ("2025-09-10T04:00:00+00:00", date(2025, 9, 10)),
    ],
)
def test_without_a_logical_date_the_business_day_of_the_trigger_is_taken(
    airflow: Any, history: Any, run_after: str, day: date
) -> None:
    assert airflow.run(history, "icp_monitor_daily", run_after=run_after)["state"] == "success"
    with history.ledger() as ledger:
        assert ledger.runs.finished("live", day) is not None
