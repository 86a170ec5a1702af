"""The part that is Python whoever counts: metrics of segments, and the verdicts of a weekly look, from small tables.

It is imported where it is needed, as the verbs do: its libraries shall not add to the peak of what is done before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from benchmarks.speed.task import VERDICTS, Task

if TYPE_CHECKING:
    import pandas as pd

    from icp_monitor.drift.weekly import WeeklyTables

THRESHOLD = 8.0  # of every channel: thresholds are found once for each baseline, which isn't measured here


def metrics_of(task: Task, life_tables: pd.DataFrame, closes: pd.DataFrame, pipeline: pd.DataFrame) -> pd.DataFrame:
    """The table ``segment_metrics``."""
    from icp_monitor.metrics.segment_metrics import Counts, segment_metrics

    counts, icp = Counts(life_tables, closes, pipeline), task.config.icp
    level = task.config.monitoring.evidence.level
    return segment_metrics(counts, task.quarters, icp.segment_ids, icp.horizon_days, level)


def write_verdicts_on(task: Task, counts: Mapping[str, pd.DataFrame]) -> None:
    """Judge the counts of each of the weekly tables."""
    from icp_monitor.pipeline.weekly import tables_of

    write_verdicts(task, tables_of(dict(counts), task.config.icp, task.asof, task.weeks))


def write_verdicts(task: Task, tables: WeeklyTables) -> None:
    """Judge the last look of the weeks, and write what was judged as Parquet and what was found as JSON."""
    from icp_monitor.drift.looks.judge import judge_look
    from icp_monitor.drift.looks.measure import Measures
    from icp_monitor.drift.plan import Plan
    from icp_monitor.drift.sequential import Calibration, monitor
    from icp_monitor.drift.sequential.bets import CHANNELS
    from icp_monitor.drift.weekly import COLUMNS

    plan = Plan.of(task.config.icp, task.config.monitoring)
    thresholds = {channel.name: THRESHOLD for channel in CHANNELS}
    calibration = Calibration(0.7, thresholds, replays=0, seed=0, won_amounts_only=False)
    paths = monitor(tables, calibration)
    findings = [asdict(finding) for finding in judge_look(Measures(tables, plan), paths, {})]
    (task.out / VERDICTS).write_text(json.dumps(findings, indent=1, sort_keys=True, default=str), encoding="utf-8")
    for name in COLUMNS:
        getattr(tables, name).to_parquet(task.table(f"weekly_{name}"), index=False)
