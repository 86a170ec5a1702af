"""What the data gate says of files, from the pull on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from icp_monitor import pipeline
from icp_monitor.pipeline.checking import failed_fields

pytestmark = pytest.mark.slow

LOOK, CHANGE = date(2026, 2, 2), "2025-12-15"


def test_a_stage_that_nobody_has_sorted_is_named_and_stops_what_reads_outcomes(small: Any) -> None:
    """Sales renames a stage and tells nobody: its deals can't be read, and those of the past don't speak for them."""
    for table, day in (("stage_events", "entered_on"), ("opportunities", "created_on")):
        path = small.folder / "data" / f"{table}.csv"
        header, *rows = path.read_text("utf-8").splitlines()
        at = header.split(",").index(day)
        renamed = [row.replace("Discovery", "Solution fit") if row.split(",")[at] >= CHANGE else row for row in rows]
        path.write_text("\n".join([header, *renamed]) + "\n", "utf-8")
    pipeline.pull(small.settings)
    results = pipeline.check(small.settings, pipeline.name_run(small.settings, LOOK))
    (found,) = [item for item in results if item.table_name == "stage_events" and item.check == "quarantine"]
    assert (found.status, found.field) == ("failed", "stage")
    assert "Solution fit" in found.message
    assert "stages" in str(found.suggestion)


def test_what_no_reader_knows_is_counted_by_reason(small: Any) -> None:
    path = small.folder / "data" / "opportunities.csv"
    header, first, *rows = path.read_text("utf-8").splitlines()
    cells = first.split(",")
    cells[header.split(",").index("amount")] = "-1"
    path.write_text("\n".join([header, ",".join(cells), *rows]) + "\n", "utf-8")
    pipeline.pull(small.settings)
    results = pipeline.check(small.settings, pipeline.name_run(small.settings, LOOK))
    (found,) = [item for item in results if item.check == "quarantine"]
    assert (found.status, found.n, found.table_name, found.field) == ("note", 1, "opportunities", "*")


def test_accounts_that_can_not_be_read_stop_what_reads_accounts_alone(small: Any) -> None:
    """A mapped column has changed its type: half of its dates are words now, and those accounts can't be read."""
    path = small.folder / "data" / "accounts.csv"
    header, *rows = path.read_text("utf-8").splitlines()
    at = header.split(",").index("created_on")
    spoilt = [",".join([*row.split(",")[:at], "soon", *row.split(",")[at + 1 :]]) for row in rows[::2]]
    path.write_text("\n".join([header, *spoilt, *rows[1::2]]) + "\n", "utf-8")
    pipeline.pull(small.settings)
    results = pipeline.check(small.settings, pipeline.name_run(small.settings, LOOK))
    assert failed_fields(results) == {"account_id": ["quarantine"]}


def test_an_attribute_that_can_not_be_read_stops_what_reads_the_attribute(small: Any) -> None:
    """A provider writes its bands as words: the accounts are there, only their headcount is not."""
    path = small.folder / "data" / "accounts.csv"
    header, *rows = path.read_text("utf-8").splitlines()
    at = header.split(",").index("employees")
    words = [",".join([*row.split(",")[:at], "many", *row.split(",")[at + 1 :]]) for row in rows[::2]]
    path.write_text("\n".join([header, *words, *rows[1::2]]) + "\n", "utf-8")
    pipeline.pull(small.settings)
    results = pipeline.check(small.settings, pipeline.name_run(small.settings, LOOK))
    assert set(failed_fields(results)) == {"employees"}
    assert "quarantine" in failed_fields(results)["employees"]
