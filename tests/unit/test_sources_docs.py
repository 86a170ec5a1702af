"""The example of docs/sources.md gives what the page says that it gives."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.sources import SourcesConfig
from icp_monitor.sources import Surroundings, read_source
from icp_monitor.sources.csv_source import CsvFiles
from icp_monitor.sources.extract import Extract

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def table_with(first_column: str) -> list[list[str]]:
    """The cells of the page's table whose first column has this name, its header included."""
    lines = PAGE[PAGE.index(f"| {first_column} |") :].split("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [cells[0], *cells[2:]]


def shown(extract_rows: list[dict[str, object]], names: list[str]) -> list[list[str]]:
    return [["" if row[name] is None else str(row[name]) for name in names] for row in extract_rows]


@pytest.fixture
def extract(tmp_path: Path, icp: IcpConfig) -> Extract:
    for name, content in zip(("companies.csv", "deals.csv"), blocks("csv"), strict=True):
        (tmp_path / name).write_text(content, encoding="windows-1252")
    (mapping,) = blocks("yaml")
    source = SourcesConfig.model_validate(yaml.safe_load(mapping), strict=False).sources["crm"]
    return read_source("crm", source, CsvFiles(source, tmp_path), Surroundings(icp.attributes, date(2026, 1, 1), "USD"))


def test_the_opportunities_are_those_of_the_page(extract: Extract) -> None:
    header, *expected = table_with("opportunity_id")
    with extract:
        rows = extract.tables["raw_opportunities"].to_table().sort_by("opportunity_id").to_pylist()
        quarantine = extract.quarantine.to_table().to_pylist()
    assert shown(rows, header) == expected
    assert {row["currency"] for row in rows} == {"EUR"}
    header, *expected = table_with("record")
    assert shown(quarantine, header) == expected


def test_the_accounts_are_read_with_their_units_and_names(extract: Extract) -> None:
    with extract:
        rows = extract.tables["raw_accounts"].to_table().sort_by("account_id").to_pylist()
    names = ["account_id", "name", "industry", "employees", "technologies"]
    assert shown(rows, names) == [
        ["007", "Müller & Söhne", "engineering", "1500.0", "|aws|sap|"],
        ["008", "Beta AG", "", "", "|aws|"],
    ]
