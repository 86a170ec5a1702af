"""What comes after the win: from billing, costs, activities and leads to metrics, verdicts and the report."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
import yaml

from icp_monitor import pipeline
from icp_monitor.config.loading import load_config
from icp_monitor.metrics.registry import DEFINITIONS
from icp_monitor.pipeline.workspace import open_workspace
from icp_monitor.reports.document import Document

pytestmark = pytest.mark.slow

LOOK, DEARER_FROM = date(2025, 12, 1), date(2025, 1, 1)
END = date(2026, 2, 1)
COST_OF_A_DEAL, DEARER = 900, 2.0
MARGIN, CHURN = 0.75, 0.02
BOOKS = {
    "subscriptions": ("subscription_id", "account_id", "monthly_amount", "started_on", "ended_on", "is_trial"),
    "costs": ("cost_id", "month", "purpose", "category", "segment", "channel", "account_id", "amount"),
    "activities": ("activity_id", "account_id", "opportunity_id", "kind", "occurred_on", "hours"),
    "leads": ("lead_id", "account_id", "opportunity_id", "channel", "created_on", "mql_on", "sql_on", "converted_on"),
}


def keep_books(folder: Path) -> None:
    """Write the books that go with the deals of a CRM export; acquisition costs twice as much from one day on."""
    rng = np.random.default_rng(5)
    deals = pd.read_csv(folder / "opportunities.csv", parse_dates=["created_on", "closed_on"])
    won = deals[deals["stage"] == "Closed Won"].sort_values("closed_on").drop_duplicates("account_id")
    monthly = won["amount"].fillna(12_000).clip(lower=1_200) / 12
    stays = rng.geometric(CHURN, len(won)) * 30
    ends = [start + timedelta(days=int(days)) for start, days in zip(won["closed_on"], stays, strict=True)]
    months = [month.date() for month in pd.date_range("2023-02-01", "2026-01-01", freq="MS")]
    paid = [
        sum(
            m for m, start, end in zip(monthly, won["closed_on"], ends, strict=True) if start.date() <= day < end.date()
        )
        for day in (month + timedelta(days=27) for month in months)
    ]
    created = deals.groupby(deals["created_on"].dt.strftime("%Y-%m-01")).size()
    _write(
        folder / "subscriptions.csv",
        BOOKS["subscriptions"],
        (
            (f"S{n}", account, f"{amount:.2f}", start.date(), end.date() if end.date() < END else "", "false")
            for n, (account, amount, start, end) in enumerate(
                zip(won["account_id"], monthly, won["closed_on"], ends, strict=True)
            )
        ),
    )
    _write(folder / "costs.csv", BOOKS["costs"], _costs(months, created, paid))
    _write(
        folder / "activities.csv",
        BOOKS["activities"],
        (
            (f"V{n}", deal.account_id, deal.opportunity_id, "meeting", deal.created_on.date(), _hours(deal.amount))
            for n, deal in enumerate(deals.itertuples())
        ),
    )
    _write(folder / "leads.csv", BOOKS["leads"], _leads(deals, rng))


def _costs(months: list[date], created: Any, paid: list[float]) -> Iterable[tuple[object, ...]]:
    for n, (month, revenue) in enumerate(zip(months, paid, strict=True)):
        factor = DEARER if month >= DEARER_FROM else 1.0
        spent = COST_OF_A_DEAL * factor * int(created.get(str(month), 0))
        yield f"A{n}", month, "acquisition", "sales", "", "", "", f"{spent:.2f}"
        yield f"B{n}", month, "acquisition", "events", "fintech-mm", "", "", f"{spent / 10:.2f}"
        yield f"D{n}", month, "delivery", "hosting", "", "", "", f"{revenue * (1 - MARGIN):.2f}"
        yield f"E{n}", month, "service", "support", "", "", "", f"{revenue * 0.1:.2f}"
        yield f"F{n}", month, "fixed", "rent", "", "", "", "5000"


def _hours(amount: float) -> float:
    """Large deals take more work."""
    return 1.0 if np.isnan(amount) else round(1 + amount / 10_000, 2)


def _leads(deals: Any, rng: Any) -> Iterable[tuple[object, ...]]:
    for n, deal in enumerate(deals.itertuples()):
        came = deal.created_on.date() - timedelta(days=int(rng.integers(5, 40)))
        skipped = rng.random() < 0.3  # a stage that a third of the leads never were in
        marketing = "" if skipped else came + timedelta(days=2)
        yield (
            f"L{n}",
            deal.account_id,
            deal.opportunity_id,
            deal.source,
            came,
            marketing,
            came + timedelta(days=4),
            deal.created_on.date(),
        )
        yield f"M{n}", deal.account_id, "", deal.source, came, "", "", ""


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def map_books(folder: Path, *names: str) -> None:
    """Add the books to the configuration's only source."""
    path = folder / "sources.yaml"
    sources = yaml.safe_load(path.read_text("utf-8"))
    for name in names:
        columns = {column: column for column in BOOKS[name]}
        sources["sources"]["crm"]["tables"][name] = {"file": f"{name}.csv", "columns": columns}
    path.write_text(yaml.safe_dump(sources), "utf-8")


def map_only(folder: Path, *names: str) -> None:
    """Leave these of the books mapped."""
    path = folder / "sources.yaml"
    sources = yaml.safe_load(path.read_text("utf-8"))
    tables = sources["sources"]["crm"]["tables"]
    for name in {*BOOKS} - {*names}:
        del tables[name]
    path.write_text(yaml.safe_dump(sources), "utf-8")


@pytest.fixture
def booked(project: Any) -> Any:
    """The company with its books."""
    keep_books(project.folder / "data")
    map_books(project.folder / "config", *BOOKS)
    pipeline.pull(project.settings)
    return project


def stored(project: Any, dataset: str) -> pd.DataFrame:
    """The rows of a dataset of which one day has been measured."""
    icp = load_config(project.settings.config_dir).icp
    with open_workspace(project.settings) as workspace, workspace.warehouse(icp) as (warehouse, catalogue):
        frame: pd.DataFrame = warehouse.read(sa.select(catalogue.named(dataset).table)).to_pandas()
    return frame


def measured(project: Any) -> dict[str, str]:
    """The run of a validation, up to its measures."""
    run = pipeline.name_validation(project.settings, LOOK, quarter="2025Q2")
    for step in (pipeline.check, pipeline.score, pipeline.measure):
        step(project.settings, run)
    return run


def cents(column: Any) -> int:
    return int((column.astype(float) * 100).round().sum())


def test_from_the_books_to_the_verdict_that_customers_cost_more_and_are_worth_no_more(booked: Any) -> None:
    run = measured(booked)
    data, month = booked.folder / "data", date(2025, 10, 1)
    _the_last_month_adds_up(stored(booked, "revenue_movements"), pd.read_csv(data / "subscriptions.csv"), month)
    _every_cent_is_allocated(stored(booked, "cost_allocations"), pd.read_csv(data / "costs.csv"))
    _the_company_is_the_sum(stored(booked, "segment_pnl"))
    metrics = stored(booked, "segment_metrics")
    _figures_are_those_of_the_books(metrics[metrics["cohort"] == date(2025, 8, 1)])
    _leads_convert_as_they_were_made_to(metrics[metrics["cohort"] == date(2025, 2, 1)])
    assert {*metrics["metric"]} == {item.metric for item in DEFINITIONS}
    published = pipeline.validate(booked.settings, run)
    told = Document.from_json(published.json.read_text("utf-8")).economics
    assert told is not None
    assert told.unmapped == ()
    assert told.margin_known
    assert [row.segment for row in told.pnl][-1] == "company"
    assert all(row.before + sum(row.movements.values()) == pytest.approx(row.after, abs=0.005) for row in told.bridges)
    assert told.acquisition is not None
    assert told.acquisition.methods == ("activity", "direct", "volume")
    verdicts = {(item.finding.unit.metric, item.finding.unit.segment): item.finding for item in published.verdicts}
    cost, value = verdicts["cac", "company"], verdicts["ltv", "company"]
    assert (cost.verdict, cost.direction) == ("drift", "up")
    assert "diagnosis: a new customer costs more than before and is worth no more" in cost.because
    assert value.verdict != "drift"
    assert value.baseline.value is not None
    assert verdicts["retention", "smb"].baseline.value is not None


def _the_last_month_adds_up(movements: pd.DataFrame, subscriptions: pd.DataFrame, month: date) -> None:
    last_day = "2025-10-31"
    runs = (subscriptions["started_on"] <= last_day) & ~(subscriptions["ended_on"] <= last_day)
    now = movements[movements["month"] == month]
    assert now["after_minor"].sum() == cents(subscriptions.loc[runs, "monthly_amount"])
    before = movements[movements["month"] == date(2025, 9, 1)]
    assert now["before_minor"].sum() == before["after_minor"].sum()
    assert set(now["movement"]) == {"new", "churn", "unchanged"}  # each customer has one subscription at one price


def _every_cent_is_allocated(allocated: pd.DataFrame, costs: pd.DataFrame) -> None:
    known = costs[(costs["month"] < "2025-11-01") & costs["purpose"].notna()]
    for method, rows in allocated.groupby("method"):
        assert rows["amount_minor"].sum() == cents(known["amount"]), method
    assert set(allocated["method"]) == {"direct", "activity", "volume"}


def _the_company_is_the_sum(statement: pd.DataFrame) -> None:
    wide = statement.pivot_table(index=["month", "line"], columns="segment", values="amount_minor", aggfunc="sum")
    assert (wide.drop(columns="company").sum(axis=1) == wide["company"]).all()


def _figures_are_those_of_the_books(metrics: pd.DataFrame) -> None:
    company = metrics[(metrics["segment"] == "company") & (metrics["tier"] == "all")].set_index("metric")
    value = company["value"]
    assert value["arr"] == pytest.approx(12 * value["mrr"])
    assert value["logo_retention"] == pytest.approx((1 - CHURN) ** 12, abs=0.04)
    assert value["grr"] <= value["nrr"] + 1e-12
    a_customer = value["mrr"] / company.loc["mrr", "n"]
    assert value["ltv_simple"] == pytest.approx(a_customer * MARGIN / CHURN, rel=0.12)
    assert value["ltv_km"] < value["ltv_simple"]
    assert company.loc["ltv_km", "unit"] == "currency of gross margin"
    assert value["ltv_to_cac"] == pytest.approx(value["ltv_km"] / value["cac"])
    assert value["payback"] > 0
    assert {"cac", "roi", "top_customer_share"} <= {*metrics.loc[metrics["tier"] == "tier_1", "metric"]}


def _leads_convert_as_they_were_made_to(metrics: pd.DataFrame) -> None:
    """Half of the leads lead nowhere; the others become deals, though a third of them skip a stage."""
    company = metrics[(metrics["segment"] == "company") & (metrics["tier"] == "all")].set_index("metric")
    value = company["value"]
    assert value["conversion_mql"] == pytest.approx(0.5, abs=0.01)
    assert value["conversion_sql"] == value["conversion_opportunity"] == 1
    assert value["conversion"] < value["win_rate"]
    assert value["account_conversion"] > value["conversion"]
    assert company.loc["conversion", "maturity"] == 1


def test_where_no_source_maps_costs_the_verdict_names_the_table(booked: Any) -> None:
    measured(booked)
    assert len(stored(booked, "cost_allocations"))
    map_only(booked.folder / "config", "subscriptions")
    run = measured(booked)
    assert not len(stored(booked, "cost_allocations"))  # what the day's earlier run knew is not left behind
    metrics = stored(booked, "segment_metrics")
    assert not {"cac", "payback", "conversion"} & {*metrics["metric"]}
    assert set(metrics.loc[metrics["metric"] == "ltv_km", "unit"]) == {"currency of revenue"}
    found = {item.finding.unit.metric: item.finding for item in pipeline.validate(booked.settings, run).verdicts}
    assert found["cac"].verdict == "insufficient_evidence"
    assert found["cac"].because == ("the table costs is not known: no source gives it",)


def test_a_look_watches_whether_customers_stay(booked: Any) -> None:
    booked.day(LOOK, muted=True)
    verdicts = booked.verdicts(LOOK)
    assert ("retention", "company") in verdicts
    assert {place for metric, place in verdicts if metric == "retention"} > {"company", "smb"}
    assert "drift" not in {verdict for (metric, _), verdict in verdicts.items() if metric == "retention"}
