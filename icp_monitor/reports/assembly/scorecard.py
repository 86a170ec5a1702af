"""The scorecard: each segment's numbers beside the validated ones, with the verdict on them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from icp_monitor.drift.cohort import Cohort
from icp_monitor.metrics.segment_metrics import cohort_values
from icp_monitor.reports.assembly.evidence import Evidence, known
from icp_monitor.reports.document import Cell, RateRow, ScoreRow

METRICS = ("win_rate", "acv", "cycle", "velocity", "pipeline_share")
READINGS = ("win_rate", "cohort_at_horizon", "cohort", "close_rate", "narrow")


def scorecard(evidence: Evidence) -> tuple[ScoreRow, ...]:
    """One row for the company and each segment."""
    return tuple(
        ScoreRow(
            segment=segment,
            name=evidence.names.of(segment),
            maturity=_maturity(evidence, segment),
            cells=dict(_cells(evidence, segment)),
        )
        for segment in evidence.segments
    )


def readings(evidence: Evidence) -> tuple[RateRow, ...]:
    """The five readings of every segment's win rate."""
    return tuple(
        RateRow(
            segment,
            evidence.names.of(segment),
            {name: _cell(row) for name in READINGS if (row := evidence.metric(name, segment)) is not None},
        )
        for segment in evidence.segments
    )


def validated(evidence: Evidence, segment: str) -> dict[str, float | None]:
    """The metrics of the baseline's cohort; its deals count as watched in full, since it was frozen when mature."""
    values = cohort_values(
        _cells_of(evidence.baseline, segment),
        _cells_of(evidence.baseline, "company"),
        evidence.icp.horizon_days,
        evidence.level,
    )
    return {value.metric: value.interval.value if value.interval else value.value for value in values}


def _cells_of(cohort: Cohort, segment: str) -> pd.DataFrame:
    cells = cohort.of_segment(segment).cells
    return cells.assign(n_watched=cells["n"])


def _cells(evidence: Evidence, segment: str) -> Iterator[tuple[str, Cell]]:
    before = validated(evidence, segment)
    judged = {
        item.finding.unit.metric: item.finding
        for item in evidence.verdicts
        if item.finding.unit.segment == segment and item.finding.unit.attribute is None
    }
    for name in METRICS:
        row = evidence.metric(name, segment)
        finding = judged.get(name)
        if row is not None:
            verdict = (finding.verdict, finding.severity) if finding else (None, None)
            yield name, _cell(row, None if name == "velocity" else before.get(name), *verdict)


def _cell(
    row: pd.Series, baseline: float | None = None, verdict: str | None = None, severity: str | None = None
) -> Cell:
    value, low, high = (known(row[name]) for name in ("value", "low", "high"))
    return Cell(value, low, high, int(row["n"]), baseline, verdict, severity)


def _maturity(evidence: Evidence, segment: str) -> float | None:
    row = evidence.metric("win_rate", segment)
    return None if row is None else known(row["maturity"])
