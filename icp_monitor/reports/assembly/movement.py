"""Why numbers moved: the win rate's waterfall, the velocity's factors, and what people said."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from icp_monitor.config.icp import COMPANY
from icp_monitor.metrics.velocity import Velocity, log_change
from icp_monitor.reports.assembly.evidence import Evidence, known
from icp_monitor.reports.assembly.scorecard import validated
from icp_monitor.reports.document import ReasonRow, VelocityRow, Waterfall

MOST_REASONS = 3
UNKNOWN = "unknown"
BY = ["segment", "outcome", "origin"]


def waterfalls(evidence: Evidence) -> tuple[Waterfall, ...]:
    """The win rate's change split exactly, for the company and for every segment in which it has drifted."""
    return tuple(_waterfalls(evidence))


def _waterfalls(evidence: Evidence) -> Iterator[Waterfall]:
    for item in evidence.verdicts:
        finding, split = item.finding, item.finding.decomposition
        before, now = finding.baseline.value, finding.current.value
        shown = finding.unit.segment == COMPANY or finding.verdict == "drift"
        if finding.unit.metric == "win_rate" and shown and split and before is not None and now is not None:
            segment = finding.unit.segment
            yield Waterfall(segment, evidence.names.of(segment), before, split.share, split.timing, split.mix, now)


def velocity(evidence: Evidence) -> tuple[VelocityRow, ...]:
    """Each segment's velocity beside that of an average quarter of the baseline."""
    return tuple(_velocity_row(evidence, segment) for segment in evidence.segments)


def _velocity_row(evidence: Evidence, segment: str) -> VelocityRow:
    baseline = evidence.baseline
    quarters = baseline.window.days / evidence.quarter.window.days
    before = _velocity(baseline.of_segment(segment).n / quarters, validated(evidence, segment))
    measured = {name: evidence.metric(name, segment) for name in ("win_rate", "acv", "cycle")}
    values = {name: None if row is None else known(row["value"]) for name, row in measured.items()}
    now = _velocity(evidence.current.of_segment(segment).n, values)
    return VelocityRow(
        segment=segment,
        name=evidence.names.of(segment),
        value=now.a_day if now else None,
        baseline=before.a_day if before else None,
        change=log_change(before, now) if before and now else None,
    )


def _velocity(deals: float, values: dict[str, float | None]) -> Velocity | None:
    rate, acv, cycle = values.get("win_rate"), values.get("acv"), values.get("cycle")
    return Velocity(deals, rate, acv, cycle) if deals and rate and acv and cycle else None


def reasons(evidence: Evidence) -> tuple[ReasonRow, ...]:
    """The most frequent reasons of deals closed in the quarter, and the rival most often named, in whose words.

    By segment, outcome and origin; each count is of the deals with that outcome for which that origin said anything.
    """
    rows = evidence.win_loss[evidence.win_loss["closed_in"] == evidence.quarter.window.start]
    said = rows[(rows["reason"] != UNKNOWN) | (rows["competitor"] != UNKNOWN)]
    if said.empty:
        return ()
    totals = said.groupby(BY)["n"].sum()
    ranked = [_most_frequent(said, "reason", MOST_REASONS), _most_frequent(said, "competitor", 1)]
    order = {segment: position for position, segment in enumerate(evidence.icp.segment_ids)}
    together = pd.concat(ranked).sort_values(BY, kind="stable")
    ordered = together.sort_values("segment", key=lambda column: column.map(order), kind="stable")
    return tuple(_reason(evidence, row, totals) for row in ordered.to_dict("records"))


def _most_frequent(said: pd.DataFrame, what: str, most: int) -> pd.DataFrame:
    counted = said[said[what] != UNKNOWN].groupby([*BY, what])["n"].sum().reset_index()
    ranked = counted.sort_values([*BY, "n", what], ascending=[True, True, True, False, True])
    top = ranked.groupby(BY, sort=False).head(most)
    prefix = "" if what == "reason" else "competitor: "
    return top.assign(told=prefix + top[what].astype(str))


def _reason(evidence: Evidence, row: Mapping[Hashable, Any], totals: pd.Series) -> ReasonRow:
    segment, outcome, origin = str(row["segment"]), str(row["outcome"]), str(row["origin"])
    of = int(totals[(segment, outcome, origin)])
    return ReasonRow(segment, evidence.names.of(segment), outcome, origin, str(row["told"]), int(row["n"]), of)
