"""What has not happened, or is not there, fails nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_nothing_fails_where_nothing_has_happened(gate: Any, company: Any) -> None:
    gate.load(company)
    found = gate.check()
    assert found.failed == set()
    assert not found.waits("win_rate")


def test_trap_5_36_without_any_records_only_their_absence_is_told(gate: Any) -> None:
    found = gate.check()
    assert found.failed == {("freshness", "*")}
    assert found.of("freshness").message == "there are no opportunities"


def test_a_table_that_no_source_maps_is_not_asked_about(gate: Any, company: Any) -> None:
    text = (gate.folder / "config" / "sources.yaml").read_text("utf-8")
    (gate.folder / "config" / "sources.yaml").write_text(text[: text.index("      stage_events:")], "utf-8")
    company.stage_events = []
    gate.load(company)
    found = gate.check()
    assert found.failed == set()
    assert not {item.check for item in found.results} & {"stages", "close_dates", "leads", "ratings", "contradictions"}


@pytest.mark.parametrize("day", [date(2024, 6, 3), date(2024, 12, 30), date(2025, 1, 13)], ids=str)
def test_before_there_is_anything_to_compare_nothing_is_compared(gate: Any, company: Any, day: date) -> None:
    """Looks within the baseline, and shortly after it: three days of deals are no month."""
    gate.configure("effective_from: 2025-01-01", "effective_from: 2024-01-01", "icp.yaml")
    gate.load(company)
    assert gate.check(day).failed == set()
