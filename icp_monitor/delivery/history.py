"""Is a message already in its channel? Looked up by the key in its metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from icp_monitor.alerts.message import Message, Sent, Uncertain
from icp_monitor.delivery.answers import code_of, sent
from icp_monitor.delivery.payload import key_of

CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]{8,}")
PAGE = 200  # messages
MOST_PAGES = 25
SKEW = timedelta(minutes=5)  # by which this machine's clock and Slack's may differ


def find(client: WebClient, message: Message, since: datetime | None = None) -> Sent | Uncertain | None:
    """The message as it was sent, or None when it isn't there; uncertain when the channel can't be read.

    Everything ``since`` that moment is searched, or the newest 200 messages when it is not given. Needs the scopes
    ``channels:history`` and ``channels:read`` (``groups:`` for private channels).
    """
    try:
        channel = _id_of(client, message.channel)
        for posted in _posted(client, channel, message.thread_ts, since):
            if key_of(posted) == message.key:
                return sent(channel, posted["ts"])
    except SlackApiError as error:
        needed = error.response.get("needed")
        scope = f"; the app lacks the scope {needed}" if needed else ""
        return Uncertain(f"{message.channel} can't be searched for it ({code_of(error)}{scope})")
    except (LookupError, ValueError, OSError, HTTPException) as error:
        return Uncertain(f"{message.channel} can't be searched for it ({error})")
    return None


def _id_of(client: WebClient, channel: str) -> str:
    """The id of a channel, which reading needs where posting takes the name."""
    if CHANNEL_ID.fullmatch(channel):
        return channel
    name = channel.lstrip("#")
    for page in client.conversations_list(types="public_channel,private_channel", limit=PAGE):
        for known in page["channels"]:
            if known["name"] == name:
                return str(known["id"])
    raise LookupError("the app sees no channel of this name")


def _posted(client: WebClient, channel: str, thread: str | None, since: datetime | None) -> Iterator[dict[str, Any]]:
    """The messages of the channel, or of one thread in it, newest first."""
    oldest = None if since is None else f"{(since - SKEW).timestamp():.6f}"
    if thread is None:
        pages = client.conversations_history(channel=channel, oldest=oldest, limit=PAGE, include_all_metadata=True)
    else:
        pages = client.conversations_replies(channel=channel, ts=thread, limit=PAGE, include_all_metadata=True)
    for number, page in enumerate(pages):
        if number == MOST_PAGES:
            raise LookupError(f"more than {MOST_PAGES * PAGE} messages since {since}")
        yield from page["messages"]
        if since is None and thread is None:
            return
