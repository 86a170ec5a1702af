"""The page says what the document says, whatever is missing from it and whatever stands in its texts."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from icp_monitor.reports import document as parts
from icp_monitor.reports.document import Document
from icp_monitor.reports.page import render

DOCUMENT = Document.from_json((Path(__file__).parents[1] / "golden/report/document.json").read_text("utf-8"))
WITHOUT_PICTURES = replace(DOCUMENT, curves=(), funnel=None, waterfalls=(), lifts=(), mix=(), trend=())
BARE = replace(
    WITHOUT_PICTURES, verdicts=(), scorecard=(), win_rates=(), velocity=(), reasons=(), events=(), data=(), answers=()
)
HOSTILE = "<script>window.hacked = 1</script>\"'><img src=x onerror='window.hacked = 1'>" + "x" * 10_000


class Reader(HTMLParser):
    """Collects tags, with their attributes, and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).replace("\N{NO-BREAK SPACE}", " ").split())


def spoilt(value: Any) -> Any:
    """The document with hostile text in every name and every sentence that comes from outside."""
    rows = {
        name: tuple(replace(row, name=HOSTILE) for row in getattr(value, name)) for name in ("scorecard", "win_rates")
    }
    reasons = tuple(replace(row, name=HOSTILE, reason=HOSTILE, origin=HOSTILE) for row in value.reasons)
    data = tuple(replace(row, message=HOSTILE, suggestion=HOSTILE) for row in value.data)
    verdicts = tuple(
        {**item, "because": [HOSTILE], "attribute": item["attribute"] and HOSTILE} for item in value.verdicts
    )
    conclusion = replace(value.conclusion, findings=(HOSTILE,), questions=(HOSTILE,), sentence=HOSTILE)
    profile = replace(value.profile, name=HOSTILE, owner=HOSTILE)
    events = (parts.Event("2025-11-15", HOSTILE, "other"),)
    return replace(
        value,
        **rows,
        reasons=reasons,
        data=data,
        verdicts=verdicts,
        conclusion=conclusion,
        profile=profile,
        events=events,
    )


@pytest.fixture(scope="module")
def page() -> str:
    return render(DOCUMENT)


def test_the_page_needs_no_script_no_network_and_no_other_file(page: str) -> None:
    reader = Reader(page)
    tags = {tag for tag, _ in reader.tags}
    assert not tags & {"script", "link", "img", "iframe", "object"}
    links = [
        value for _, attrs in reader.tags for name, value in attrs.items() if name in ("src", "href", "xlink:href")
    ]
    assert links == []
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_every_table_has_column_and_row_headers_and_every_picture_its_words(page: str) -> None:
    reader = Reader(page)
    assert all(attrs.get("scope") in ("row", "col") for tag, attrs in reader.tags if tag == "th")
    pictures = [attrs for _, attrs in reader.tags if attrs.get("role") == "img"]
    assert len(pictures) == 9
    assert all(len(attrs["aria-label"] or "") > 20 for attrs in pictures)


def test_the_first_page_speaks_without_the_words_of_statistics(page: str) -> None:
    first = Reader(page[: page.index("What has changed")]).words
    assert not re.search(
        r"p-value|q-value|confidence|null|hypothes|significant|FDR|interval|\bn =", first, re.IGNORECASE
    )
    assert DOCUMENT.conclusion.sentence in first


def test_verdicts_are_told_by_mark_and_word_not_by_colour_alone(page: str) -> None:
    words = Reader(page).words
    for badge in ("≠ drift", "✓ stable", "… not enough evidence yet", "! data problem"):
        assert badge in words


def test_nothing_on_the_page_reads_none_or_nan(page: str) -> None:
    for text in (page, render(WITHOUT_PICTURES), render(BARE)):
        assert not re.search(r"\b(None|nan|NaN|inf|undefined)\b", Reader(text).words)


def test_what_is_missing_is_said() -> None:
    words = Reader(render(BARE)).words
    assert "No drift was found. That is not the same as no change" in words
    assert "No tier has been watched long enough" in words
    assert "No reasons are on record" in words


def test_a_page_without_drift_does_not_say_that_nothing_changed_where_evidence_is_missing() -> None:
    undecided = tuple({**item, "verdict": "insufficient_evidence"} for item in DOCUMENT.verdicts)
    words = Reader(render(replace(WITHOUT_PICTURES, verdicts=undecided))).words
    assert "nobody can tell" in words


def test_hostile_text_stays_text_and_short() -> None:
    page = render(spoilt(DOCUMENT))
    reader = Reader(page)
    tags = {tag for tag, _ in reader.tags}
    assert not tags & {"script", "img"}
    assert not any(name.startswith("on") for _, attrs in reader.tags for name in attrs)
    assert "<script>window.hacked" in reader.words
    assert "x" * 400 not in render(replace(spoilt(DOCUMENT), conclusion=DOCUMENT.conclusion))


def test_a_name_from_right_to_left_is_kept_apart_from_what_stands_round_it() -> None:
    hebrew = "\u05e9\u05dc\u05d5\u05dd"
    rows = tuple(replace(row, name=f"\u202e{hebrew}") for row in WITHOUT_PICTURES.scorecard)
    page = render(replace(WITHOUT_PICTURES, scorecard=rows))
    assert f"\u2068{hebrew}\u2069" in page
    assert "\u202e" not in page


def test_the_numbers_of_the_scorecard_are_those_of_the_document() -> None:
    words = Reader(render(WITHOUT_PICTURES)).words
    for row in DOCUMENT.scorecard:
        cell = row.cells["win_rate"]
        assert cell.value is not None
        assert f"{cell.value * 100:.1f} %" in words
        assert f"{cell.n:,} deals" in words


def test_a_young_segment_is_marked_as_such() -> None:
    rows = (replace(DOCUMENT.scorecard[0], maturity=0.62), *DOCUMENT.scorecard[1:])
    page = render(replace(WITHOUT_PICTURES, scorecard=rows))
    assert "62 % of its deals watched for 120 days" in Reader(page).words
    assert page.count('<tr class="young">') == 1


@pytest.mark.parametrize(
    "decision", ["valid", "valid_with_changes", "not_valid", "not_enough_evidence", "data_problem"]
)
def test_every_decision_has_its_words(decision: Any) -> None:
    conclusion = replace(DOCUMENT.conclusion, decision=decision)
    page = render(replace(BARE, conclusion=conclusion))
    assert f'class="verdict {decision}"' in page


def test_drawing_is_loaded_only_when_something_is_drawn() -> None:
    code = (
        "import sys, icp_monitor.reports.page, icp_monitor.reports.conclusion, icp_monitor.alerts.messages;"
        "print([name for name in ('altair', 'vl_convert', 'jinja2', 'pandas') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
