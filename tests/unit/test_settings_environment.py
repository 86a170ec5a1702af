"""What the environment says becomes settings; what can't work is refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.errors import ConfigError
from icp_monitor.settings import Settings

HERE = Path("/srv/icp")
POSTGRES = "postgresql+psycopg://icp:hunter2@db/icp"


def test_an_empty_environment_means_the_folders_of_the_project() -> None:
    settings = Settings.from_environment({}, HERE)
    assert settings.config_dir == HERE / "config"
    assert settings.warehouse_url == "file:/srv/icp/.local/warehouse"
    assert settings.ledger_url == "sqlite:////srv/icp/.local/ledger.db"
    assert settings.output_dir == HERE / ".local/output"
    assert (settings.source_dir, settings.slack_token, settings.slack_base_url, settings.executor) == (None,) * 4
    assert settings.clock.frozen is None


def test_an_empty_variable_counts_as_not_set() -> None:
    names = ("ICP_CONFIG_DIR", "ICP_WAREHOUSE_URL", "ICP_LEDGER_URL", "ICP_OUTPUT_DIR", "ICP_SLACK_TOKEN", "ICP_NOW")
    assert Settings.from_environment(dict.fromkeys(names, ""), HERE) == Settings.from_environment({}, HERE)


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("file:data", "file:/srv/icp/data"),
        ("file:/data", "file:/data"),
        ("file:///data", "file:/data"),
        ("sqlite:///data/w.db", "sqlite:////srv/icp/data/w.db"),
        ("sqlite:////data/w.db", "sqlite:////data/w.db"),
        (POSTGRES, POSTGRES),
    ],
)
def test_a_relative_path_in_a_url_means_the_working_directory(url: str, absolute: str) -> None:
    settings = Settings.from_environment({"ICP_WAREHOUSE_URL": url, "ICP_LEDGER_URL": url}, HERE)
    assert (settings.warehouse_url, settings.ledger_url) == (absolute, absolute)


def test_folders_are_taken_from_the_environment() -> None:
    given = {"ICP_CONFIG_DIR": "c", "ICP_OUTPUT_DIR": "/out", "ICP_SOURCE_DIR": "extracts"}
    settings = Settings.from_environment(given, HERE)
    assert (settings.config_dir, settings.output_dir, settings.source_dir) == (
        HERE / "c",
        Path("/out"),
        HERE / "extracts",
    )


@given(st.from_regex(r"xoxb-[A-Za-z0-9]{8,}", fullmatch=True))
def test_no_secret_is_ever_printed(secret: str) -> None:
    environment = {"ICP_SLACK_TOKEN": secret, "ICP_LEDGER_URL": f"postgresql+psycopg://icp:{secret}@db/icp"}
    settings = Settings.from_environment(environment, HERE)
    assert settings.slack_token is not None
    assert settings.slack_token.get_secret_value() == secret
    assert secret not in f"{settings} {settings!r} {settings.slack_token}"


@pytest.mark.parametrize("executor", [None, "LocalExecutor", "airflow.executors.local_executor.LocalExecutor"])
def test_local_paths_are_fine_where_all_tasks_run_on_one_machine(executor: str | None) -> None:
    environment = {"AIRFLOW__CORE__EXECUTOR": executor} if executor else {}
    settings = Settings.from_environment(environment, HERE)
    assert settings.executor == executor
    assert settings.ledger_url.startswith("sqlite:")


@pytest.mark.parametrize("executor", ["CeleryExecutor", "KubernetesExecutor", "LocalExecutor,CeleryExecutor"])
def test_local_paths_are_refused_under_every_other_executor_with_what_to_set(executor: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Settings.from_environment({"AIRFLOW__CORE__EXECUTOR": executor, "ICP_WAREHOUSE_URL": "sqlite:///w.db"}, HERE)
    assert len(refused.value.problems) == 3
    for variable in ("ICP_WAREHOUSE_URL", "ICP_LEDGER_URL", "ICP_OUTPUT_DIR"):
        assert f"set {variable} to" in str(refused.value)
    assert executor in str(refused.value)


def test_servers_and_a_shared_output_folder_are_fine_under_every_executor() -> None:
    environment = {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "ICP_WAREHOUSE_URL": POSTGRES,
        "ICP_LEDGER_URL": POSTGRES,
        "ICP_OUTPUT_DIR": "/mnt/icp",
    }
    assert Settings.from_environment(environment, HERE).warehouse_url == POSTGRES
