"""The life of an alert: open, acknowledged, investigating, snoozed; in the end resolved or dismissed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from icp_monitor.errors import NotReadyError, RefusedError
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import AlertEventRow, AlertRow

Status = Literal["open", "acknowledged", "investigating", "resolved", "dismissed", "snoozed"]
ENDED: tuple[Status, ...] = ("resolved", "dismissed")
NEXT: Mapping[Status, tuple[Status, ...]] = {
    "open": ("acknowledged", "investigating", "snoozed", "resolved", "dismissed"),
    "acknowledged": ("investigating", "snoozed", "resolved", "dismissed"),
    "investigating": ("snoozed", "resolved", "dismissed"),
    "snoozed": ("open", "acknowledged", "investigating", "snoozed", "resolved", "dismissed"),
    "resolved": (),
    "dismissed": (),
}


@dataclass(frozen=True)
class NewAlert:
    """What a look found worth a decision; ``key`` names the root cause and is the same at the next look."""

    key: str
    as_of: date
    run_id: str
    severity: str
    channel: str
    payload: Mapping[str, Any]

    @property
    def alert_id(self) -> str:
        """The alert's name; it follows from the cause and the look that found it."""
        return f"a-{hashlib.sha256(f'{self.key}|{self.as_of}'.encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class Alert:
    """An alert as the ledger keeps it."""

    alert_id: str
    key: str
    as_of: date
    run_id: str
    severity: str
    channel: str
    payload: Mapping[str, Any]
    status: Status
    snoozed_until: date | None
    opened_at: datetime


@dataclass(frozen=True)
class AlertEvent:
    """One step in an alert's life."""

    at: datetime
    who: str
    status: Status
    reason: str | None


class Alerts:
    """One alert for each root cause at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, alert: NewAlert, at: datetime) -> Alert:
        """Open the alert; while one with the same key lives, or was opened by the same look, it is that one."""
        with self._store.write() as session:
            same = sa.or_(AlertRow.alert_id == alert.alert_id, AlertRow.status.not_in(ENDED))
            row = session.scalars(sa.select(AlertRow).filter_by(key=alert.key).where(same)).first()
            if row is None:
                fields = {**vars(alert), "payload": dict(alert.payload)}
                row = AlertRow(alert_id=alert.alert_id, status="open", opened_at=at, **fields)
                session.add(row)
                session.flush()
                _note(session, row, "icp-monitor", None, at)
            return row.as_value(Alert)

    def move(
        self,
        alert_id: str,
        status: Status,
        who: str,
        at: datetime,
        reason: str | None = None,
        until: date | None = None,
    ) -> Alert:
        """Change the state of an alert.

        ``resolved`` needs the cause as its ``reason``, ``dismissed`` why it was no finding, ``snoozed`` the date
        ``until`` which it rests.

        Raises:
            RefusedError: the alert has ended, the step isn't possible, or something that it needs is missing.
            NotReadyError: the ledger doesn't hold the alert.
        """
        with self._store.write() as session:
            row = _row(session, alert_id)
            _check_step(row, status, reason, until)
            row.status, row.snoozed_until = status, until if status == "snoozed" else None
            _note(session, row, who, reason, at)
            return row.as_value(Alert)

    def wake(self, as_of: date, at: datetime) -> tuple[Alert, ...]:
        """Open the snoozed alerts whose rest is over on ``as_of``; returns them."""
        over = sa.select(AlertRow).filter_by(status="snoozed").where(AlertRow.snoozed_until <= as_of)
        with self._store.write() as session:
            rows = session.scalars(over.order_by(AlertRow.alert_id)).all()
            for row in rows:
                row.status, row.snoozed_until = "open", None
                _note(session, row, "icp-monitor", "the snooze is over", at)
            return tuple(row.as_value(Alert) for row in rows)

    def get(self, alert_id: str) -> Alert:
        """One alert.

        Raises:
            NotReadyError: the ledger doesn't hold it.
        """
        with self._store.read() as session:
            return _row(session, alert_id).as_value(Alert)

    def all(self, *, ended: bool = True) -> tuple[Alert, ...]:
        """Every alert, oldest first; without those that have ended where ``ended`` is false."""
        wanted = sa.select(AlertRow).order_by(AlertRow.as_of, AlertRow.alert_id)
        with self._store.read() as session:
            rows = session.scalars(wanted if ended else wanted.where(AlertRow.status.not_in(ENDED)))
            return tuple(row.as_value(Alert) for row in rows)

    def history(self, alert_id: str) -> tuple[AlertEvent, ...]:
        """What happened to an alert, in order."""
        wanted = sa.select(AlertEventRow).filter_by(alert_id=alert_id).order_by(AlertEventRow.number)
        with self._store.read() as session:
            return tuple(row.as_value(AlertEvent) for row in session.scalars(wanted))


def _check_step(row: AlertRow, status: Status, reason: str | None, until: date | None) -> None:
    possible = NEXT[cast("Status", row.status)]
    if status not in possible:
        cure = f"it can become {', '.join(possible)}" if possible else "it has ended; a recurrence is a new alert"
        raise RefusedError(f"Alert {row.alert_id} is {row.status} and can't become {status}: {cure}")
    if status in ENDED and not (reason or "").strip():
        raise RefusedError(f"Alert {row.alert_id} can't be {status} without a reason. Cure: say what it was")
    if status == "snoozed" and until is None:
        raise RefusedError(f"Alert {row.alert_id} can't be snoozed without an end. Cure: say until when")


def _note(session: Session, row: AlertRow, who: str, reason: str | None, at: datetime) -> None:
    last = session.scalar(sa.select(sa.func.max(AlertEventRow.number)).filter_by(alert_id=row.alert_id)) or 0
    session.add(AlertEventRow(alert_id=row.alert_id, number=last + 1, at=at, who=who, status=row.status, reason=reason))


def _row(session: Session, alert_id: str) -> AlertRow:
    row = session.get(AlertRow, alert_id)
    if row is None:
        raise NotReadyError(f"The ledger holds no alert {alert_id}. Cure: see the list of alerts")
    return row
