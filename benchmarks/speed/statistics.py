"""The part that is Python whoever counts: metrics of segments and verdicts, from small tables.

It is imported where it is needed, as the verbs do: its libraries shall not add to the peak of what is done before.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from benchmarks.speed.task import VERDICTS, Question, Task

if TYPE_CHECKING:
    import pandas as pd

    from icp_monitor.drift.cohort import Cohort


def metrics_of(task: Task, life_tables: pd.DataFrame, closes: pd.DataFrame, pipeline: pd.DataFrame) -> pd.DataFrame:
    """The table ``segment_metrics``."""
    from icp_monitor.metrics.segment_metrics import Counts, segment_metrics

    counts, icp = Counts(life_tables, closes, pipeline), task.config.icp
    level = task.config.monitoring.evidence.level
    return segment_metrics(counts, task.quarters, icp.segment_ids, icp.horizon_days, level)


def cohort_from(task: Task, question: Question, cells: pd.DataFrame, attributes: pd.DataFrame) -> Cohort:
    """What is judged, from the counts of cells (with ``n_watched``) and of attributes, both in order of their keys."""
    from icp_monitor.drift.cohort import ATTRIBUTE_COLUMNS, CELL_KEYS, CELL_SUMS, Cohort

    return Cohort(
        window=question.window,
        as_of=question.day,
        observed_until=question.day,
        horizon_days=task.config.icp.horizon_days,
        cells=cells[[*CELL_KEYS, *CELL_SUMS]],
        attributes=attributes[[*ATTRIBUTE_COLUMNS]],
        maturity=float(cells["n_watched"].sum() / cells["n"].sum()),
    )


def write_verdicts(task: Task, cohort_of: Callable[[Question], Cohort]) -> None:
    """Judge the cohorts and write what was found as JSON."""
    from icp_monitor.drift.judge import judge
    from icp_monitor.drift.plan import Plan

    plan = Plan.of(task.config.icp, task.config.monitoring)
    baseline, outcomes, mixes = (cohort_of(question) for question in task.questions)
    findings = [asdict(finding) for finding in judge(plan, baseline, outcomes, mixes, {})]
    (task.out / VERDICTS).write_text(json.dumps(findings, indent=1, sort_keys=True, default=str), encoding="utf-8")
