"""What a good record says is stored exactly: types, units, names and days."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.matching import SetAttribute, SetMatch
from icp_monitor.config.sources import CsvSource
from icp_monitor.sources import Surroundings, fingerprint_of, read_source
from icp_monitor.sources.csv_source import CsvFiles
from icp_monitor.sources.extract import Extract

PULLED_ON = date(2026, 1, 31)
STAGES = {"open": ["Proposal"], "won": ["Closed Won"], "lost": ["Closed Lost"], "no_decision": ["Stalled"]}
Files = Mapping[str, tuple[bytes, Mapping[str, Any]]]
ACCOUNT = {"account_id": "Id", "name": "Name", "industry": "Industry", "employees": "Staff", "technologies": "Stack"}
DEAL = {
    "opportunity_id": "Deal",
    "account_id": {"constant": "A1"},
    "stage": "Stage",
    "amount": "Amount",
    "created_on": "Created",
    "closed_on": "Closed",
}
EVENT = {"opportunity_id": "Deal", "stage": "Stage", "entered_on": "On"}
CLOCKS = {"load", "source", "known_on", "assumed", "valid_from"}


def csv_source(tables: Mapping[str, Any], **options: Any) -> CsvSource:
    return CsvSource.model_validate(
        {"kind": "csv", "folder": ".", "stages": STAGES, "tables": tables, **options}, strict=False
    )


def read_files(folder: Path, icp: IcpConfig, files: Files, **options: Any) -> Extract:
    """Write each table's bytes and read them with its mapping; keys beside the columns are the table's options."""
    tables = {}
    for name, (content, table) in files.items():
        (folder / f"{name}.csv").write_bytes(content)
        tables[name] = {"file": f"{name}.csv", **table}
    source = csv_source(tables, **options)
    return read_source("crm", source, CsvFiles(source, folder), Surroundings(icp.attributes, PULLED_ON, "EUR"))


def accounts(folder: Path, icp: IcpConfig, content: bytes, **table: Any) -> list[dict[str, Any]]:
    with read_files(folder, icp, {"accounts": (content, {"columns": ACCOUNT, **table})}) as extract:
        assert extract.quarantine.to_table().num_rows == 0
        return sorted(extract.tables["raw_accounts"].to_table().to_pylist(), key=lambda row: str(row["account_id"]))


def deals(
    folder: Path, icp: IcpConfig, lines: Sequence[str], columns: Mapping[str, Any] = DEAL, **options: Any
) -> list[dict[str, Any]]:
    content = "\n".join(["Deal,Stage,Amount,Created,Closed", *lines]).encode()
    with read_files(folder, icp, {"opportunities": (content, {"columns": columns})}, **options) as extract:
        assert extract.quarantine.to_table().num_rows == 0
        table = extract.tables["raw_opportunities"].to_table()
    return sorted(table.to_pylist(), key=lambda row: str(row["opportunity_id"]))


def test_rows_have_the_columns_and_types_of_the_catalogue(tmp_path: Path, icp: IcpConfig, catalogue: Catalogue) -> None:
    files: Files = {
        "accounts": (b"Id,Name,Industry,Staff,Stack\nA1,,,,\n", {"columns": ACCOUNT}),
        "opportunities": (
            b"Deal,Stage,Amount,Created,Closed\nD1,Proposal,,2025-01-01,\n",
            {"columns": DEAL},
        ),
        "stage_events": (b"Deal,Stage,On\nD1,Proposal,2025-01-01\n", {"columns": EVENT}),
        "win_loss": (b"Deal,Why\nD1,price\n", {"columns": {"opportunity_id": "Deal", "reason": "Why"}}),
    }
    arrow = {
        "TEXT": pa.string(),
        "DATE": pa.date32(),
        "BIGINT": pa.int64(),
        "DOUBLE": pa.float64(),
        "BOOLEAN": pa.bool_(),
    }
    with read_files(tmp_path, icp, files) as extract:
        for name, rows in extract.tables.items():
            expected = {
                column.name: arrow[str(column.type)]
                for column in catalogue.named(name).table.columns
                if column.name not in CLOCKS
            }
            assert {field.name: field.type for field in rows.schema} == expected | {"fact_on": pa.date32()}
        quarantine = [column for column in catalogue.quarantine.columns if column != "load"]
        assert extract.quarantine.schema.names == quarantine


def test_an_account_is_stored_as_the_file_has_it(tmp_path: Path, icp: IcpConfig) -> None:
    (row,) = accounts(tmp_path, icp, b"Id,Name,Industry,Staff,Stack\n 007 ,  Acme  ,fintech,500,sap; aws;sap;\n")
    assert row == {
        "account_id": "007",
        "name": "Acme",
        "parent_id": None,
        "created_on": None,
        "crm_tier": None,
        "has_left": None,
        "merged_into": None,
        "deleted": False,
        "industry": "fintech",
        "employees": 500.0,
        "maturity": None,
        "technologies": "|aws|sap|",
        "fact_on": date(1900, 1, 1),
    }


@pytest.mark.parametrize(
    "name",
    [
        '=HYPERLINK("http://example.com","click")',
        "<script>alert(1)</script>",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        'Line one\nline "two"',
        "Line one\r\nline two",
        "Robert'); DROP TABLE accounts;--",
        "日本株式会社 🏢",
        "a,b;c\td|e",
    ],
)
def test_hostile_text_stays_the_text_that_it_is(tmp_path: Path, icp: IcpConfig, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    (row,) = accounts(tmp_path, icp, f"Id,Name,Industry,Staff,Stack\nA1,{quoted},,,\n".encode())
    assert row["name"] == name


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"Id,Name,Industry,Staff,Stack\nA1,M\xfcller,,,\nA2,B,,,\n", "latin-1"),
        ("Id,Name,Industry,Staff,Stack\nA1,Müller,,,\nA2,B,,,\n".encode("utf-16"), "utf-16"),
        ("Id,Name,Industry,Staff,Stack\nA1,Müller,,,\nA2,B,,,\n".encode("utf-8-sig"), "UTF8"),
        ("Id,Name,Industry,Staff,Stack\r\nA1,Müller,,,\r\nA2,B,,,\r\n".encode(), "utf-8"),
        ("Id,Name,Industry,Staff,Stack\rA1,Müller,,,\rA2,B,,,\r".encode(), "utf-8"),
        ("Id,Name,Industry,Staff,Stack\r\nA1,Müller,,,\nA2,B,,,".encode(), "utf-8"),
        ("\n\nId,Name,Industry,Staff,Stack\n\nA1,Müller,,,\n  \n\nA2,B,,,\n\n".encode(), "utf-8"),
        ("Id,Name,Industry,Staff,Stack,\nA1,Müller,,,,\nA2,B,,,,\n".encode(), "utf-8"),
        ("Id,Name,Industry,Staff,Stack\nA1,Müller,,,,\nA2,B,,,,,\n".encode(), "utf-8"),
        (" Id , Name ,Industry,Staff,Stack\nA1,Müller,,,\nA2,B,,,\n".encode(), "utf-8"),
    ],
    ids=[
        "latin-1",
        "utf-16",
        "byte order mark",
        "CRLF",
        "CR",
        "mixed line ends",
        "blank lines",
        "trailing delimiter",
        "trailing delimiters on records only",
        "spaces in the header",
    ],
)
def test_the_way_a_file_is_written_does_not_change_what_it_says(
    tmp_path: Path, icp: IcpConfig, content: bytes, encoding: str
) -> None:
    rows = accounts(tmp_path, icp, content, encoding=encoding)
    assert [(row["account_id"], row["name"]) for row in rows] == [("A1", "Müller"), ("A2", "B")]


def test_values_are_renamed_and_placeholders_are_unknown(tmp_path: Path, icp: IcpConfig) -> None:
    columns = {
        "account_id": "Id",
        "name": {"constant": "same for all"},
        "industry": {"column": "Industry", "values": {"tech": "technology", "NA": "none"}},
        "employees": {"column": "Staff", "decimal": ",", "divide_by": 0.001},
        "technologies": {"column": "Stack", "separator": "/", "values": {"Amazon": "aws"}},
    }
    content = b"Id;Industry;Staff;Stack\n1;tech;1,5;Amazon/gcp\n2;NA;-;unknown\n3;retail;2e1;\n"
    rows = accounts(tmp_path, icp, content, columns=columns, delimiter=";")
    assert [(row["name"], row["industry"], row["employees"], row["technologies"]) for row in rows] == [
        ("same for all", "technology", 1500.0, "|aws|gcp|"),
        ("same for all", "none", None, None),
        ("same for all", "retail", 20000.0, None),
    ]


def test_where_absence_means_no_an_empty_cell_is_the_empty_set_and_only_a_placeholder_is_unknown(
    tmp_path: Path,
) -> None:
    tools = SetAttribute(
        id="tools",
        family="technographic",
        weight=1,
        type="set",
        match=SetMatch(any={"crm": 1.0}),
        absence_means="no",
    )
    (tmp_path / "a.csv").write_text("Id,Tools\n1,crm\n2,\n3,N/A\n", encoding="utf-8")
    for columns, expected in (
        ({"account_id": "Id", "tools": "Tools"}, ["|crm|", "|", None]),
        ({"account_id": "Id"}, [None, None, None]),
    ):
        source = csv_source({"accounts": {"file": "a.csv", "columns": columns}})
        with read_source("crm", source, CsvFiles(source, tmp_path), Surroundings([tools], PULLED_ON, "EUR")) as extract:
            rows = extract.tables["raw_accounts"].to_table().sort_by("account_id")
        assert rows["tools"].to_pylist() == expected


@pytest.mark.parametrize(
    ("written", "options", "minor"),
    [
        ("1054", {}, 105_400),
        ("0.29", {}, 29),
        ("1.005", {}, 101),
        ("1.0049", {}, 100),
        ("10000000000", {}, 10**12),
        ("1.5e3", {}, 150_000),
        ("+7.", {}, 700),
        (".5", {}, 50),
        ("0", {}, 0),
        ("1234,56", {"decimal": ","}, 123_456),
        ("105", {"divide_by": 100}, 105),
        ("1.5", {"divide_by": 0.001}, 150_000),
        ("100", {"divide_by": 1.2}, 8_333),
        ("9999999.99", {"divide_by": 0.001}, 999_999_999_000),
        ("123456789.5", {"divide_by": 1.2}, 10_288_065_792),
        ("", {}, None),
        ("n/a", {}, None),
    ],
)
def test_amounts_are_exact_hundredths(
    tmp_path: Path, icp: IcpConfig, written: str, options: dict[str, Any], minor: int | None
) -> None:
    columns = {**DEAL, "amount": {"column": "Amount", **options}}
    (row,) = deals(tmp_path, icp, [f'D1,Closed Won,"{written}",2025-01-01,2025-02-01'], columns)
    assert row["amount_minor"] == minor


@pytest.mark.parametrize(("stage", "minor"), [("Closed Won", 0), ("Closed Lost", None), ("Stalled", None)])
def test_an_amount_of_0_is_only_known_of_a_deal_that_was_won(
    tmp_path: Path, icp: IcpConfig, stage: str, minor: int | None
) -> None:
    (row,) = deals(tmp_path, icp, [f"D1,{stage},0,2025-01-01,2025-02-01"])
    assert (row["amount_minor"], row["log_amount"], row["log_amount_squared"]) == (minor, None, None)


def test_logs_are_of_currency_units_and_scaled_to_integers(tmp_path: Path, icp: IcpConfig) -> None:
    (row,) = deals(tmp_path, icp, ["D1,Closed Won,1054.25,2025-01-01,2025-02-01"])
    assert row["log_amount"] == round(math.log(1054.25) * 1e9)
    assert row["log_amount_squared"] == round(math.log(1054.25) ** 2 * 1e9)


def test_stage_names_are_sorted_without_regard_to_case_and_stored_as_written(tmp_path: Path, icp: IcpConfig) -> None:
    lines = [f"D{n},{stage},1,2025-01-01,2025-02-01" for n, stage in enumerate(["closed WON", "Stalled", "Proposal"])]
    rows = deals(tmp_path, icp, lines)
    assert [(row["stage"], row["outcome"], row["closed_on"] is None) for row in rows] == [
        ("closed WON", "won", False),
        ("Stalled", "no_decision", False),
        ("Proposal", "open", True),
    ]


def test_the_first_date_format_that_fits_is_taken(tmp_path: Path, icp: IcpConfig) -> None:
    content = b"Deal,Stage,Amount,Created,Closed\nD1,Closed Won,1,02/01/2025,2025-02-28 23:59:59\n"
    formats = ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S")
    with read_files(tmp_path, icp, {"opportunities": (content, {"columns": DEAL, "dates": formats})}) as extract:
        (row,) = extract.tables["raw_opportunities"].to_table().to_pylist()
    assert (row["created_on"], row["closed_on"]) == (date(2025, 1, 2), date(2025, 2, 28))


@pytest.mark.parametrize(
    ("source", "cell", "expected"),
    [(None, "", "EUR"), ("GBP", "", "GBP"), ("GBP", "usd", "USD")],
)
def test_the_currency_is_the_records_own_else_the_sources_else_the_companys(
    tmp_path: Path, icp: IcpConfig, source: str | None, cell: str, expected: str
) -> None:
    content = f"Deal,Stage,Amount,Created,Closed,Currency\nD1,Proposal,1,2025-01-01,,{cell}\n".encode()
    table = {"columns": {**DEAL, "currency": "Currency"}}
    with read_files(tmp_path, icp, {"opportunities": (content, table)}, currency=source) as extract:
        assert extract.tables["raw_opportunities"].to_table()["currency"].to_pylist() == [expected]


def test_a_win_loss_record_counts_from_its_own_day_else_from_its_deals(tmp_path: Path, icp: IcpConfig) -> None:
    won = b"Deal,Stage,Amount,Created,Closed\nD1,Closed Won,1,2025-01-01,2025-02-01\nD2,Proposal,1,2025-01-05,\n"
    said = b"Deal,Who,Said,On\nD1,Buyer,closed won,2025-03-01\nD1,rep,LOST,\nD2,,,\n"
    columns = {"opportunity_id": "Deal", "origin": "Who", "outcome": "Said", "recorded_on": "On"}
    files: Files = {"opportunities": (won, {"columns": DEAL}), "win_loss": (said, {"columns": columns})}
    with read_files(tmp_path, icp, files) as extract:
        rows = extract.tables["raw_win_loss"].to_table().to_pylist()
    found = sorted((row["opportunity_id"], row["origin"], row["outcome"], row["fact_on"]) for row in rows)
    assert found == [
        ("D1", "buyer", "won", date(2025, 3, 1)),
        ("D1", "rep", "lost", date(2025, 2, 1)),
        ("D2", "rep", None, date(2025, 1, 5)),
    ]


def test_deals_with_stage_events_need_no_close_date_of_their_own(tmp_path: Path, icp: IcpConfig) -> None:
    columns = {name: column for name, column in DEAL.items() if name != "closed_on"}
    deal = b"Deal,Stage,Amount,Created\nD1,Closed Won,1,2025-01-01\n"
    events = b"Deal,Stage,On\nD1,Proposal,2025-01-01\nD1,Closed Won,2025-02-01\n"
    files: Files = {"opportunities": (deal, {"columns": columns}), "stage_events": (events, {"columns": EVENT})}
    with read_files(tmp_path, icp, files) as extract:
        assert extract.quarantine.to_table().num_rows == 0
        rows = extract.tables["raw_stage_events"].to_table().sort_by("entered_on").to_pylist()
    assert [(row["outcome"], row["fact_on"]) for row in rows] == [
        ("open", date(2025, 1, 1)),
        ("won", date(2025, 2, 1)),
    ]


def test_an_old_export_speaks_up_to_the_day_it_was_made(tmp_path: Path, icp: IcpConfig) -> None:
    content = b"Deal,Stage,Amount,Created,Closed\nD1,Proposal,1,2024-12-31,\nD2,Proposal,1,2025-01-02,\n"
    files: Files = {"opportunities": (content, {"columns": DEAL})}
    with read_files(tmp_path, icp, files, extracted_on=date(2025, 1, 1)) as extract:
        assert extract.observed_until == date(2025, 1, 1)
        assert extract.quarantine.to_table()["reason"].to_pylist() == ["date in the future"]
    with read_files(tmp_path, icp, files) as extract:
        assert extract.observed_until == PULLED_ON


def test_a_row_stays_the_same_until_one_of_its_values_changes(tmp_path: Path, icp: IcpConfig) -> None:
    header = b"Id,Name,Industry,Staff,Stack\n"
    (before,) = accounts(tmp_path, icp, header + b"A1,Acme,fintech,500,aws;gcp\n")
    for same in (b"A1, Acme ,fintech,500.0,gcp;aws\n", b'"A1","Acme","fintech","5e2","aws;gcp;aws"\n'):
        assert accounts(tmp_path, icp, header + same)[0] == before
    for changed in (b"A1,Acme,fintech,501,aws;gcp\n", b"A1,Acme,,500,aws;gcp\n", b"A1,fintech,Acme,500,aws;gcp\n"):
        assert accounts(tmp_path, icp, header + changed)[0] != before


def test_the_fingerprint_follows_the_bytes_and_the_mapping_and_nothing_else(tmp_path: Path, icp: IcpConfig) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Id,Industry\nA1,fintech\n", encoding="utf-8")
    table = {"file": "a.csv", "columns": {"account_id": "Id", "industry": "Industry"}}
    source = csv_source({"accounts": table})
    first = fingerprint_of(source, CsvFiles(source, tmp_path), icp.attributes)
    path.touch()
    assert fingerprint_of(source, CsvFiles(source, tmp_path), icp.attributes) == first
    with read_source(
        "crm", source, CsvFiles(source, tmp_path), Surroundings(icp.attributes, PULLED_ON, "EUR")
    ) as extract:
        assert extract.fingerprint == str(first)
    other_mapping = csv_source({"accounts": {**table, "columns": {"account_id": "Id"}}})
    assert fingerprint_of(other_mapping, CsvFiles(other_mapping, tmp_path), icp.attributes) != first
    assert fingerprint_of(source, CsvFiles(source, tmp_path), icp.attributes[:1]) != first
    path.write_text("Id,Industry\nA1,health\n", encoding="utf-8")
    assert fingerprint_of(source, CsvFiles(source, tmp_path), icp.attributes) != first


def test_the_files_of_an_extract_go_when_it_is_closed(tmp_path: Path, icp: IcpConfig) -> None:
    content = b"Id,Name,Industry,Staff,Stack\nA1,Acme,fintech,500,aws\n"
    with read_files(tmp_path, icp, {"accounts": (content, {"columns": ACCOUNT})}) as extract:
        files = [Path(file) for file in extract.tables["raw_accounts"].files]
        assert all(file.exists() for file in files)
    assert not any(file.exists() for file in files)
