"""What the report says of the data, and of what was won round an event."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from icp_monitor.checks.result import CheckResult
from icp_monitor.reports.document import AroundEvent, Document
from icp_monitor.reports.page import render

DOCUMENT = Document.from_json((Path(__file__).parents[2] / "golden/report/document.json").read_text("utf-8"))


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.replace("\N{NO-BREAK SPACE}", " ")).split())


def check(status: str, message: str) -> CheckResult:
    return CheckResult("units", "accounts", "employees", status, message)  # type: ignore[arg-type]


def test_what_failed_stands_before_what_passed() -> None:
    data = (check("ok", "all is well"), check("note", "worth knowing"), check("failed", "thousands for units"))
    page = words(render(replace(DOCUMENT, data=data)))
    assert page.index("worth knowing") < page.index("thousands for units") < page.index("all is well")
    assert page.index("thousands for units") < page.index("The checks that passed") < page.index("all is well")


def test_data_without_a_fault_say_so() -> None:
    page = words(render(replace(DOCUMENT, data=(check("ok", "all is well"),))))
    assert "Every check of the data passed." in page


def test_an_event_is_never_called_a_cause() -> None:
    item = AroundEvent("2025-08-01", "A rival launches", 0.31, 240, 0.22, 190, -0.08, -0.13, -0.03, "less")
    unknown = replace(
        item, label="Too new", before=None, after=None, change=None, low=None, high=None, says="not_enough"
    )
    page = words(render(replace(DOCUMENT, around=(item, unknown))))
    assert "A rival launches" in page
    assert "less was won after it" in page
    assert "−13.0 to −3.0" in page or "−13 to −3" in page
    assert "it says what came after, not what caused it" in page
    assert "not enough evidence" in page
