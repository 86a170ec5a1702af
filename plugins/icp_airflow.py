"""What the DAGs share: the run's date, plain settings made from Airflow's connections, and the failure message."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from icp_monitor.settings import Settings

SLACK_CONNECTION = "icp_slack"


def environment() -> Settings:
    """The settings of the environment alone; enough to parse a DAG file."""
    return Settings.from_environment(os.environ, Path.cwd())  # noqa: TID251 - a process's environment is its input


def settings() -> Settings:
    """The settings of the environment, with the Slack token of the connection ``icp_slack`` where there is one."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException
    from pydantic import SecretStr

    found = environment()
    try:
        slack = Connection.get(SLACK_CONNECTION)
    except AirflowNotFoundException:
        return found
    extra = slack.extra_dejson
    return replace(found, slack_token=SecretStr(slack.password or ""), slack_base_url=extra.get("base_url"))


def day_of(context: dict[str, Any], timezone: str) -> date:
    """The run's as-of date: the end of its data interval, in the business time zone."""
    from zoneinfo import ZoneInfo

    end = context.get("data_interval_end") or context["dag_run"].run_after
    day: date = end.astimezone(ZoneInfo(timezone)).date()
    return day


def is_backfill(context: dict[str, Any]) -> bool:
    """Whether Airflow runs this to fill a gap in the past, so that nobody may be alerted."""
    return str(getattr(context["dag_run"].run_type, "value", context["dag_run"].run_type)) == "backfill"


def tell_ops(context: dict[str, Any]) -> None:
    """Post a failed run to the ops channel; used as the DAGs' failure callback."""
    from icp_monitor import pipeline

    run = context.get("dag_run")
    task = context.get("task_instance") or context.get("ti")
    pipeline.report_failure(
        settings(),
        dag=getattr(run, "dag_id", "unknown"),
        task=getattr(task, "task_id", "unknown"),
        run=getattr(run, "run_id", "unknown"),
        error=str(context.get("exception") or context.get("reason") or "see the task's log"),
    )
