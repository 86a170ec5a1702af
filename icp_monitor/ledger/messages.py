"""Messages on their way: written down with what they tell of, then handed over, each at most once.

Before a message is handed over it is marked as being sent. A process that dies between handing over and noting the
result leaves that mark; the next one passes on since when the outcome is in doubt, so that the adapter looks for the
message in the channel before it sends. Where the adapter can't look, the message stays uncertain until a person
settles it: it is never sent a second time on a guess.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from icp_monitor.alerts.message import Message, Sent, Uncertain
from icp_monitor.errors import DeliveryError, NotReadyError, RefusedError
from icp_monitor.ledger.locks import only_one
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import MessageRow

Outcome = Sent | Uncertain | DeliveryError
Send = Callable[[Message, datetime | None], Sent | Uncertain]
SETTLING = timedelta(minutes=5)  # in which a message whose answer was lost may still appear in its channel
PATIENCE = 120.0  # seconds that one process waits while another hands messages over


@dataclass(frozen=True)
class HandedOver:
    """A message that was tried, and what came of it; a ``DeliveryError`` says that it stays due."""

    message: Message
    outcome: Outcome


@dataclass(frozen=True)
class Unsettled:
    """A message of which nobody can tell whether it was sent; ``note`` says why."""

    key: str
    channel: str
    text: str
    in_doubt_since: datetime
    note: str


class Messages:
    """The queue of messages; a key is queued once and sent at most once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def queue(
        self, message: Message, at: datetime, *, alert_id: str | None = None, reply_to: str | None = None
    ) -> bool:
        """Write a message down as due; returns False where its key is known already.

        ``reply_to`` is the key of the message in whose thread it belongs: it waits until that one is sent.

        Raises:
            NotReadyError: the message that it replies to was never queued.
        """
        with self._store.write() as session:
            if session.get(MessageRow, message.key) is not None:
                return False
            if reply_to is not None and session.get(MessageRow, reply_to) is None:
                raise NotReadyError(f"Message {message.key} replies to {reply_to}, which was never queued")
            last = session.scalar(sa.select(sa.func.max(MessageRow.number))) or 0
            blocks = [dict(block) for block in message.blocks]
            session.add(
                MessageRow(
                    key=message.key,
                    number=last + 1,
                    alert_id=alert_id,
                    reply_to=reply_to,
                    channel=message.channel,
                    text=message.text,
                    blocks=blocks,
                    thread_ts=message.thread_ts,
                    state="due",
                    queued_at=at,
                )
            )
            return True

    def hand_over(self, send: Send, now: Callable[[], datetime]) -> tuple[HandedOver, ...]:
        """Hand over every message that is due, in the order of queueing; ``send`` is delivery's verb, bound to a way.

        A message that was refused stays due. One whose outcome is in doubt is tried again after five minutes, and
        ``send`` is told since when. Returns what came of each message that was tried.

        Raises:
            NotReadyError: another process was handing messages over for more than two minutes.
        """
        tried = []
        with only_one(self._store, "delivery", PATIENCE):
            for key in self._to_try(now()):
                claimed = self._claim(key, now())
                if claimed is not None:
                    outcome = _outcome(send, *claimed)
                    self._mark(key, outcome, now())
                    tried.append(HandedOver(claimed[0], outcome))
        return tuple(tried)

    def unsettled(self) -> tuple[Unsettled, ...]:
        """The messages that a person has to look for, to say whether they arrived."""
        wanted = sa.select(MessageRow).filter_by(state="uncertain").order_by(MessageRow.number)
        with self._store.read() as session:
            return tuple(row.as_value(Unsettled) for row in session.scalars(wanted))

    def settle(self, key: str, *, arrived: bool, who: str, at: datetime) -> None:
        """Take a person's word for whether an uncertain message arrived; one that didn't is due again.

        Raises:
            RefusedError: the message isn't uncertain.
        """
        with self._store.write() as session:
            row = session.get(MessageRow, key)
            if row is None or row.state != "uncertain":
                raise RefusedError(
                    f"Message {key} is {row.state if row else 'unknown'}; only an uncertain one is settled"
                )
            row.state, row.in_doubt_since = ("sent" if arrived else "due"), None
            row.sent_at, row.note = (at if arrived else None), f"settled by {who}"

    def _to_try(self, at: datetime) -> tuple[str, ...]:
        doubtful = MessageRow.state.in_(("sending", "uncertain")) & (MessageRow.tried_at <= at - SETTLING)
        wanted = sa.select(MessageRow.key).where(sa.or_(MessageRow.state == "due", doubtful))
        with self._store.read() as session:
            return tuple(session.scalars(wanted.order_by(MessageRow.number)))

    def _claim(self, key: str, at: datetime) -> tuple[Message, datetime | None] | None:
        """Mark the message as being sent; None while the message that it replies to isn't sent."""
        with self._store.write() as session:
            row = session.get_one(MessageRow, key)
            parent = session.get_one(MessageRow, row.reply_to) if row.reply_to else None
            if parent is not None and parent.state != "sent":
                return None
            in_doubt_since = row.in_doubt_since
            row.state, row.tried_at, row.in_doubt_since = "sending", at, in_doubt_since or at
            thread = parent.posted_ts if parent else row.thread_ts
            return Message(row.key, row.channel, row.text, tuple(row.blocks), thread), in_doubt_since

    def _mark(self, key: str, outcome: Outcome, at: datetime) -> None:
        with self._store.write() as session:
            row = session.get_one(MessageRow, key)
            if isinstance(outcome, Uncertain):
                row.state, row.note = "uncertain", outcome.reason
                return
            row.in_doubt_since = None
            if isinstance(outcome, Sent):
                row.state, row.note, row.sent_at = "sent", None, at
                row.reference, row.posted_ts = outcome.reference, outcome.thread_ts
            else:
                row.state, row.note = "due", str(outcome)


def _outcome(send: Send, message: Message, in_doubt_since: datetime | None) -> Outcome:
    try:
        return send(message, in_doubt_since)
    except DeliveryError as error:
        return error
