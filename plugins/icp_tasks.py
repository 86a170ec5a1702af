"""What every task has: one value for the next, another try where that helps, and somebody who is told of failures."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy, task
from icp_settings import with_slack

from icp_monitor import pipeline
from icp_monitor.errors import DeliveryError, IcpError, NotReadyError, StorageError

MAY_PASS = (DeliveryError, NotReadyError, StorageError)  # by themselves; other errors wait for a person


def step(function: Callable[..., Any]) -> Any:
    """The function as a task. What it returns crosses XCom once, not once more for each of its fields."""
    return task(multiple_outputs=False)(function)


class TryAgain(RetryPolicy):
    """Another try only where it can help; the decision, one line in the task's log, repeats the error and its cure."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002 - Airflow counts
        max_tries: int,  # noqa: ARG002
        context: Any = None,  # noqa: ARG002
    ) -> RetryDecision:
        """Fail on what a person has to put right; retry the rest."""
        if not isinstance(exception, IcpError):
            return RetryDecision.default()
        decide = RetryDecision.retry if isinstance(exception, MAY_PASS) else RetryDecision.fail
        return decide(reason=str(exception))


def tell_ops(context: dict[str, Any]) -> None:
    """Post a failed task to the ops channel, once for each task and run. A callback, which must not raise.

    It belongs to the tasks, which know their error, and to the DAGs: where a process was killed Airflow 3.3 calls only
    the DAG's callback, in the DAG processor, and says which task it was.
    """
    task = context.get("ti")
    try:
        pipeline.report_failure(
            with_slack(),
            dag=task.dag_id if task else context["dag"].dag_id,
            task=task.task_id if task else "no task of its own",
            run=task.run_id if task else context["run_id"],
            error=_told(context.get("exception")),
        )
    except Exception as error:
        logging.getLogger(__name__).error("The ops channel could not be told of this failure: %s", error)


def _told(error: object) -> str:
    """What may be said in a channel: our own words; a library's message may hold values of the records."""
    if isinstance(error, IcpError):
        return str(error)
    ended = f"It ended with {type(error).__name__}" if error else "It ended without a word, as if it had been killed"
    return f"{ended}. See the task's log."


DEFAULT_ARGS = {
    "owner": "revops",
    "retries": 3,
    "retry_policy": TryAgain(),
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2,  # after 1, 2 and 4 minutes
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": tell_ops,
}
