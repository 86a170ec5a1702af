"""The tables beside the CRM's own: each is typed, keyed and judged; and any record may say that it is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.canonical import CANONICAL, CANONICAL_COLUMNS
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.sources import CsvSource
from icp_monitor.sources import Surroundings, read_source
from icp_monitor.sources.csv_source import CsvFiles
from icp_monitor.sources.plain import LAYOUTS

PULLED_ON = date(2026, 1, 31)
STAGES = {"open": ["Proposal"], "won": ["Closed Won"], "lost": ["Closed Lost"]}
RECORDS: Mapping[str, str] = {
    "leads": "L1,A1,D1,web,2025-01-02,2025-01-05,2025-01-09,2025-02-01,,",
    "subscriptions": "S1,A1,core,EUR,99.5,2025-01-01,2027-01-01,no",
    "revenue": "A1,2025-03-17,EUR,120",
    "costs": "C1,2025-03-31,ads,Acquisition,fintech-mm,web,A1,USD,1000.25",
    "activities": "V1,A1,D1,O1,call,2025-03-01,0.5",
    "technologies": "A1,snowflake,scan,2025-01-01,2025-06-01,0.9",
    "intent": "A1,pricing,feed,2025-02-03,71.5",
    "usage": "A1,export,2025-02-03,12",
    "ratings": "A1,maturity,csm-7,2025-02-03,4,survey",
}


def read(folder: Path, icp: IcpConfig, name: str, lines: Sequence[str], **table: Any) -> tuple[pa.Table, list[Any]]:
    """What is stored of a table whose file has the canonical columns, and what is set aside."""
    names = [column for column in CANONICAL_COLUMNS[name] if column != "deleted" or "deleted" in table]
    names = [column for column in names if column != "merged_into" or "merged_into" in table]
    (folder / "t.csv").write_text("\n".join([",".join(names), *lines, ""]), encoding="utf-8")
    mapped = {"file": "t.csv", "columns": {column: column for column in names}}
    values = {"kind": "csv", "folder": ".", "stages": STAGES, "tables": {name: mapped}}
    source = CsvSource.model_validate(values, strict=False)
    around = Surroundings(icp.attributes, PULLED_ON, "GBP", "UTC")
    with read_source("crm", source, CsvFiles(source, folder), around) as extract:
        rows = extract.tables[f"raw_{name}"].to_table()
        return rows, extract.quarantine.to_table().to_pylist()


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_table_is_stored_with_the_columns_and_types_of_the_catalogue(
    tmp_path: Path, icp: IcpConfig, catalogue: Catalogue, name: str
) -> None:
    rows, aside = read(tmp_path, icp, name, [RECORDS[name]])
    arrow = {"TEXT": pa.string(), "DATE": pa.date32(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}
    clocks = {"load", "source", "known_on", "assumed", "valid_from"}
    expected = {
        column.name: arrow.get(str(column.type), pa.bool_())
        for column in catalogue.named(f"raw_{name}").table.columns
        if column.name not in clocks
    }
    assert aside == []
    assert {field.name: field.type for field in rows.schema} == {**expected, "fact_on": pa.date32()}
    assert rows.num_rows == 1


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_stores_every_canonical_column_and_has_the_catalogues_key(catalogue: Catalogue, name: str) -> None:
    layout = LAYOUTS[name]
    assert {layout.canonical(stored) for stored in layout.kinds} == set(CANONICAL[name].columns) - {"deleted"}
    assert layout.key == catalogue.named(f"raw_{name}").key


def test_amounts_months_and_marks_are_brought_to_one_form(tmp_path: Path, icp: IcpConfig) -> None:
    (revenue,) = read(tmp_path, icp, "revenue", [RECORDS["revenue"]])[0].to_pylist()
    (cost,) = read(tmp_path, icp, "costs", [RECORDS["costs"]])[0].to_pylist()
    (subscription,) = read(tmp_path, icp, "subscriptions", [RECORDS["subscriptions"]])[0].to_pylist()
    assert (revenue["month"], revenue["mrr_minor"], revenue["currency"]) == (date(2025, 3, 1), 12_000, "EUR")
    assert (cost["month"], cost["amount_minor"], cost["purpose"]) == (date(2025, 3, 1), 100_025, "acquisition")
    assert (subscription["is_trial"], subscription["ended_on"]) == (False, date(2027, 1, 1))


def test_what_is_part_of_a_key_but_not_given_is_an_empty_text(tmp_path: Path, icp: IcpConfig) -> None:
    (row,) = read(tmp_path, icp, "technologies", ["A1,snowflake,,2025-01-01,,"])[0].to_pylist()
    assert (row["provider"], row["last_seen_on"], row["confidence"]) == ("", None, None)


@pytest.mark.parametrize(
    ("name", "line", "reason"),
    [
        ("costs", "C2,2025-03-31,ads,marketing,,,,USD,5", "unknown purpose"),
        ("costs", "C2,2025-03-31,ads,service,,,,USD,five", "amount is not a number"),
        ("costs", "C2,2025-03-31,ads,service,,,,USD,99999999999", "amount too large"),
        ("subscriptions", "S2,A1,core,EUR,,2025-01-01,,", "missing monthly_amount"),
        ("subscriptions", "S2,A1,core,EUR,5,soon,,", "unreadable date"),
        ("revenue", "A1,2031-03-01,EUR,5", "date in the future"),
        ("usage", "A1,export,2025-02-03,many", "unreadable quantity"),
        ("ratings", "A1,maturity,csm-7,2025-02-03,good,survey", "unreadable rating"),
        ("leads", ",A1,D1,web,2025-01-02,,,,,", "missing key"),
    ],
)
def test_a_record_that_cant_be_used_is_set_aside_with_a_cure(
    tmp_path: Path, icp: IcpConfig, name: str, line: str, reason: str
) -> None:
    rows, aside = read(tmp_path, icp, name, [RECORDS[name], line])
    assert rows.num_rows == 1
    assert [item["reason"] for item in aside] == [reason]
    assert aside[0]["cure"]


def test_a_share_beyond_one_is_ignored(tmp_path: Path, icp: IcpConfig) -> None:
    rows, aside = read(tmp_path, icp, "technologies", ["A1,snowflake,scan,2025-01-01,,90"])
    assert rows.column("confidence").to_pylist() == [None]
    assert [item["reason"] for item in aside] == ["value ignored"]


def deal(opportunity_id: str, stage: str = "Proposal", deleted: str = "", merged_into: str = "") -> str:
    return f"{opportunity_id},A1,,,,,{stage},,,,,2025-01-01,2025-02-01,{merged_into},{deleted}"


@pytest.mark.parametrize("mark", ["true", "1", "Yes", "t"])
def test_a_record_that_says_it_is_gone_is_a_tombstone_whatever_else_it_says(
    tmp_path: Path, icp: IcpConfig, mark: str
) -> None:
    lines = [deal("D1"), deal("D2", stage="Nonsense", deleted=mark)]
    rows, aside = read(tmp_path, icp, "opportunities", lines, deleted=True, merged_into=True)
    gone = {row["opportunity_id"]: row for row in rows.to_pylist()}["D2"]
    assert aside == []
    assert (gone["deleted"], gone["merged_into"], gone["stage"], gone["account_id"]) == (True, None, None, None)


def test_a_merged_record_is_gone_and_names_what_took_its_place(tmp_path: Path, icp: IcpConfig) -> None:
    rows, _ = read(
        tmp_path, icp, "opportunities", [deal("D1", merged_into="D2"), deal("D2")], deleted=True, merged_into=True
    )
    merged = {row["opportunity_id"]: row for row in rows.to_pylist()}["D1"]
    assert (merged["deleted"], merged["merged_into"], merged["stage"]) == (True, "D2", None)


def test_a_mark_that_says_neither_yes_nor_no_is_set_aside(tmp_path: Path, icp: IcpConfig) -> None:
    _, aside = read(
        tmp_path, icp, "opportunities", [deal("D1", deleted="maybe"), deal("D2")], deleted=True, merged_into=True
    )
    assert [(item["record_id"], item["reason"]) for item in aside] == [("D1", "unclear deletion mark")]


@pytest.mark.parametrize(
    ("written", "moments", "day"),
    [
        ("2025-01-01T03:30:00+0000", None, date(2024, 12, 31)),  # the evening before in New York
        ("2025-01-01T03:30:00-0500", None, date(2025, 1, 1)),
        ("2025-01-01 03:30:00", None, date(2025, 1, 1)),
        ("2025-01-01 03:30:00", "UTC", date(2024, 12, 31)),
        ("2025-01-01", "UTC", date(2025, 1, 1)),  # a day is a day everywhere
        ("2025-03-09 07:30:00", "UTC", date(2025, 3, 9)),  # the night in which the clocks go forward
    ],
)
def test_trap_5_37_a_moment_becomes_its_day_in_the_business_time_zone(
    tmp_path: Path, icp: IcpConfig, written: str, moments: str | None, day: date
) -> None:
    (tmp_path / "t.csv").write_text(f"lead,made\nL1,{written}\n", encoding="utf-8")
    formats = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S"]
    table = {"file": "t.csv", "columns": {"lead_id": "lead", "created_on": "made"}, "dates": formats}
    values = {"kind": "csv", "folder": ".", "moments": moments, "tables": {"leads": table}}
    source = CsvSource.model_validate(values, strict=False)
    around = Surroundings(icp.attributes, PULLED_ON, "GBP", "America/New_York")
    with read_source("crm", source, CsvFiles(source, tmp_path), around) as extract:
        assert extract.tables["raw_leads"].to_table().column("created_on").to_pylist() == [day]


def test_a_stage_means_what_it_meant_on_its_day(tmp_path: Path) -> None:
    """A redefinition of the stages does not rewrite history: names are sorted as they were understood then."""
    (tmp_path / "t.csv").write_text(
        "deal,stage,on\nD1,Verbal,2025-05-31\nD2,Verbal,2025-06-01\nD1,Signed,2025-05-01\n", encoding="utf-8"
    )
    columns = {"opportunity_id": "deal", "stage": "stage", "entered_on": "on"}
    values = {
        "kind": "csv",
        "folder": ".",
        "stages": {"open": ["Verbal"], "won": ["Signed"], "lost": ["Lost"]},
        "earlier_stages": [{"until": "2025-06-01", "stages": {"won": ["Verbal"]}}],
        "tables": {"stage_events": {"file": "t.csv", "columns": columns}},
    }
    source = CsvSource.model_validate(values, strict=False)
    with read_source("crm", source, CsvFiles(source, tmp_path), Surroundings((), PULLED_ON, "GBP")) as extract:
        rows = extract.tables["raw_stage_events"].to_table().to_pylist()
    found = {(row["stage"], row["entered_on"].isoformat()): row["outcome"] for row in rows}
    assert found == {
        ("Verbal", "2025-05-31"): "won",
        ("Verbal", "2025-06-01"): "open",
        ("Signed", "2025-05-01"): "won",
    }
