"""Slack's building blocks within Slack's limits, and escaping of whatever came from outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Block = dict[str, Any]

HEADER_LIMIT = 150
SECTION_LIMIT = 2_000
TEXT_LIMIT = 3_500


def escape(text: str) -> str:
    """Text in which nothing is a link, a mention or markup.

    >>> escape("<script>@here & co")
    '&lt;script&gt;@here &amp; co'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shorten(text: str, limit: int) -> str:
    """``text`` cut to ``limit`` characters, with an ellipsis where something is missing.

    >>> shorten("a long sentence", 8)
    'a long …'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def header(text: str) -> Block:
    """A title line; Slack shows it as plain text."""
    return {"type": "header", "text": {"type": "plain_text", "text": shorten(text, HEADER_LIMIT), "emoji": True}}


def section(text: str) -> Block:
    """A paragraph of markup; the caller has escaped what came from outside."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": shorten(text, SECTION_LIMIT)}}


def context(text: str) -> Block:
    """A line in small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": shorten(text, SECTION_LIMIT)}]}


def divider() -> Block:
    """A thin line."""
    return {"type": "divider"}


def bullets(title: str, lines: Iterable[str], most: int = 5) -> list[Block]:
    """A titled list of at most ``most`` escaped lines, or nothing when there are none."""
    items = [escape(line) for line in lines]
    if not items:
        return []
    shown = items[:most]
    if len(items) > most:
        shown.append(f"… and {len(items) - most} more in the report")
    return [section(f"*{title}*\n" + "\n".join(f"• {item}" for item in shown))]


def link_buttons(links: Sequence[tuple[str, str]]) -> list[Block]:
    """Buttons that open a page, or nothing when there are no links."""
    if not links:
        return []
    elements = [
        {"type": "button", "text": {"type": "plain_text", "text": label}, "url": url, "action_id": f"open_{number}"}
        for number, (label, url) in enumerate(links)
    ]
    return [{"type": "actions", "elements": elements}]
