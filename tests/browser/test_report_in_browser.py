"""The report in a real browser: on a desk, on a phone, on paper, without scripts, and with hostile names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from icp_monitor.reports.document import Document
from icp_monitor.reports.page import render

pytestmark = pytest.mark.browser

DESK, PHONE = {"width": 1100, "height": 900}, {"width": 400, "height": 800}
PAPER = {"A4": (688, 1020), "Letter": (710, 954)}  # pixels inside the margins, at 96 to the inch
HOSTILE = '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">'
CONTRAST = """
element => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const linear = c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = channels(colour).map(c => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let behind = element;
  while (behind && channels(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
  const paper = behind ? getComputedStyle(behind).backgroundColor : 'rgb(255, 255, 255)';
  const [high, low] = [light(getComputedStyle(element).color), light(paper)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}
"""


@pytest.fixture(scope="module")
def report(document: Document, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the page."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(document), "utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Any, report: str) -> Iterator[Any]:
    """The page on a desk."""
    opened = browser.new_page(viewport=DESK)
    opened.goto(report)
    yield opened
    opened.close()


def test_it_loads_without_an_error_or_a_request(browser: Any, report: str) -> None:
    told, asked = [], []
    opened = browser.new_page()
    opened.on("console", lambda message: told.append(message.text))
    opened.on("pageerror", lambda error: told.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(report, wait_until="networkidle")
    opened.close()
    assert told == []
    assert asked == [report]


def test_every_picture_can_be_seen(page: Any) -> None:
    boxes = [picture.bounding_box() for picture in page.locator(".picture svg").all()]
    assert len(boxes) == 9
    assert all(box["width"] > 400 and box["height"] > 150 for box in boxes)


def test_the_labels_at_the_ends_of_the_curves_do_not_cover_each_other(page: Any) -> None:
    labels = page.locator(".picture svg").first.locator("text").filter(has_text=", was")
    edges = sorted((box["y"], box["y"] + box["height"]) for box in (label.bounding_box() for label in labels.all()))
    assert len(edges) == 3
    assert all(before[1] <= after[0] + 1 for before, after in pairwise(edges))


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_never_scrolls_sideways(browser: Any, document: Document, tmp_path: Path, viewport: Any) -> None:
    long = tuple(replace(row, name="Unbreakable" * 30) for row in document.scorecard)
    for number, shown in enumerate((document, replace(document, scorecard=long))):
        path = tmp_path / f"{number}.html"
        path.write_text(render(shown), "utf-8")
        opened = browser.new_page(viewport=viewport)
        opened.goto(path.as_uri())
        width = opened.evaluate("document.documentElement.scrollWidth")
        opened.close()
        assert width <= viewport["width"]


def test_the_scorecard_needs_no_scrolling_on_a_desk(page: Any) -> None:
    needed, given = page.locator(".scorecard .scroll").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert needed <= given


def test_scripts_in_names_do_not_run(browser: Any, document: Document, tmp_path: Path) -> None:
    names = {
        part: tuple(replace(row, name=HOSTILE) for row in getattr(document, part)) for part in ("scorecard", "mix")
    }
    funnel = document.funnel and replace(
        document.funnel, points=tuple(replace(point, name=HOSTILE) for point in document.funnel.points)
    )
    profile, conclusion = replace(document.profile, name=HOSTILE), replace(document.conclusion, findings=(HOSTILE,))
    path = tmp_path / "hostile.html"
    path.write_text(render(replace(document, **names, funnel=funnel, profile=profile, conclusion=conclusion)), "utf-8")
    opened = browser.new_page()
    opened.goto(path.as_uri(), wait_until="networkidle")
    assert opened.evaluate("window.hacked") is None
    assert opened.locator("h1").inner_text().startswith("<script>")
    opened.close()


def test_it_reads_the_same_without_javascript(browser: Any, page: Any, report: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=DESK)
    without = context.new_page()
    without.goto(report)
    assert without.locator("main").inner_text() == page.locator("main").inner_text()
    without.locator("summary").first.click()
    assert without.locator("details table").first.is_visible()
    context.close()


def test_text_stands_out_from_its_ground(page: Any) -> None:
    for part in (".badge", "small", ".was", ".note", "figcaption", "thead th", "summary", ".lead", ".kicker"):
        found = page.locator(part).all()
        assert found, part
        assert min(element.evaluate(CONTRAST) for element in found[:40]) >= 4.5, part


@pytest.mark.parametrize("size", list(PAPER))
def test_verdict_findings_and_scorecard_fit_the_first_sheet(page: Any, size: str) -> None:
    width, height = PAPER[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(media="print")
    note = page.locator(".scorecard .note").bounding_box()
    assert note["y"] + note["height"] <= height
    assert page.locator(".scorecard .scroll").evaluate("e => e.scrollWidth") <= width


def test_paper_shows_the_tables_that_the_screen_folds_away(page: Any) -> None:
    tables = page.locator("details table").all()
    assert len(tables) >= 5
    assert not any(table.is_visible() for table in tables)
    page.emulate_media(media="print")
    assert all(table.is_visible() and table.bounding_box()["height"] > 50 for table in tables)


def test_marks_can_be_told_apart_without_colour(page: Any) -> None:
    told = {badge.inner_text().replace("\N{NO-BREAK SPACE}", " ") for badge in page.locator(".badge").all()}
    assert told == {"≠ drift", "✓ stable", "… not clear yet", "… not enough evidence yet", "! data problem"}
