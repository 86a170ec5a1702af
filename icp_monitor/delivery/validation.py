"""Would Slack take this message? Asked before anything is sent or written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from icp_monitor.alerts.message import MAX_BLOCK_TEXT, MAX_BLOCKS, MAX_TEXT, Message
from icp_monitor.delivery.payload import texts
from icp_monitor.errors import DeliveryError, Problem

MAX_KEY = 100


def validate(message: Message) -> None:
    """Refuse a message that Slack would refuse, or that couldn't be named in the outbox.

    Raises:
        DeliveryError: with every rule that the message breaks.
    """
    problems = list(_problems(message))
    if problems:
        raise DeliveryError(*problems)


def _problems(message: Message) -> Iterator[Problem]:
    name = f"message {message.key}"
    if not 0 < len(message.key) <= MAX_KEY:
        yield Problem(name, f"the key must have 1 to {MAX_KEY} characters", str(len(message.key)))
    if not message.text.strip():
        yield Problem(name, "text is empty", cure="say in text what the blocks show, for notifications")
    if len(message.text) >= MAX_TEXT:
        yield Problem(name, f"text must be shorter than {MAX_TEXT} characters", str(len(message.text)), "shorten it")
    if len(message.blocks) > MAX_BLOCKS:
        yield Problem(name, f"at most {MAX_BLOCKS} blocks", str(len(message.blocks)), "move detail into the thread")
    total = sum(len(text) for block in message.blocks for text in texts(block))
    if total >= MAX_BLOCK_TEXT:
        cure = "move detail into the thread"
        yield Problem(name, f"all blocks together must hold fewer than {MAX_BLOCK_TEXT} characters", str(total), cure)
    for position, block in enumerate(message.blocks):
        wrong = _what_is_wrong(dict(block))
        if wrong is not None:
            yield Problem(f"{name}, block {position}", wrong)


def _what_is_wrong(block: dict[str, Any]) -> str | None:
    try:
        parsed = Block.parse(block)
        if parsed is None:
            return f"Slack knows no block of type {block.get('type')!r}"
        parsed.validate_json()
    except (SlackObjectFormationError, TypeError) as error:
        return str(error)
    return None
