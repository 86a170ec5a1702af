"""Records that can't be used are set aside one by one, each with its reason, its value and a cure; the rest is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.sources import CsvSource
from icp_monitor.sources import Surroundings, read_source
from icp_monitor.sources.csv_source import CsvFiles
from icp_monitor.sources.extract import Counts, Extract

PULLED_ON = date(2026, 1, 31)
STAGES = {"open": ["Proposal"], "won": ["Closed Won"], "lost": ["Closed Lost"], "no_decision": ["Stalled"]}
ACCOUNTS = {
    "account_id": "Id",
    "name": "Name",
    "created_on": "Since",
    "industry": "Industry",
    "employees": "Staff",
    "maturity": "Maturity",
    "technologies": "Stack",
}
OPPORTUNITIES = {
    "opportunity_id": "Deal",
    "account_id": "Account",
    "stage": "Stage",
    "amount": "Amount",
    "created_on": "Created",
    "closed_on": "Closed",
    "currency": "Currency",
}
EVENTS = {"opportunity_id": "Deal", "stage": "Stage", "entered_on": "On"}
WIN_LOSS = {"opportunity_id": "Deal", "origin": "Who", "outcome": "Outcome", "reason": "Why", "recorded_on": "On"}
HEADERS = {
    "accounts": "Id,Name,Since,Industry,Staff,Maturity,Stack",
    "opportunities": "Deal,Account,Stage,Amount,Created,Closed,Currency",
    "stage_events": "Deal,Stage,On",
    "win_loss": "Deal,Who,Outcome,Why,On",
}
COLUMNS = {"accounts": ACCOUNTS, "opportunities": OPPORTUNITIES, "stage_events": EVENTS, "win_loss": WIN_LOSS}
GOOD_DEAL = "D0,A0,Closed Won,10,2025-01-01,2025-02-01,"


class Reading:
    """Writes records under the usual headers and reads them back."""

    def __init__(self, folder: Path, icp: IcpConfig) -> None:
        self.folder, self.icp = folder, icp

    def __call__(self, **records: Sequence[str]) -> Extract:
        tables = {}
        for name, lines in records.items():
            path = self.folder / f"{name}.csv"
            path.write_text("\n".join([HEADERS[name], *lines, ""]), encoding="utf-8", newline="")
            tables[name] = {"file": path.name, "columns": COLUMNS[name]}
        values = {"kind": "csv", "folder": ".", "stages": STAGES, "tables": tables}
        source = CsvSource.model_validate(values, strict=False)
        return read_source(
            "crm", source, CsvFiles(source, self.folder), Surroundings(self.icp.attributes, PULLED_ON, "EUR")
        )


@pytest.fixture
def read(tmp_path: Path, icp: IcpConfig) -> Reading:
    return Reading(tmp_path, icp)


def rows(extract: Extract, name: str) -> list[dict[str, Any]]:
    return sorted(extract.tables[f"raw_{name}"].to_table().to_pylist(), key=str)


def told(extract: Extract) -> list[tuple[Any, ...]]:
    names = ("record", "reason", "column_name", "value")
    return [tuple(row[name] for name in names) for row in extract.quarantine.to_table().to_pylist()]


BAD_DEALS = [
    (",A1,Closed Won,1,2025-01-01,2025-02-01,", "missing key", "Deal", None),
    ("D\0,A1,Closed Won,1,2025-01-01,2025-02-01,", "unreadable key", "Deal", r"D\0"),
    ("D1,A1,Closed Won,1,,2025-02-01,", "missing created date", "Created", None),
    ("D1,A1,Closed Won,1,N/A,2025-02-01,", "missing created date", "Created", "N/A"),
    ("D1,A1,Closed Won,1,01/02/2025,2025-02-01,", "unreadable date", "Created", "01/02/2025"),
    ("D1,A1,Closed Won,1,2025-02-30,2025-03-01,", "unreadable date", "Created", "2025-02-30"),
    ("D1,A1,Proposal,1,2026-02-01,,", "date in the future", "Created", "2026-02-01"),
    ("D1,A1,Closed Lost,1,2025-01-01,2199-01-01,", "date in the future", "Closed", "2199-01-01"),
    ("D1,A1,Proposal,1,1899-12-30,,", "date before 1900", "Created", "1899-12-30"),
    ("D1,A1,Closed Won,1,2025-01-01,2024-12-31,", "close before create", "Closed", "2024-12-31"),
    ("D1,A1,Stalled,1,2025-01-01,,", "closed without close date", "Closed", None),
    ("D1,A1,Closed Won,1,2025-01-01,soon,", "unreadable date", "Closed", "soon"),
    ("D1,A1,,1,2025-01-01,2025-02-01,", "missing stage", "Stage", None),
    ("D1,A1,Limbo,1,2025-01-01,2025-02-01,", "unknown stage", "Stage", "Limbo"),
    ("D1,A1,Closed Won,-5,2025-01-01,2025-02-01,", "negative amount", "Amount", "-5"),
    ("D1,A1,Closed Won,1e308,2025-01-01,2025-02-01,", "amount too large", "Amount", "1e308"),
    ("D1,A1,Closed Won,10000000000.01,2025-01-01,2025-02-01,", "amount too large", "Amount", "10000000000.01"),
    ("D1,A1,Closed Won,inf,2025-01-01,2025-02-01,", "amount is not finite", "Amount", "inf"),
    ("D1,A1,Closed Won,NaN,2025-01-01,2025-02-01,", "amount is not finite", "Amount", "NaN"),
    ('D1,A1,Closed Won,"1,234.5",2025-01-01,2025-02-01,', "amount is not a number", "Amount", "1,234.5"),
    ("D1,A1,Closed Won,$5,2025-01-01,2025-02-01,", "amount is not a number", "Amount", "$5"),
    ("D1,A1,Closed Won,1_000,2025-01-01,2025-02-01,", "amount is not a number", "Amount", "1_000"),
    ("D1,A1,Closed Won", "wrong number of fields", None, "line 2: 3 fields, the header has 7"),
    (
        "D1,A1,Closed Won,1,2025-01-01,2025-02-01,,surplus",
        "wrong number of fields",
        None,
        "line 2: 8 fields, the header has 7",
    ),
    (
        'D1,"A1"x,Closed Won,1,2025-01-01,2025-02-01,',
        "unbalanced quotes",
        None,
        "line 2: ',' expected after '\"'",
    ),
]


@pytest.mark.parametrize(("record", "reason", "column", "value"), BAD_DEALS)
def test_a_bad_opportunity_is_set_aside_and_the_next_one_is_kept(
    read: Reading, record: str, reason: str, column: str | None, value: str | None
) -> None:
    with read(opportunities=[record, GOOD_DEAL]) as extract:
        assert told(extract) == [(1, reason, column, value)]
        assert [row["opportunity_id"] for row in rows(extract, "opportunities")] == ["D0"]
        assert extract.counts["raw_opportunities"] == Counts(read=2, good=1, quarantined=1, folded=0)


def test_every_reason_comes_with_a_cure_and_its_place(read: Reading) -> None:
    with read(opportunities=[*(record for record, *_ in BAD_DEALS), GOOD_DEAL]) as extract:
        table = extract.quarantine.to_table()
    assert all(cure for cure in table["cure"].to_pylist())
    assert set(table["source"].to_pylist()) == {"crm"}
    assert set(table["table_name"].to_pylist()) == {"raw_opportunities"}
    assert set(table["file"].to_pylist()) == {"opportunities.csv"}
    assert table["record"].to_pylist() == sorted(table["record"].to_pylist())


def test_a_record_with_several_faults_names_them_all_and_counts_once(read: Reading) -> None:
    with read(opportunities=["D1,A1,Limbo,-5,never,,", GOOD_DEAL]) as extract:
        assert [reason for _, reason, *_ in told(extract)] == ["negative amount", "unknown stage", "unreadable date"]
        assert extract.counts["raw_opportunities"].quarantined == 1


@pytest.mark.parametrize(
    ("stage", "cure"),
    [
        ("Closed Wun", "did you mean Closed Won? If not, sort it under stages"),
        ("Limbo", "sort it under stages: open, won, lost or no_decision"),
    ],
)
def test_an_unknown_stage_is_told_the_nearest_known_one(read: Reading, stage: str, cure: str) -> None:
    with read(opportunities=[f"D1,A1,{stage},1,2025-01-01,2025-02-01,", GOOD_DEAL]) as extract:
        assert extract.quarantine.to_table()["cure"].to_pylist() == [cure]


def test_the_expected_close_date_of_an_open_deal_is_neither_judged_nor_kept(read: Reading) -> None:
    planned = ["D1,A1,Proposal,1,2025-01-01,2199-01-01,", "D2,A1,proposal,1,2025-01-01,soon,"]
    with read(opportunities=[*planned, GOOD_DEAL]) as extract:
        assert told(extract) == []
        closed = {row["opportunity_id"]: row["closed_on"] for row in rows(extract, "opportunities")}
        assert closed == {"D0": date(2025, 2, 1), "D1": None, "D2": None}


def test_an_open_deal_may_still_wait_for_the_day_of_its_creation(read: Reading) -> None:
    with read(opportunities=["D1,A1,Proposal,1,,,", GOOD_DEAL]) as extract:
        assert told(extract) == []
        created = {row["opportunity_id"]: row["created_on"] for row in rows(extract, "opportunities")}
        assert created == {"D0": date(2025, 1, 1), "D1": None}


def test_versions_of_one_id_that_differ_are_all_set_aside_because_nothing_says_which_holds(read: Reading) -> None:
    versions = [f"D1,A1,Closed Won,{amount},2025-01-01,2025-02-01," for amount in (5, 6, 5)]
    with read(opportunities=[*versions, GOOD_DEAL]) as extract:
        assert told(extract) == [(record, "conflicting duplicate", "Deal", "D1") for record in (1, 2, 3)]
        assert extract.counts["raw_opportunities"] == Counts(read=4, good=1, quarantined=3, folded=0)
        assert extract.held["raw_opportunities"].to_table().to_pylist() == [{"opportunity_id": "D1"}]


def test_copies_of_one_record_are_folded_into_one_and_counted(read: Reading) -> None:
    with read(opportunities=[GOOD_DEAL, GOOD_DEAL.replace("10,", "10.00,"), GOOD_DEAL]) as extract:
        assert told(extract) == []
        assert extract.counts["raw_opportunities"] == Counts(read=3, good=1, quarantined=0, folded=2)


def test_an_unreadable_version_does_not_spoil_the_readable_one(read: Reading) -> None:
    with read(opportunities=[GOOD_DEAL, GOOD_DEAL.replace("10,", "ten,")]) as extract:
        assert extract.counts["raw_opportunities"] == Counts(read=2, good=1, quarantined=1, folded=0)


def test_ids_that_were_seen_but_set_aside_are_held_so_that_they_are_not_taken_for_deleted(read: Reading) -> None:
    with read(opportunities=["D1,A1,Limbo,1,2025-01-01,,", GOOD_DEAL]) as extract:
        assert extract.held["raw_opportunities"].to_table().to_pylist() == [{"opportunity_id": "D1"}]
        assert extract.full == {"raw_opportunities": True}


def test_a_malformed_record_could_be_anybodys_so_that_no_missing_id_counts_as_deleted(read: Reading) -> None:
    with read(opportunities=["D1,A1", GOOD_DEAL]) as extract:
        assert extract.full == {"raw_opportunities": False}


@pytest.mark.parametrize(
    ("record", "column", "attribute", "value"),
    [
        ("A1,Acme,2024-01-01,fintech,about 500,3,aws", "Staff", "employees", "about 500"),
        ("A1,Acme,2024-01-01,fintech,1e308,3,aws", "Staff", "employees", "1e308"),
        ("A1,Acme,2024-01-01,fintech,nan,3,aws", "Staff", "employees", "nan"),
        ("A1,Acme,2024-01-01,fintech,500,high,aws", "Maturity", "maturity", "high"),
        ("A1,Acme,2024-01-01,fintech,500,3,aws;a|b", "Stack", "technologies", "aws;a|b"),
        ("A1,Acme,2024-01-01,fin\0tech,500,3,aws", "Industry", "industry", r"fin\0tech"),
        (f"A1,{'x' * 5000},2024-01-01,fintech,500,3,aws", "Name", "name", "x" * 79 + "…"),
    ],
)
def test_an_attribute_that_cannot_be_read_is_unknown_and_noted_and_the_account_stays(
    read: Reading, record: str, column: str, attribute: str, value: str
) -> None:
    with read(accounts=[record]) as extract:
        assert told(extract) == [(1, "value ignored", column, value)]
        (row,) = rows(extract, "accounts")
        assert row["account_id"] == "A1"
        assert row[attribute] is None
        assert extract.counts["raw_accounts"] == Counts(read=1, good=1, quarantined=0, folded=0)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (",Acme,2024-01-01,,,,", "missing key"),
        ("A1,Acme,2199-01-01,,,,", "date in the future"),
        ("A1,Acme,yesterday,,,,", "unreadable date"),
    ],
)
def test_an_account_needs_its_id_and_no_wrong_date(read: Reading, record: str, reason: str) -> None:
    with read(accounts=[record, "A0,Bolt,,,,,"]) as extract:
        assert [item[1] for item in told(extract)] == [reason]
        assert [row["account_id"] for row in rows(extract, "accounts")] == ["A0"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("D0,Proposal,", "missing date"),
        ("D0,Proposal,2199-01-01", "date in the future"),
        ("D0,,2025-01-01", "missing stage"),
        ("D0,Limbo,2025-01-01", "unknown stage"),
        (",Proposal,2025-01-01", "missing key"),
    ],
)
def test_a_stage_event_needs_all_its_parts(read: Reading, record: str, reason: str) -> None:
    with read(opportunities=[GOOD_DEAL], stage_events=[record, "D0,Closed Won,2025-02-01"]) as extract:
        assert [item[1] for item in told(extract)] == [reason]
        assert extract.counts["raw_stage_events"] == Counts(read=2, good=1, quarantined=1, folded=0)


def test_a_stage_event_that_is_told_twice_happened_once(read: Reading) -> None:
    with read(opportunities=[GOOD_DEAL], stage_events=["D0,Proposal,2025-01-01"] * 2) as extract:
        assert extract.counts["raw_stage_events"] == Counts(read=2, good=1, quarantined=0, folded=1)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("D0,competitor,won,price,2025-03-01", "unknown origin"),
        ("D9,buyer,won,price,", "missing date"),
        ("D0,buyer,won,price,2199-01-01", "date in the future"),
        ("D0,buyer,Limbo,price,2025-03-01", "value ignored"),
    ],
)
def test_a_win_loss_record_needs_an_origin_and_a_day(read: Reading, record: str, reason: str) -> None:
    with read(opportunities=[GOOD_DEAL], win_loss=[record, "D0,rep,won,price,2025-03-01"]) as extract:
        assert [item[1] for item in told(extract)] == [reason]
        assert extract.counts["raw_win_loss"].quarantined == (reason != "value ignored")


def test_a_quarantined_value_is_short_and_cannot_act_on_a_terminal(read: Reading) -> None:
    hostile = "\x1b[2J\u202e" + "x" * 200
    with read(opportunities=[f"D1,A1,{hostile},1,2025-01-01,,", GOOD_DEAL]) as extract:
        ((_, _, _, value),) = told(extract)
    assert value == "\ufffd[2J\ufffd" + "x" * 74 + "…"
    assert len(value) == 80
