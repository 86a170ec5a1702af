"""Past versions of accounts: whole ones, and those put together from single changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.sources import CsvSource
from icp_monitor.sources import Surroundings, read_source
from icp_monitor.sources.csv_source import CsvFiles

PULLED_ON = date(2026, 1, 31)
FIRST = date(1900, 1, 1)
ACCOUNTS = {
    "account_id": "Id",
    "industry": {"column": "Industry", "values": {"Bank": "fintech"}},
    "employees": {"column": "Staff", "decimal": ","},
    "technologies": {"column": "Stack", "separator": "/"},
}
DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]
CHANGES = {"account_id": "Account", "changed_on": "At", "field": "Field", "value": "New", "old_value": "Old"}
VERSIONS = {"account_id": "Id", "changed_on": "Since"}


def history(
    folder: Path, icp: IcpConfig, accounts: Sequence[str], lines: Sequence[str], columns: Mapping[str, Any], zone: str
) -> tuple[list[tuple[Any, ...]], list[dict[str, Any]]]:
    """The versions that are stored, in order, and what was set aside."""
    header = "Account,At,Field,New,Old" if "field" in columns else "Id,Since,Industry,Staff,Stack"
    (folder / "accounts.csv").write_text("\n".join(["Id,Industry,Staff,Stack", *accounts, ""]), encoding="utf-8")
    (folder / "history.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    tables = {
        "accounts": {"file": "accounts.csv", "columns": ACCOUNTS},
        "account_history": {"file": "history.csv", "columns": columns, "dates": DATES},
    }
    source = CsvSource.model_validate({"kind": "csv", "folder": ".", "tables": tables}, strict=False)
    around = Surroundings(icp.attributes, PULLED_ON, "EUR", zone)
    with read_source("crm", source, CsvFiles(source, folder), around) as extract:
        rows = extract.tables["raw_account_history"].to_table().to_pylist()
        aside = extract.quarantine.to_table().to_pylist()
    shown = ("account_id", "changed_on", "industry", "employees", "technologies")
    return sorted(tuple(row[name] for name in shown) for row in rows), aside


def test_single_changes_make_whole_versions(tmp_path: Path, icp: IcpConfig) -> None:
    lines = [
        'A1,2025-03-01,Staff,"200,5",100',
        "A1,2025-05-01,INDUSTRY,Bank,retail",
        'A1,2025-06-01,Staff,300,"200,5"',
    ]
    versions, aside = history(tmp_path, icp, ["A1,Bank,300,aws/sap"], lines, CHANGES, "UTC")
    assert aside == []
    assert versions == [
        ("A1", FIRST, "retail", 100.0, "|aws|sap|"),
        ("A1", date(2025, 3, 1), "retail", 200.5, "|aws|sap|"),
        ("A1", date(2025, 5, 1), "fintech", 200.5, "|aws|sap|"),
        ("A1", date(2025, 6, 1), "fintech", 300.0, "|aws|sap|"),
    ]


def test_a_change_to_nothing_is_a_change(tmp_path: Path, icp: IcpConfig) -> None:
    lines = ["A1,2025-03-01,Staff,,100", "A1,2025-04-01,Staff,300,"]
    versions, _ = history(tmp_path, icp, ["A1,retail,300,"], lines, CHANGES, "UTC")
    assert [version[3] for version in versions] == [100.0, None, 300.0]


def test_of_several_changes_on_a_business_day_the_last_counts(tmp_path: Path, icp: IcpConfig) -> None:
    lines = [
        "A1,2025-03-02T03:30:00+0000,Staff,300,200",  # still the 1st in New York
        "A1,2025-03-01T15:00:00+0000,Staff,200,100",
    ]
    versions, _ = history(tmp_path, icp, ["A1,retail,300,"], lines, CHANGES, "America/New_York")
    assert [(version[1], version[3]) for version in versions] == [(FIRST, 100.0), (date(2025, 3, 1), 300.0)]


def test_changes_of_fields_that_are_no_attribute_and_of_unknown_accounts_are_left_out(
    tmp_path: Path, icp: IcpConfig
) -> None:
    lines = ["A1,2025-03-01,Phone,1,2", "A9,2025-03-01,Staff,1,2"]
    versions, aside = history(tmp_path, icp, ["A1,retail,300,"], lines, CHANGES, "UTC")
    assert aside == []
    assert {version[0] for version in versions} == {"A1"}
    assert {version[2:4] for version in versions} == {("retail", 300.0)}


def test_whole_versions_are_read_like_the_accounts_themselves(tmp_path: Path, icp: IcpConfig) -> None:
    lines = ['A1,2025-03-01,Bank,"1,5",sap/aws', "A1,2025-04-01,retail,x,", ",2025-04-01,retail,1,"]
    versions, aside = history(tmp_path, icp, ["A1,Bank,2,"], lines, VERSIONS, "UTC")
    assert versions == [
        ("A1", date(2025, 3, 1), "fintech", 1.5, "|aws|sap|"),
        ("A1", date(2025, 4, 1), "retail", None, None),
    ]
    assert [(row["record_id"], row["reason"], row["column_name"]) for row in aside] == [
        ("A1", "value ignored", "Staff"),
        (None, "missing key", "Id"),
    ]


def test_what_a_history_does_not_tell_is_as_the_accounts_are_now(tmp_path: Path, icp: IcpConfig) -> None:
    columns = {**VERSIONS, "employees": "Staff"}
    versions, _ = history(tmp_path, icp, ["A1,Bank,2,aws"], ["A1,2025-03-01,retail,5,"], columns, "UTC")
    assert versions == [("A1", date(2025, 3, 1), "fintech", 5.0, "|aws|")]


@pytest.mark.parametrize("line", ["A1,31.02.2025,Staff,1,2", "A1,,Staff,1,2", "A1,2031-01-01,Staff,1,2"])
def test_a_change_without_a_day_that_can_be_is_set_aside(tmp_path: Path, icp: IcpConfig, line: str) -> None:
    _, aside = history(tmp_path, icp, ["A1,retail,300,"], [line, "A1,2025-03-01,Staff,1,2"], CHANGES, "UTC")
    assert [row["table_name"] for row in aside] == ["raw_account_history"]
