"""A real Chromium, where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from icp_monitor.reports.document import Document

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The browser at ICP_TEST_CHROMIUM, or the first one on the path."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = os.getenv("ICP_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium: install it (apt-get install chromium), or set ICP_TEST_CHROMIUM")
    with playwright.sync_playwright() as started:
        # A container gives its root user no sandbox.
        running = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def document() -> Document:
    """The realistic report that the golden file shows."""
    path = Path(__file__).parents[1] / "golden/report/document.json"
    return Document.from_json(path.read_text("utf-8"))
