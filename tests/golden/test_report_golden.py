"""The page of a whole, realistic report, compared with the one that was last looked at and found good."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from icp_monitor.reports.document import Document
from icp_monitor.reports.page import render

FOLDER = Path(__file__).parent / "report"
PICTURE = re.compile(r"<svg.*?</svg>", re.DOTALL)
DECIMALS = re.compile(r"(?<=\d)\.\d+")
HASH_OF_PAGE = """
import hashlib, pathlib, sys
from icp_monitor.reports.document import Document
from icp_monitor.reports.page import render
document = Document.from_json(pathlib.Path(sys.argv[1]).read_text("utf-8"))
render(document)
print(hashlib.sha256(render(document).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def document() -> Document:
    return Document.from_json((FOLDER / "document.json").read_text("utf-8"))


def reviewable(page: str) -> str:
    """The page with pictures one element a line, and coordinates in whole pixels."""
    return PICTURE.sub(lambda picture: DECIMALS.sub("", picture[0]).replace("><", ">\n<"), page)


def test_the_json_of_a_document_is_the_document(document: Document, renew_golden: bool) -> None:
    path = FOLDER / "document.json"
    if renew_golden:
        path.write_text(document.as_json(), "utf-8")
    assert document.as_json() == path.read_text("utf-8")


def test_the_page_is_the_one_that_was_reviewed(document: Document, renew_golden: bool) -> None:
    path = FOLDER / "report.html"
    page = reviewable(render(document))
    if renew_golden:
        path.write_text(page, "utf-8")
    assert page == path.read_text("utf-8")


@pytest.mark.slow
def test_another_process_that_has_drawn_before_renders_the_same_bytes(document: Document) -> None:
    import hashlib

    command = [sys.executable, "-c", HASH_OF_PAGE, str(FOLDER / "document.json")]
    elsewhere = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert elsewhere == hashlib.sha256(render(document).encode()).hexdigest()
