"""What Slack's ``chat.postMessage`` is called with."""

from __future__ import annotations

from typing import Any

from icp_monitor.alerts.message import Message

EVENT_TYPE = "icp_monitor_message"


def payload(message: Message) -> dict[str, Any]:
    """The arguments of the call; the metadata carry the message's key, by which it is found again."""
    thread = {} if message.thread_ts is None else {"thread_ts": message.thread_ts}
    return {
        "channel": message.channel,
        "text": message.text,
        "blocks": [dict(block) for block in message.blocks],
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": message.key}},
        "unfurl_links": False,
        "unfurl_media": False,
        **thread,
    }


def key_of(posted: dict[str, Any]) -> str | None:
    """The key of a message as Slack gives it back, or None when it isn't one of ours."""
    metadata = posted.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    return (metadata.get("event_payload") or {}).get("key")


def texts(part: object) -> list[str]:
    """Every text that a block shows, in order."""
    if isinstance(part, dict):
        own = [part["text"]] if isinstance(part.get("text"), str) else []
        return own + [text for value in part.values() for text in texts(value)]
    if isinstance(part, list | tuple):
        return [text for item in part for text in texts(item)]
    return []
