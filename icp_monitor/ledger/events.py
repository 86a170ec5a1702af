"""The record of decisions: appended to, never changed, and checked link by link."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from icp_monitor.errors import StorageError
from icp_monitor.governance.chain import START, Event, first_break
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import EventRow


class Events:
    """Everything that was decided or done to a version, in order."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def history(self, version: int | None = None) -> tuple[Event, ...]:
        """The events of one version, or of all."""
        with self._store.read() as session:
            return tuple(event for event in _all(session) if version in (None, event.version))

    def verify_chain(self) -> str:
        """The newest event's hash, after checking that every event is as it was written and none is missing.

        Raises:
            StorageError: naming the first event at which the chain is broken.
        """
        with self._store.read() as session:
            events = _all(session)
        broken = first_break(events)
        if broken is not None:
            raise StorageError(
                f"The record of decisions was altered: event {broken.seq} ({broken.action} by {broken.who}) does not "
                "follow from the events before it. Cure: restore the ledger from a backup and find out who wrote to it"
            )
        return events[-1].hash if events else START


def append(
    session: Session,
    at: datetime,
    who: str,
    action: str,
    version: int | None = None,
    reason: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> Event:
    """Add an event to the end of the chain, inside the writing transaction of what it records."""
    last = session.scalars(sa.select(EventRow).order_by(EventRow.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, START)
    event = Event(seq, at, who, action, version, reason, dict(payload or {}), previous).sealed()
    session.add(EventRow(**vars(event)))
    session.flush()
    return event


def of_version(session: Session, version: int) -> tuple[Event, ...]:
    """The events of one version."""
    return tuple(event for event in _all(session) if event.version == version)


def _all(session: Session) -> tuple[Event, ...]:
    return tuple(row.as_value(Event) for row in session.scalars(sa.select(EventRow).order_by(EventRow.seq)))
