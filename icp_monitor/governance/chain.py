"""Is the record of decisions whole? Each event's hash covers its content and the hash of the event before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from icp_monitor.config.hashing import canonical_text, sha256

START = "0" * 64


@dataclass(frozen=True)
class Event:
    """Something that was decided or done to a version; ``at`` is in UTC."""

    seq: int
    at: datetime
    who: str
    action: str
    version: int | None
    reason: str | None
    payload: Mapping[str, Any]
    previous_hash: str
    hash: str = ""

    def sealed(self) -> Event:
        """The same event with the hash that its content requires."""
        return replace(self, hash=self._digest())

    def _digest(self) -> str:
        content = [
            self.seq,
            self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.who,
            self.action,
            self.version,
            self.reason,
            self.payload,
            self.previous_hash,
        ]
        return sha256(canonical_text(content))


def first_break(events: Iterable[Event]) -> Event | None:
    """The first event that was changed, or before which one is missing; None when the chain holds.

    A cut tail leaves a chain that holds. It shows only against a hash that was noted elsewhere, as reports do.
    """
    previous = START
    for position, event in enumerate(events, start=1):
        if event.seq != position or event.previous_hash != previous or event.sealed().hash != event.hash:
            return event
        previous = event.hash
    return None
