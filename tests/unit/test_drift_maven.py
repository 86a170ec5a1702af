"""A real CRM: the quarter in which fewer deals were decided, and no smaller share of them was won."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from icp_monitor.config.icp import MaterialEffects, MinEvidence
from icp_monitor.drift.cohort import ATTRIBUTE_COLUMNS, CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.judge import judge
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.verdict import Finding
from icp_monitor.metrics.buckets import age_edges
from icp_monitor.periods import Quarter

REPOSITORY = Path(__file__).parents[2]
DATA = Path(os.environ.get("ICP_SHARED_DATA", REPOSITORY.parent / "shared" / "data")) / "maven-crm"  # noqa: TID251 - only says where optional test data lies
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the maven-crm data set is not there (set ICP_SHARED_DATA)")
HORIZON, OBSERVED_UNTIL = 120, date(2018, 1, 1)


@pytest.fixture(scope="module")
def pipeline() -> pd.DataFrame:
    deals = pd.read_csv(DATA / "sales_pipeline.csv", parse_dates=["engage_date", "close_date"])
    sectors = pd.read_csv(DATA / "accounts.csv")[["account", "sector"]]
    return deals[deals["engage_date"].notna()].merge(sectors, on="account", how="left")


def cohort(pipeline: pd.DataFrame, quarter: Quarter) -> Cohort:
    """The quarter's deals by product series, as cells; open ones were last seen on the day before the extract."""
    window = quarter.window
    created = pipeline["engage_date"].dt.date
    deals = pipeline[(created >= window.start) & (created < window.end)]
    last = deals["close_date"].fillna(pd.Timestamp(OBSERVED_UNTIL) - pd.Timedelta(days=1))
    edges = np.array(age_edges(HORIZON))
    amount = deals["close_value"].where(deals["close_value"] > 0)
    cells = pd.DataFrame(
        {
            "segment": deals["product"].str.split().str[0],
            "tier": "unscored",
            "channel": "unknown",
            "outcome": deals["deal_stage"].map({"Won": "won", "Lost": "lost"}).fillna("open"),
            "age": edges[np.searchsorted(edges, (last - deals["engage_date"]).dt.days, side="right") - 1],
            "n": 1,
            "n_amount": amount.notna().astype(int),
            "amount_minor": (amount.fillna(0) * 100).astype(int),
            "log_amount": (np.log(amount).fillna(0) * 1e9).astype("int64"),
            "log_amount_squared": (np.log(amount).fillna(0) ** 2 * 1e9).astype("int64"),
        }
    )
    attributes = pd.DataFrame(
        {
            "attribute": "sector",
            "value": deals["sector"].fillna("unknown"),
            "n": 1,
            "n_won": (deals["deal_stage"] == "Won").astype(int),
        }
    )
    watched = deals["engage_date"] + pd.Timedelta(days=HORIZON) < pd.Timestamp(OBSERVED_UNTIL)
    return Cohort(
        window=window,
        as_of=OBSERVED_UNTIL,
        observed_until=OBSERVED_UNTIL,
        horizon_days=HORIZON,
        cells=cells.groupby([*CELL_KEYS], as_index=False)[[*CELL_SUMS]].sum(),
        attributes=attributes.groupby([*ATTRIBUTE_COLUMNS[:2]], as_index=False)[["n", "n_won"]].sum(),
        maturity=float(watched.mean()),
    )


@pytest.fixture(scope="module")
def findings(pipeline: pd.DataFrame) -> dict[tuple[str, str], Finding]:
    """2017-Q3 against 2017-Q2, looked at on the day on which the quarter is due, with the extract at hand."""
    baseline = cohort(pipeline, Quarter(2017, 2))
    current = replace(cohort(pipeline, Quarter(2017, 3)), as_of=date(2018, 1, 29))
    segments = dict.fromkeys(sorted({*baseline.cells["segment"]}), MinEvidence())
    plan = Plan(segments, ("sector",), (), (), HORIZON, MaterialEffects(), 0.90, 0.10, 0.80, 0.50, "USD")
    return {(item.unit.metric, item.unit.segment): item for item in judge(plan, baseline, current, current, {})}


def test_the_incidence_falls_by_timing_and_that_is_no_drift_of_the_win_rate(
    findings: dict[tuple[str, str], Finding],
) -> None:
    item = findings["win_rate", "company"]
    assert item.baseline.value == pytest.approx(0.51, abs=0.005)
    assert item.current.value == pytest.approx(0.42, abs=0.005)
    assert item.verdict == "stable"
    assert item.decomposition is not None
    assert item.decomposition.timing < -0.07
    assert abs(item.decomposition.share) < 0.02
    assert "timing: 29 % still open at 120 days against 17 %" in item.because[1]


def test_no_segment_drifts_in_win_rate_or_amounts_and_no_mix_drifts(findings: dict[tuple[str, str], Finding]) -> None:
    drifts = {unit for unit, item in findings.items() if item.verdict == "drift"}
    assert {metric for metric, _ in drifts} <= {"cycle"}
    assert findings["segment_mix", "company"].verdict == "stable"
    assert findings["attribute_mix", "company"].verdict == "stable"
    assert findings["acv", "company"].verdict == "stable"


def test_the_cycle_is_where_the_slower_decisions_show(findings: dict[tuple[str, str], Finding]) -> None:
    """Deals take about 16 % longer, credibly so; the company's interval just reaches the 20 % that matter."""
    item = findings["cycle", "company"]
    assert item.effect.value == pytest.approx(0.16, abs=0.01)
    assert item.effect.low is not None
    assert item.effect.low > 0.10
    assert item.verdict == "insufficient_evidence"


def test_before_its_due_day_the_quarter_is_not_judged(pipeline: pd.DataFrame) -> None:
    baseline, current = cohort(pipeline, Quarter(2017, 2)), cohort(pipeline, Quarter(2017, 3))
    plan = Plan({}, (), (), (), HORIZON, MaterialEffects(), 0.90, 0.10, 0.80, 0.50)
    item = judge(plan, baseline, current, current, {})[0]
    assert item.verdict == "insufficient_evidence"
    assert item.needs is not None
    assert item.needs.judged_on == date(2018, 1, 29)
