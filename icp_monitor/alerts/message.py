"""What is said in Slack: one message, its limits, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 4_000
MAX_BLOCKS = 50
MAX_BLOCK_TEXT = 9_000  # Slack's own limit on the sum is not published; posts of 11,000 were refused


@dataclass(frozen=True)
class Message:
    """A message to one channel.

    ``key`` is its identity: however often delivery is tried, the channel sees one message with this key. ``text`` is
    what notifications and screen readers show; ``blocks`` (Block Kit) is what the channel shows. ``thread_ts`` makes
    it a reply to the message with that Slack timestamp.
    """

    key: str
    channel: str
    text: str
    blocks: Sequence[Mapping[str, Any]] = ()
    thread_ts: str | None = None


@dataclass(frozen=True)
class Sent:
    """The message was handed over; ``reference`` says where it lies, ``thread_ts`` is what replies name."""

    reference: str
    thread_ts: str | None = None


@dataclass(frozen=True)
class Uncertain:
    """Nobody can tell yet whether the message was handed over; ``reason`` says why."""

    reason: str
