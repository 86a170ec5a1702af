"""Where are configuration, data and secrets? Read once, from the variables that begin with ``ICP_``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from icp_monitor.config.connection import Connection
from icp_monitor.errors import ConfigError, Problem
from icp_monitor.settings.clock import Clock
from icp_monitor.settings.connections import connections_in

LOCAL_EXECUTOR = "LocalExecutor"
SQLITE_FILE = "sqlite:///"
PARQUET_FOLDER = "file:"


@dataclass(frozen=True)
class Settings:
    """One process's surroundings.

    URLs may hold a password and are left out of the printed form. Relative paths are taken from the working directory.

    Attributes:
        config_dir: ``ICP_CONFIG_DIR``, the folder of the three configuration files; ``config``.
        warehouse_url: ``ICP_WAREHOUSE_URL``; Parquet below ``.local``.
        ledger_url: ``ICP_LEDGER_URL``; an SQLite file below ``.local``.
        output_dir: ``ICP_OUTPUT_DIR``, for reports, the site and undelivered messages; ``.local/output``.
        source_dir: ``ICP_SOURCE_DIR``, read instead of the folders named in ``sources.yaml``.
        slack_token: ``ICP_SLACK_TOKEN``, the bot's token.
        slack_base_url: ``ICP_SLACK_BASE_URL``, for a gateway in front of Slack.
        connections: ``ICP_CONNECTION_<NAME>``, what the sources are reached by; Airflow's stand beside them.
        executor: Airflow's executor, where the process runs under one.
        clock: the machine's, unless ``ICP_NOW`` freezes it.
    """

    config_dir: Path
    warehouse_url: str = field(repr=False)
    ledger_url: str = field(repr=False)
    output_dir: Path
    source_dir: Path | None = None
    slack_token: SecretStr | None = None
    slack_base_url: str | None = None
    executor: str | None = None
    connections: Mapping[str, Connection] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], cwd: Path) -> Settings:
        """The settings that ``environ`` describes; an empty variable counts as not set.

        Raises:
            ConfigError: with all problems at once.
        """
        given = {name: value for name, value in environ.items() if value}
        executor = given.get("AIRFLOW__CORE__EXECUTOR")
        _refuse_local_paths(executor, given)
        token, source = given.get("ICP_SLACK_TOKEN"), given.get("ICP_SOURCE_DIR")
        return cls(
            config_dir=cwd / given.get("ICP_CONFIG_DIR", "config"),
            warehouse_url=_absolute(given.get("ICP_WAREHOUSE_URL", f"{PARQUET_FOLDER}.local/warehouse"), cwd),
            ledger_url=_absolute(given.get("ICP_LEDGER_URL", f"{SQLITE_FILE}.local/ledger.db"), cwd),
            output_dir=cwd / given.get("ICP_OUTPUT_DIR", ".local/output"),
            source_dir=cwd / source if source else None,
            slack_token=SecretStr(token) if token else None,
            slack_base_url=given.get("ICP_SLACK_BASE_URL"),
            executor=executor,
            connections=connections_in(given),
            clock=Clock.reading(given.get("ICP_NOW")),
        )


def _absolute(url: str, cwd: Path) -> str:
    """The URL with its path made absolute, so that processes started elsewhere mean the same file."""
    for prefix in (SQLITE_FILE, PARQUET_FOLDER):
        if url.startswith(prefix):
            return f"{prefix}{cwd / url.removeprefix(prefix)}"
    return url


def _refuse_local_paths(executor: str | None, given: Mapping[str, str]) -> None:
    """Tasks of any other executor may run on other machines, where a local path means another file."""
    if executor is None or all(name.strip().endswith(LOCAL_EXECUTOR) for name in executor.split(",")):
        return
    problems = [
        Problem(
            variable,
            f"is a path of one machine, but tasks of {executor} run on several",
            cure=f"set {variable} to a PostgreSQL URL (postgresql+psycopg://user:password@host/database)",
        )
        for variable in ("ICP_WAREHOUSE_URL", "ICP_LEDGER_URL")
        if given.get(variable, PARQUET_FOLDER).startswith(("sqlite", PARQUET_FOLDER))
    ]
    if "ICP_OUTPUT_DIR" not in given:
        problems.append(
            Problem(
                "ICP_OUTPUT_DIR",
                f"is not set, but tasks of {executor} run on several machines",
                cure="set ICP_OUTPUT_DIR to a folder that every worker mounts",
            )
        )
    if problems:
        raise ConfigError(*problems)
