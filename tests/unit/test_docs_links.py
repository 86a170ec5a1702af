"""Documentation points at what is there, and at commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from icp_monitor.cli.app import VERBS

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = [page.parent / link for link in LINK.findall(page.read_text("utf-8"))]
    assert [str(target) for target in targets if not target.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_and_verb_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    known = set(TARGET.findall((REPOSITORY / "Makefile").read_text("utf-8")))
    assert set(re.findall(r"`(?:\$ )?make ([a-z-]+)`", text)) <= known
    assert set(re.findall(r"icp-monitor ([a-z]+)\b", text)) <= {*VERBS, "is"}


def test_the_readme_is_short_and_shows_both_commands() -> None:
    text = (REPOSITORY / "README.md").read_text("utf-8")
    assert len(text.splitlines()) < 120
    assert "make demo" in text
    assert "make test" in text
