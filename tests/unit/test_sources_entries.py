"""A deal's history, as CRMs keep it, tells which stages the deal entered, whatever else changed in between."""

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
from icp_monitor.sources.extract import Counts

STAGES = {"open": ["Proposal", "Negotiation"], "won": ["Closed Won"], "lost": ["Closed Lost"]}
COLUMNS = {"opportunity_id": "Deal", "stage": "Stage", "entered_on": "On", "amount": "Amount"}
DATES = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z")


@pytest.fixture
def read(tmp_path: Path, icp: IcpConfig) -> Any:
    def rows_and_counts(*events: str) -> tuple[list[tuple[Any, ...]], Counts]:
        extract = extract_of(tmp_path, icp, {"stage_events": ("Deal,Stage,On,Amount", events, COLUMNS)})
        with extract:
            rows = extract.tables["raw_stage_events"].to_table().to_pylist()
            stored = [
                (row["opportunity_id"], str(row["entered_on"]), row["stage"], row["amount_minor"]) for row in rows
            ]
            return sorted(stored), extract.counts["raw_stage_events"]

    return rows_and_counts


def extract_of(folder: Path, icp: IcpConfig, tables: dict[str, tuple[str, Sequence[str], dict[str, str]]]) -> Any:
    mapped = {}
    for name, (header, lines, columns) in tables.items():
        (folder / f"{name}.csv").write_text("\n".join([header, *lines]) + "\n", "utf-8")
        mapped[name] = {"file": f"{name}.csv", "columns": columns, "dates": DATES}
    values = {"kind": "csv", "folder": ".", "stages": STAGES, "tables": mapped}
    source = CsvSource.model_validate(values, strict=False)
    return read_source("crm", source, CsvFiles(source, folder), Surroundings(icp.attributes, date(2026, 1, 31), "EUR"))


def test_a_record_that_repeats_the_stage_is_no_entry_on_whatever_day_it_was_written(read: Any) -> None:
    """A corrected amount of a deal that was won long ago would otherwise move the day on which it was won."""
    rows, counts = read(
        "D1,Proposal,2025-01-01T08:00:00+0000,10",
        "D1,Closed Won,2025-03-31T08:00:00+0000,10",
        "D1,Closed Won,2025-03-31T09:00:00+0000,12",
        "D1,Closed Won,2025-05-02T08:00:00+0000,13",
    )
    assert rows == [("D1", "2025-01-01", "Proposal", 1000), ("D1", "2025-03-31", "Closed Won", 1000)]
    assert counts == Counts(read=4, good=2, quarantined=0, folded=2)


def test_the_order_of_the_records_does_not_matter(read: Any) -> None:
    events = ["D1,Proposal,2025-01-01T08:00:00+0000,1", "D1,Proposal,2025-01-02T08:00:00+0000,2"]
    events += ["D1,Negotiation,2025-01-02T09:00:00+0000,3", "D2,Proposal,2025-01-02T09:00:00+0000,4"]
    assert read(*events) == read(*reversed(events))


def test_a_stage_that_is_entered_again_counts_again_but_once_a_day_and_first(read: Any) -> None:
    rows, _ = read(
        "D1,Proposal,2025-01-01T08:00:00+0000,1",
        "D1,Negotiation,2025-01-01T09:00:00+0000,2",
        "D1,Proposal,2025-01-01T10:00:00+0000,3",
        "D1,Negotiation,2025-01-02T08:00:00+0000,4",
        "D1,Proposal,2025-01-03T08:00:00+0000,5",
    )
    assert rows == [
        ("D1", "2025-01-01", "Negotiation", 200),
        ("D1", "2025-01-01", "Proposal", 100),
        ("D1", "2025-01-02", "Negotiation", 400),
        ("D1", "2025-01-03", "Proposal", 500),
    ]


def test_where_only_days_are_known_no_order_within_a_day_is_made_up(read: Any) -> None:
    rows, counts = read("D1,Proposal,2025-01-01,", "D1,Negotiation,2025-01-01,", "D1,Negotiation,2025-01-02,")
    assert len(rows) == 3
    assert counts.folded == 0


def test_with_a_stage_history_the_close_date_of_a_lost_deal_may_lie_anywhere(tmp_path: Path, icp: IcpConfig) -> None:
    """CRMs leave the planned date on a deal that is lost before it; set aside, such deals would raise the win rate."""
    deals = ["D1,Closed Lost,2025-01-01,2031-12-31", "D2,Closed Lost,2025-01-01,2024-06-30"]
    columns = {name: name for name in ("opportunity_id", "stage", "created_on", "closed_on")} | {"account_id": "stage"}
    tables: dict[str, tuple[str, Sequence[str], dict[str, str]]] = {
        "opportunities": ("opportunity_id,stage,created_on,closed_on", deals, columns),
        "stage_events": ("Deal,Stage,On,Amount", ["D1,Closed Lost,2025-02-01,", "D2,Closed Lost,2025-02-01,"], COLUMNS),
    }
    with extract_of(tmp_path, icp, tables) as extract:
        rows = extract.tables["raw_opportunities"].to_table().sort_by("opportunity_id").to_pylist()
        assert extract.counts["raw_opportunities"].quarantined == 0
    assert [str(row["forecast_close_on"]) for row in rows] == ["2031-12-31", "2024-06-30"]
    assert [row["outcome"] for row in rows] == ["lost", "lost"]
    assert all(row["closed_on"] >= row["created_on"] for row in rows)
