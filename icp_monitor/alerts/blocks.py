"""Slack's building blocks, within Slack's limits.

Text is rich or plain, never markup, so that no name can become a link, a mention or bold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from icp_monitor.alerts.printable import LINE_LIMIT, printable, printable_lines, shorten

Block = dict[str, Any]
Run = dict[str, Any]

HEADER_LIMIT = 150
PARAGRAPH_LIMIT = 600
URL_LIMIT = 3_000


def escape(text: str) -> str:
    """Text in which nothing is a link or a mention; Slack shows the three characters as they were.

    >>> escape("<!channel> & co")
    '&lt;!channel&gt; &amp; co'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def header(text: str) -> Block:
    """A title line."""
    return {"type": "header", "text": _plain_text(text, HEADER_LIMIT)}


def context(text: str) -> Block:
    """A line in small print."""
    return {"type": "context", "elements": [_plain_text(text, PARAGRAPH_LIMIT)]}


def plain(text: str, limit: int = PARAGRAPH_LIMIT) -> Run:
    """A stretch of a paragraph."""
    return {"type": "text", "text": _within(text, limit)}


def bold(text: str) -> Run:
    """A stretch of a paragraph in bold."""
    return {**plain(text), "style": {"bold": True}}


def code(text: str) -> Run:
    """A stretch of a paragraph as it is typed on a command line."""
    return {**plain(text), "style": {"code": True}}


def paragraph(*runs: Run) -> Block:
    """Some stretches of text, one after the other."""
    return {"type": "rich_text", "elements": [_section(*runs)]}


def verbatim(text: str, limit: int) -> Block:
    """Text as a machine wrote it."""
    element = {"type": "rich_text_preformatted", "elements": [plain(printable_lines(text, limit), limit)]}
    return {"type": "rich_text", "elements": [element]}


def bullets(title: str, lines: Iterable[str], most: int = 4) -> list[Block]:
    """A titled list of at most ``most`` lines, or nothing when there are none."""
    items = [printable(line) for line in lines]
    if not items:
        return []
    shown = items[:most]
    if len(items) > most:
        shown.append(f"and {len(items) - most} more")
    entries = [_section(plain(item, LINE_LIMIT)) for item in shown]
    listed = {"type": "rich_text_list", "style": "bullet", "elements": entries}
    return [{"type": "rich_text", "elements": [_section(bold(title)), listed]}]


def link_buttons(links: Sequence[tuple[str, str | None]]) -> list[Block]:
    """Buttons that open a page; an address that is missing, or that no browser would open, gets none."""
    elements = [
        {"type": "button", "text": _plain_text(label, 75), "url": url, "action_id": f"open_{number}"}
        for number, (label, url) in enumerate(links)
        if url and url.startswith(("https://", "http://")) and len(url) <= URL_LIMIT
    ]
    return [{"type": "actions", "elements": elements}] if elements else []


def _section(*runs: Run) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(runs)}


def _plain_text(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _within(text, limit)}


def _within(text: str, limit: int) -> str:
    """``text`` escaped and at most ``limit`` characters long, without cutting an escape in two."""
    while len(escape(text)) > limit:
        text = shorten(text, len(text) - max((len(escape(text)) - limit) // 5, 1))
    return escape(text)
