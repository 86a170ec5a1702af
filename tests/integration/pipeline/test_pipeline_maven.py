"""A public CRM export of a hardware vendor: its quirks are reported, its quarters are judged, nothing cries wolf."""

from __future__ import annotations

import csv
import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from icp_monitor import pipeline
from icp_monitor.checks.result import CheckResult
from icp_monitor.drift.verdict import Finding
from icp_monitor.errors import RefusedError, SourceError

REPOSITORY = Path(__file__).parents[3]
SHARED = Path(os.environ.get("ICP_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))  # noqa: TID251 - tests' switch
LOOK = date(2018, 2, 5)  # a Monday; the export ends with 2017

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SHARED / "maven-crm").is_dir(), reason=f"no public data sets in {SHARED}"),
]


@pytest.fixture
def vendor(project: Any) -> Any:
    """The vendor's export under a profile written for it."""
    for folder, origin in (("config", Path(__file__).parent / "maven"), ("data", SHARED / "maven-crm")):
        shutil.rmtree(project.folder / folder)
        shutil.copytree(origin, project.folder / folder)
    with (project.folder / "config" / "monitoring.yaml").open("a", encoding="utf-8") as file:
        file.write("calibration_replays: 300\n")
    return project


def cure_the_spelling(project: Any) -> None:
    """Follow the data check's advice."""
    path = project.folder / "config" / "sources.yaml"
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("column: sector\n", "column: sector\n            values: {technolgy: technology}\n"), "utf-8"
    )


def validated(project: Any, quarter: str) -> dict[tuple[str, str], Finding]:
    settings = project.settings
    run = pipeline.name_validation(settings, LOOK, quarter=quarter)
    for step in (pipeline.check, pipeline.score, pipeline.measure):
        step(settings, run)
    published = pipeline.validate(settings, run)
    assert published.html.read_text("utf-8").startswith("<!doctype html>")
    return {
        (item.finding.unit.attribute or item.finding.unit.metric, item.finding.unit.segment): item.finding
        for item in published.verdicts
    }


def test_the_export_is_read_to_the_last_record(vendor: Any) -> None:
    (summary,) = pipeline.pull(vendor.settings)
    assert summary.read == {"raw_accounts": 85, "raw_opportunities": 8_800}
    assert summary.changed == {"raw_accounts": 85, "raw_opportunities": 8_800}
    assert summary.quarantined == {"raw_accounts": 0, "raw_opportunities": 0}


def test_typos_and_missing_accounts_are_reported_with_counts_and_cures(vendor: Any) -> None:
    pipeline.pull(vendor.settings)
    results = pipeline.check(vendor.settings, pipeline.name_run(vendor.settings, LOOK))
    found = {(item.field, item.value): item for item in results}
    assert _numbers(found["sector", "technolgy"]) == (12, 85)
    assert found["sector", "technolgy"].suggestion == "sector: {values: {technolgy: technology}}"
    assert _numbers(found["product", "GTXPro"]) == (1_480, 8_800)
    assert found["product", "GTXPro"].suggestion == "product: {values: {GTXPro: GTX Pro}}"
    assert _numbers(found["country", "Philipines"]) == (1, 85)
    assert _numbers(found["account_id", "(empty)"]) == (1_425, 8_800)


def _numbers(result: CheckResult) -> tuple[int | None, int | None]:
    return result.n, result.total


def test_the_third_quarter_is_slower_not_worse(vendor: Any) -> None:
    """The incidence at 120 days falls from .51 to .42 as more deals stay open; the won share at equal age holds."""
    cure_the_spelling(vendor)
    pipeline.pull(vendor.settings)
    findings = validated(vendor, "2017Q3")
    win_rate = findings["win_rate", "company"]
    assert win_rate.verdict == "stable"
    assert (round(win_rate.baseline.value or 0, 2), round(win_rate.current.value or 0, 2)) == (0.51, 0.42)
    assert win_rate.decomposition is not None
    assert win_rate.decomposition.timing < -0.05 < win_rate.decomposition.share
    assert any("timing" in line for line in win_rate.because)
    for unit, finding in findings.items():
        assert finding.verdict != "drift", unit
    acv = findings["acv", "company"]
    assert acv.verdict == "insufficient_evidence"
    assert acv.evidence.method.endswith("clustered by account (design effect 1.47)")
    assert findings["segment_mix", "company"].verdict == "stable"


def test_the_fourth_quarter_is_too_young_and_says_until_when(vendor: Any) -> None:
    cure_the_spelling(vendor)
    pipeline.pull(vendor.settings)
    findings = validated(vendor, "2017Q4")
    for unit, finding in findings.items():
        assert finding.verdict != "drift", unit
        if not finding.unit.is_mix:
            assert finding.verdict == "insufficient_evidence", unit
            if unit[0] not in ("retention", "ltv", "cac"):
                assert finding.needs is not None
                assert finding.needs.judged_on == date(2018, 5, 1)


def alerts(project: Any, first: str, last: str) -> list[dict[str, Any]]:
    """What a backtest would have told, as its lines of JSON."""
    printed = project.run("backtest", "--from", first, "--to", last, "--format", "json")
    lines = [json.loads(line) for line in printed.splitlines()]
    return [item for item in lines if item["line"] == "alert" and item["event"] == "opened"]


def test_half_a_year_of_looks_tells_of_timing_alone_and_of_the_open_deals_behind_it(vendor: Any) -> None:
    """Four fifths of what closes in the last month of a quarter is won, half of the rest: a season, and no news."""
    cure_the_spelling(vendor)
    pipeline.pull(vendor.settings)
    told = alerts(vendor, "2017-07-01", "2018-01-01")
    assert {item["lead"]["metric"] for item in told} <= {"cycle"}
    for item in told:
        assert any("still open" in line for line in item["lead"]["because"])


def test_a_planted_fall_in_one_sector_is_found_and_named(vendor: Any) -> None:
    """Of the retail deals decided from September on every fifth that was won is lost: 12 points fewer."""
    cure_the_spelling(vendor)
    sectors = _column_by(vendor, "accounts.csv", "account", "sector")
    path = vendor.folder / "data" / "sales_pipeline.csv"
    with path.open(newline="", encoding="utf-8") as file:
        deals = list(csv.DictReader(file))
    won = [
        deal
        for deal in deals
        if deal["deal_stage"] == "Won"
        and deal["close_date"] >= "2017-09-01"
        and sectors.get(deal["account"]) == "retail"
    ]
    for deal in won[::5]:
        deal["deal_stage"] = "Lost"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(deals[0]))
        writer.writeheader()
        writer.writerows(deals)
    pipeline.pull(vendor.settings)
    found = [item for item in alerts(vendor, "2017-07-01", "2018-01-01") if item["lead"]["metric"] == "win_rate"]
    assert [item["lead"]["segment"] for item in found] == ["retail"]


def _column_by(project: Any, file: str, key: str, column: str) -> dict[str, str]:
    with (project.folder / "data" / file).open(newline="", encoding="utf-8") as rows:
        return {row[key]: row[column] for row in csv.DictReader(rows)}


def test_a_baseline_before_the_first_close_is_refused_with_the_reason(vendor: Any) -> None:
    path = vendor.folder / "config" / "icp.yaml"
    text = path.read_text("utf-8").replace("{from: 2017-04-01, to: 2017-07-01}", "{from: 2017-01-01, to: 2017-04-01}")
    path.write_text(text, "utf-8")
    pipeline.pull(vendor.settings)
    with pytest.raises(RefusedError, match="first close on record is of 2017-03-01"):
        validated(vendor, "2017Q3")


def test_a_source_without_dates_is_refused_in_one_sentence(project: Any) -> None:
    """Salvirt's deals carry no date at all."""
    export = SHARED / "salvirt-b2b" / "Salvirt_B2B_ML_dataset.csv"
    shutil.copy(export, project.folder / "data" / "deals.csv")
    (project.folder / "config" / "sources.yaml").write_text(
        """
sources:
  deals:
    kind: csv
    folder: data
    stages: {won: [Won], lost: [Lost]}
    tables:
      accounts: {file: deals.csv, delimiter: ";", columns: {account_id: Seller}}
      opportunities:
        file: deals.csv
        delimiter: ";"
        columns: {opportunity_id: Product, account_id: Seller, stage: Status, created_on: Created, closed_on: Closed}
""",
        "utf-8",
    )
    with pytest.raises(SourceError) as refused:
        pipeline.pull(project.settings)
    assert len(refused.value.problems) == 1
    assert "no column holds dates" in str(refused.value)
    assert not list((project.folder / "warehouse").glob("raw_*/**/*.parquet"))
