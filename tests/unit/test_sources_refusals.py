"""An extract that can't be read as a whole is refused with everything that is wrong, each with its cure."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from icp_monitor.config.sources import CsvSource
from icp_monitor.errors import SourceError, StorageError
from icp_monitor.sources import Surroundings, read_source
from icp_monitor.sources.csv_source import CsvFiles

DEALS = {
    "opportunity_id": "Deal",
    "account_id": "Account",
    "stage": "Stage",
    "created_on": "Created",
    "closed_on": "Closed",
}
HEADER = b"Deal,Account,Stage,Created,Closed\n"
RECORD = b"D1,A1,Won,2025-01-01,2025-02-01\n"


def refusal(folder: Path, content: bytes | None, columns: Mapping[str, str] = DEALS, **options: Any) -> str:
    """What is said when a file of opportunities with this content is read."""
    if content is not None:
        (folder / "deals.csv").write_bytes(content)
    table = {"file": "deals.csv", "columns": dict(columns), **options}
    values = {"kind": "csv", "folder": ".", "stages": {"won": ["Won"], "lost": ["Lost"]}}
    source = CsvSource.model_validate({**values, "tables": {"opportunities": table}}, strict=False)
    with pytest.raises(SourceError) as raised:
        read_source("crm", source, CsvFiles(source, folder), Surroundings((), date(2026, 1, 1), "USD"))
    return str(raised.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "deals.csv: the file does not exist. Cure: the folder holds no files"),
        (b"", "deals.csv: the file is empty. Cure: export it again, with its header line"),
        (
            HEADER,
            "deals.csv: the file holds no records. "
            "Cure: export it again, or write full: false if it only holds changes",
        ),
        (
            HEADER.replace(b"Closed", b"Close") + RECORD,
            "deals.csv: there is no column 'Closed'. "
            "Cure: did you mean 'Close'? The file has 'Deal', 'Account', 'Stage', 'Created', 'Close'",
        ),
        (
            HEADER.replace(b",", b";") + RECORD.replace(b",", b";"),
            "deals.csv: the header is not separated by ','. "
            "Cure: declare delimiter: ';', which gives the mapped columns",
        ),
        (
            b'"Deal";"Account";"Stage";"Created";"Closed"\n"D1";"A1";"Won";"2025-01-01";"2025-02-01"\n',
            "deals.csv: the header is not separated by ','. "
            "Cure: declare delimiter: ';', which gives the mapped columns",
        ),
        (
            HEADER + RECORD + b"D2,M\xfcller,Won,2025-01-01,2025-02-01\n",
            "deals.csv:3: the text is not utf-8, got byte 0xfc at offset 70. "
            "Cure: declare encoding: latin-1 (or windows-1252), or export it as UTF-8",
        ),
        (
            (HEADER + RECORD).decode().encode("utf-16"),
            "deals.csv:1: the text is not utf-8, got byte 0xff at offset 0. "
            "Cure: declare encoding: utf-16, or export it as UTF-8",
        ),
        (
            HEADER.replace(b"Account", b"Deal") + RECORD,
            "deals.csv: 2 columns are called 'Deal'. "
            "Cure: rename one of them in the export: nothing says which is meant\n"
            "deals.csv: there is no column 'Account'. "
            "Cure: The file has 'Deal', 'Deal', 'Stage', 'Created', 'Closed'",
        ),
        (
            HEADER + RECORD + b'D2,"A2,Won,2025-01-01,2025-02-01\n' + RECORD,
            "deals.csv:3: a quote that opens in this record is never closed, so nothing after it can be read. "
            "Cure: close it, double it, or export the file again",
        ),
        (b'Deal,"Account\n', "deals.csv:1: the header can't be read: unexpected end of data"),
        (
            HEADER + RECORD.replace(b"-", b"/"),
            "deals.csv: none of its 1 records can be used; the first: unreadable date in Closed, got 2025/02/01. "
            "Cure: write it as %Y-%m-%d, or add its format to the table's dates",
        ),
    ],
    ids=[
        "missing file",
        "empty file",
        "header only",
        "missing column",
        "wrong delimiter",
        "wrong delimiter, quoted",
        "Latin-1",
        "UTF-16",
        "duplicate header",
        "quote never closed",
        "header quote never closed",
        "no usable record",
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_plain_words(tmp_path: Path, content: bytes | None, said: str) -> None:
    assert refusal(tmp_path, content) == said


def test_a_line_of_200_mb_is_refused_by_its_number_without_filling_the_memory(tmp_path: Path) -> None:
    with (tmp_path / "deals.csv").open("wb") as file:
        file.write(HEADER + RECORD + b"D2,")
        for _ in range(200):
            file.write(b"x" * 2**20)
        file.write(b"\n" + RECORD)
    tracemalloc.start()
    said = refusal(tmp_path, None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert said == (
        "deals.csv:3: the line is longer than 16 MB. "
        "Cure: check the export: line ends are missing, or this is no CSV file"
    )
    assert peak < 20 * 2**20


def test_a_quoted_value_that_runs_on_for_more_than_16_mb_is_refused_by_its_first_line(tmp_path: Path) -> None:
    said = refusal(tmp_path, HEADER + RECORD + b'D2,"' + b"A2,Won\n" * 2_500_000 + b'"\n')
    assert said.startswith("deals.csv:3: a quote that opens in this record is never closed")


def test_all_problems_of_all_tables_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_bytes(HEADER.replace(b"Stage", b"Phase") + RECORD)
    tables = {
        "accounts": {"file": "companies.csv", "columns": {"account_id": "Id"}},
        "opportunities": {"file": "deals.csv", "columns": {key: DEALS[key] for key in DEALS if key != "closed_on"}},
    }
    stages = {"open": ["Won"], "won": ["won "], "lost": ["Lost"]}
    values = {"kind": "csv", "folder": ".", "stages": stages, "tables": tables}
    source = CsvSource.model_validate(values, strict=False)
    with pytest.raises(SourceError) as raised:
        read_source("crm", source, CsvFiles(source, tmp_path), Surroundings((), date(2026, 1, 1), "USD"))
    assert [str(problem).replace(f"{tmp_path}/", "") for problem in raised.value.problems] == [
        "sources.yaml: crm.stages: the stage stands under open and won, got 'won'. Cure: keep it under one outcome",
        "sources.yaml: crm.tables.opportunities: no column is mapped to closed_on. "
        "Cure: add closed_on: and its header to columns",
        "companies.csv: the file does not exist. Cure: the folder holds deals.csv",
        "deals.csv: there is no column 'Stage'. Cure: The file has 'Deal', 'Account', 'Phase', 'Created', 'Closed'",
    ]


@pytest.mark.parametrize("mapped", [True, False])
def test_opportunities_without_any_dates_are_refused_in_one_sentence(tmp_path: Path, mapped: bool) -> None:
    columns = {key: DEALS[key] for key in DEALS if mapped or key != "created_on"}
    said = refusal(tmp_path, b"Product,Seller,Status\nA,Ann,Won\nB,Bob,Lost\n", columns)
    assert said == (
        "deals.csv: no column holds dates: drift can't be dated without the day on which each opportunity was created. "
        "Cure: export that day too, and the day on which it was won or lost"
    )


@pytest.mark.parametrize("day", ["2025-01-31", "31.01.2025", "1/31/25", "20250131", "31 Jan 2025", "März 1, 2025"])
def test_a_misspelt_created_date_is_no_reason_to_say_that_there_are_no_dates(tmp_path: Path, day: str) -> None:
    record = f'D1,A1,Won,"{day}",\n'.encode()
    said = refusal(tmp_path, HEADER.replace(b"Created", b"Creation") + record)
    assert said.startswith("deals.csv: there is no column 'Created'. Cure: did you mean 'Creation'?")


def test_an_unmapped_created_date_is_pointed_to_the_columns_that_hold_dates(tmp_path: Path) -> None:
    columns = {key: DEALS[key] for key in DEALS if key != "created_on"}
    assert refusal(tmp_path, HEADER + RECORD, columns) == (
        "deals.csv: no column is mapped to created_on, and drift can't be dated without it. "
        "Cure: map one of the columns that hold dates: 'Created', 'Closed'"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"delimiter": '"'}, "delimiter and quote must be two characters, and no line end, got '\"' and '\"'"),
        ({"quote": "\n"}, "delimiter and quote must be two characters, and no line end, got ',' and '\\n'"),
    ],
)
def test_a_notation_that_cannot_be_used_is_refused(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    assert refusal(tmp_path, HEADER + RECORD, **options) == f"sources.yaml: crm.tables.opportunities: {said}"


def test_a_file_that_only_holds_changes_may_hold_none(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_bytes(HEADER)
    table = {"file": "deals.csv", "columns": DEALS, "full": False}
    values = {"kind": "csv", "folder": ".", "tables": {"opportunities": table}}
    source = CsvSource.model_validate(values, strict=False)
    with read_source("crm", source, CsvFiles(source, tmp_path), Surroundings((), date(2026, 1, 1), "USD")) as extract:
        assert extract.counts["raw_opportunities"].read == 0
        assert extract.full == {"raw_opportunities": False}


def test_a_refused_source_leaves_no_files_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    refusal(tmp_path, HEADER + RECORD + b'D2,"A2\n')
    assert list(scratch.iterdir()) == []


def test_a_machine_without_room_is_told_where_to_make_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("icp_monitor.sources.engine.MEMORY_LIMIT", "4MB")
    (tmp_path / "deals.csv").write_bytes(HEADER + RECORD)
    table = {"file": "deals.csv", "columns": DEALS}
    values = {"kind": "csv", "folder": ".", "stages": {"won": ["Won"]}, "tables": {"opportunities": table}}
    source = CsvSource.model_validate(values, strict=False)
    with pytest.raises(StorageError, match="free space there, or set TMPDIR to a folder that has it"):
        read_source("crm", source, CsvFiles(source, tmp_path), Surroundings((), date(2026, 1, 1), "USD"))
