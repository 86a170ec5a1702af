"""What the DAGs share: a run's days, settings with the Slack connection, another try, and the message of a failure."""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest

from icp_monitor.errors import ConfigError, DeliveryError, NotReadyError, RefusedError, SourceError, StorageError
from icp_monitor.periods import Window

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.skipif(importlib.util.find_spec("airflow") is None, reason="the airflow extra is not installed"),
]

PLUGINS = Path(__file__).parents[2] / "plugins"
NEW_YORK = "America/New_York"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Imports a module of the plugins folder by name, as Airflow lets DAG files do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("home")))
        patch.syspath_prepend(str(PLUGINS))
        yield importlib.import_module


def run(run_type: str = "scheduled", **context: Any) -> dict[str, Any]:
    after = context.pop("run_after", datetime(2025, 9, 1, tzinfo=UTC))
    return {"dag_run": SimpleNamespace(run_type=run_type, run_after=after), **context}


def interval(start: date, end: date, timezone: str = NEW_YORK) -> dict[str, datetime]:
    """A data interval between two local midnights, in UTC as Airflow gives it."""
    first, last = (
        datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC) for day in (start, end)
    )
    return {"data_interval_start": first, "data_interval_end": last}


@pytest.mark.parametrize(
    ("day", "timezone"),
    [
        (date(2025, 9, 1), NEW_YORK),
        (date(2025, 3, 10), NEW_YORK),  # the clocks went forward in the interval
        (date(2025, 11, 3), NEW_YORK),  # and back
        (date(2026, 4, 24), "Africa/Cairo"),  # a day without a midnight
        (date(2025, 9, 1), "Asia/Tokyo"),
        (date(2025, 9, 1), "Pacific/Kiritimati"),
    ],
)
def test_a_run_looks_up_to_its_intervals_end_in_the_business_time_zone(
    shared: Callable[[str], Any], day: date, timezone: str
) -> None:
    context = run(**interval(day - timedelta(days=1), day, timezone))
    assert shared("icp_runs").as_of(context, timezone) == day
    assert shared("icp_runs").window_of(context, timezone) == Window(day - timedelta(days=1), day)


@pytest.mark.parametrize(
    "timezone", [NEW_YORK, "Europe/Berlin", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe"]
)
def test_the_daily_schedule_looks_at_every_date_once(shared: Callable[[str], Any], timezone: str) -> None:
    base, intervals = shared("airflow.timetables.base"), shared("airflow.timetables.interval")
    schedule = intervals.CronDataIntervalTimetable("0 0 * * *", timezone=timezone)
    first = pendulum.datetime(2025, 1, 1, tz=timezone)
    dates, last = [], None
    for _ in range(2 * 365):
        restriction = base.TimeRestriction(first, None, catchup=True)
        last = schedule.next_dagrun_info(last_automated_data_interval=last, restriction=restriction).data_interval
        context = run(data_interval_start=last.start, data_interval_end=last.end)
        dates.append(shared("icp_runs").as_of(context, timezone))
    assert dates == [date(2025, 1, 2) + timedelta(days=n) for n in range(2 * 365)]


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2025-09-10T03:59:00+00:00", date(2025, 9, 9)), ("2025-09-10T04:00:00+00:00", date(2025, 9, 10))],
)
def test_a_run_without_an_interval_looks_up_to_the_day_on_which_it_was_asked_for(
    shared: Callable[[str], Any], moment: str, day: date
) -> None:
    context = run("manual", run_after=datetime.fromisoformat(moment))
    assert shared("icp_runs").window_of(context, NEW_YORK) is None
    assert shared("icp_runs").as_of(context, NEW_YORK) == day


@pytest.mark.parametrize(("run_type", "expected"), [("backfill", True), ("scheduled", False), ("manual", False)])
def test_only_airflows_backfill_fills_a_gap(shared: Callable[[str], Any], run_type: str, expected: bool) -> None:
    kind = shared("airflow.utils.types").DagRunType(run_type)
    for spelling in (run_type, kind):
        assert shared("icp_runs").is_backfill(run(spelling)) is expected


def test_a_backfill_skips_the_question(shared: Callable[[str], Any]) -> None:
    skipped = shared("airflow.sdk.exceptions").AirflowSkipException
    with pytest.raises(skipped, match="asks nobody"):
        shared("icp_runs").skip_in_backfill(run("backfill"))
    shared("icp_runs").skip_in_backfill(run("scheduled"))


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (ConfigError("x"), "fail"),
        (RefusedError("x"), "fail"),
        (SourceError("x"), "fail"),
        (StorageError("x"), "retry"),
        (DeliveryError("x"), "retry"),
        (NotReadyError("x"), "retry"),
        (ConnectionError("x"), "default"),
    ],
)
def test_another_try_is_made_only_where_it_can_help(
    shared: Callable[[str], Any], error: Exception, action: str
) -> None:
    decision = shared("icp_tasks").TryAgain().evaluate(error, 1, 3)
    assert decision.action.value == action
    assert decision.reason == (None if action == "default" else "x")


def test_the_slack_connection_gives_token_and_address_and_hides_the_token(
    shared: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = {"base_url": "http://127.0.0.1:9/api/"}
    connection = {"conn_type": "slack", "password": "xoxb-1-secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_ICP_SLACK", json.dumps(connection))
    settings = shared("icp_settings").with_slack()
    assert settings.slack_token.get_secret_value() == "xoxb-1-secret"
    assert settings.slack_base_url == extra["base_url"]
    assert "xoxb" not in repr(settings)


def test_a_slack_connection_without_a_token_says_where_it_belongs(
    shared: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_ICP_SLACK", json.dumps({"conn_type": "slack"}))
    with pytest.raises(ConfigError, match=r"connection icp_slack: has no password\. Cure: put the bot's token"):
        shared("icp_settings").with_slack()


@pytest.fixture
def project(new_project: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A project that this process works in."""
    found = new_project()
    connection = json.dumps({"conn_type": "slack", "password": "xoxb-1-secret"})  # unused: messages go to files
    for name, value in {**found.variables, "AIRFLOW_CONN_ICP_SLACK": connection}.items():
        monkeypatch.setenv(name, value)
    return found


KILLED = {"ti": SimpleNamespace(dag_id="icp_monitor_daily", task_id="score", run_id="scheduled__1")}


def test_a_task_that_was_killed_is_told_once(shared: Callable[[str], Any], project: Any) -> None:
    for _ in range(2):
        shared("icp_tasks").tell_ops(KILLED)
    (name,) = project.messages()
    text = (project.folder / "output" / "outbox" / name).read_text("utf-8")
    assert "icp_monitor_daily failed at score" in text
    assert "It ended without a word, as if it had been killed. See the task's log." in text


def test_a_run_that_failed_without_a_failed_task_is_told(shared: Callable[[str], Any], project: Any) -> None:
    shared("icp_tasks").tell_ops({"dag": SimpleNamespace(dag_id="icp_backfill"), "run_id": "manual__1"})
    (name,) = project.messages()
    assert "icp_backfill" in (project.folder / "output" / "outbox" / name).read_text("utf-8")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StorageError("the disk is full. Cure: make room"), "the disk is full. Cure: make room"),
        (ValueError("could not convert 'Acme Holding'"), "It ended with ValueError. See the task's log."),
    ],
)
def test_only_our_own_words_are_told(shared: Callable[[str], Any], project: Any, error: Exception, told: str) -> None:
    shared("icp_tasks").tell_ops(KILLED | {"exception": error})
    text = (project.folder / "output" / "outbox" / project.messages()[0]).read_text("utf-8")
    assert told in text
    assert "Acme" not in text


def test_the_callback_never_raises(
    shared: Callable[[str], Any], project: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (project.folder / "config" / "icp.yaml").write_text("weights: none\n", "utf-8")
    shared("icp_tasks").tell_ops(KILLED)
    assert project.messages() == []
    assert "could not be told" in caplog.text


@pytest.fixture
def database_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration whose source is a database."""
    example = Path(__file__).parents[2] / "config"
    for name in ("icp.yaml", "monitoring.yaml"):
        (tmp_path / name).write_bytes((example / name).read_bytes())
    (tmp_path / "sources.yaml").write_text(
        "sources:\n  crm:\n    kind: sql\n    connection: warehouse\n"
        "    stages: {won: [Won], lost: [Lost]}\n    tables:\n"
        "      accounts: {table: accounts, columns: {account_id: id}}\n"
        "      opportunities:\n        table: deals\n"
        "        columns: {opportunity_id: id, account_id: account, stage: stage, created_on: made, closed_on: done}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("ICP_CONFIG_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("database_project")
def test_a_source_is_reached_by_airflows_connection_of_its_name(
    shared: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", "postgres://reader:s3cret@db.example:5433/sales?sslmode=require")
    found = shared("icp_settings").with_sources().connections["warehouse"]
    assert (found.kind, found.host, found.port, found.login) == ("postgres", "db.example", 5433, "reader")
    assert (found.schema, dict(found.extra)) == ("sales", {"sslmode": "require"})
    assert found.password is not None
    assert found.password.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(found)


@pytest.mark.usefixtures("database_project")
def test_a_connection_of_the_environment_stands_before_airflows(
    shared: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", "postgres://reader@db.example/sales")
    monkeypatch.setenv("ICP_CONNECTION_WAREHOUSE", "sqlite:////data/sales.db")
    assert shared("icp_settings").with_sources().connections["warehouse"].kind == "sqlite"


@pytest.mark.usefixtures("database_project")
def test_a_connection_that_nobody_knows_is_left_to_the_pull_to_name(
    shared: Callable[[str], Any],
) -> None:
    assert "warehouse" not in shared("icp_settings").with_sources().connections
