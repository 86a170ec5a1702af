"""What a contract is worth a year."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from icp_monitor.config.sources import CsvSource
from icp_monitor.sources import Surroundings, read_source
from icp_monitor.sources.csv_source import CsvFiles

COLUMNS = {
    "opportunity_id": "id",
    "account_id": "account",
    "stage": "stage",
    "amount": "amount",
    "one_off": "once",
    "term_months": "months",
    "created_on": "created",
    "closed_on": "closed",
}


def read(folder: Path, *deals: str) -> tuple[list[int | None], list[str]]:
    """The yearly amounts in minor units, and the reasons of what was set aside."""
    (folder / "accounts.csv").write_text("id\nA1\n", "utf-8")
    rows = [f"D{number},A1,Won,{deal},2025-01-01,2025-02-01" for number, deal in enumerate(deals)]
    (folder / "deals.csv").write_text("\n".join([",".join(COLUMNS.values()), *rows]) + "\n", "utf-8")
    source = CsvSource.model_validate(
        {
            "kind": "csv",
            "folder": ".",
            "stages": {"won": ["Won"], "lost": ["Lost"]},
            "tables": {
                "accounts": {"file": "accounts.csv", "columns": {"account_id": "id"}},
                "opportunities": {"file": "deals.csv", "columns": COLUMNS},
            },
        },
        strict=False,
    )
    with read_source("crm", source, CsvFiles(source, folder), Surroundings((), date(2026, 1, 1), "USD")) as extract:
        amounts = extract.tables["raw_opportunities"].to_table()["amount_minor"].to_pylist()
        return amounts, extract.quarantine.to_table()["reason"].to_pylist()


@pytest.mark.parametrize(
    ("deal", "yearly"),
    [
        ("130000,10000,24", 60_000_00),  # total 130k with 10k paid once, over two years
        ("130000,,24", 65_000_00),
        ("130000,10000,", 120_000_00),
        ("1200,,", 1_200_00),
        ("100,,36", 33_33),
        (",,24", None),
    ],
)
def test_contract_value_is_what_recurs_divided_by_the_years(tmp_path: Path, deal: str, yearly: int | None) -> None:
    assert read(tmp_path, deal, "1,,") == ([yearly, 1_00], [])


@pytest.mark.parametrize(
    ("deal", "reason"),
    [
        ("100,,0", "term is not a number of months"),
        ("100,,two years", "term is not a number of months"),
        ("100,,601", "term is not a number of months"),
        ("100,101,12", "one-off part is not a part of the amount"),
        ("100,-1,12", "one-off part is not a part of the amount"),
    ],
)
def test_an_impossible_term_or_part_sets_the_deal_aside(tmp_path: Path, deal: str, reason: str) -> None:
    assert read(tmp_path, deal, "1,,") == ([1_00], [reason])
