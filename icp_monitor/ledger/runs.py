"""The runs: which set, which date, which versions of profile and code, and how far each has come."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from icp_monitor.errors import NotReadyError, RefusedError
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import RunRow, RunSetRow
from icp_monitor.ledger.versions import row_of

LIVE, VALIDATION = "live", "validation"
STANDING = (LIVE, VALIDATION)  # the run sets that need not be created
Knowledge = Literal["as-was", "restated"]
Status = Literal["unfinished", "finished", "failed", "superseded"]


@dataclass(frozen=True, order=True)
class RunKey:
    """Everything that a run's results depend on; every derived row carries it.

    >>> key = RunKey("live", date(2026, 10, 5), 7, "c0ffee", "0.1.0+3f9a04c1", "as-was")
    >>> key.run_id
    '4091e3f1c1a25d58'
    """

    run_set: str
    as_of: date
    icp_version: int
    config_hash: str
    code_version: str
    knowledge: Knowledge

    @property
    def run_id(self) -> str:
        """Sixteen digits that follow from the key alone."""
        return hashlib.sha256("\n".join(str(part) for part in astuple(self)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Run:
    """A run as the ledger keeps it; ``steps`` holds, for each step that is done, when and with what counts."""

    key: RunKey
    status: Status
    steps: Mapping[str, Mapping[str, Any]]
    error: str | None
    started_at: datetime
    finished_at: datetime | None


class Runs:
    """For each set and date the run that counts is the last one started: it owns the partitions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def start(self, key: RunKey, at: datetime) -> Run:
        """Mark the run unfinished, before its first write; runs of the same set and date are superseded.

        A run that failed or died keeps the steps that it had done; one that had finished begins anew.

        Raises:
            NotReadyError: the ledger doesn't hold the run set, or the version of the profile.
        """
        with self._store.write() as session:
            row_of(session, key.icp_version)
            _require_run_set(session, key.run_set, at)
            same_place = sa.select(RunRow).filter_by(run_set=key.run_set, as_of=key.as_of)
            for other in session.scalars(same_place.where(RunRow.run_id != key.run_id)):
                other.status = "superseded"
            row = session.get(RunRow, key.run_id)
            if row is None:
                row = RunRow(run_id=key.run_id, steps={}, **vars(key))
                session.add(row)
            elif row.status in ("finished", "superseded"):
                row.steps = {}
            row.status, row.started_at, row.finished_at, row.error = "unfinished", at, None, None
            return _as_run(row)

    def finish_step(self, run_id: str, step: str, counts: Mapping[str, int], at: datetime) -> None:
        """Note that a step is done.

        Raises:
            RefusedError: the run was superseded.
        """
        with self._store.write() as session:
            row = _current(session, run_id)
            row.steps = {**row.steps, step: {"finished_at": at.isoformat(), "counts": dict(counts)}}

    def finish(self, run_id: str, at: datetime) -> None:
        """Let readers see the run's rows; the last act of a run.

        Raises:
            RefusedError: the run was superseded.
        """
        with self._store.write() as session:
            row = _current(session, run_id)
            row.status, row.finished_at, row.error = "finished", at, None

    def fail(self, run_id: str, error: str, at: datetime) -> None:
        """Note why the run stopped; it can be started again. A superseded run stays so."""
        with self._store.write() as session:
            row = session.get_one(RunRow, run_id)
            if row.status != "superseded":
                row.status, row.finished_at, row.error = "failed", at, error

    def get(self, run_id: str) -> Run:
        """One run.

        Raises:
            NotReadyError: it was never started.
        """
        with self._store.read() as session:
            return _as_run(_row(session, run_id))

    def finished(self, run_set: str, as_of: date) -> RunKey | None:
        """The run whose rows may be read for this date; None when there is none."""
        keys = self.finished_keys(run_set, as_of, as_of)
        return keys[0] if keys else None

    def last_finished(self, run_set: str) -> RunKey | None:
        """The finished run of the latest date; None when there is none."""
        newest = sa.select(RunRow).filter_by(run_set=run_set, status="finished").order_by(RunRow.as_of.desc()).limit(1)
        with self._store.read() as session:
            row = session.scalars(newest).first()
            return None if row is None else _key(row)

    def finished_keys(self, run_set: str, first: date, last: date) -> tuple[RunKey, ...]:
        """The finished runs of a set from ``first`` to ``last`` (both included), by date."""
        wanted = (
            sa.select(RunRow).filter_by(run_set=run_set, status="finished").where(RunRow.as_of.between(first, last))
        )
        with self._store.read() as session:
            return tuple(_key(row) for row in session.scalars(wanted.order_by(RunRow.as_of)))

    def create_backfill(
        self, requested_by: str, parameters: Mapping[str, Any], at: datetime, run_set: str | None = None
    ) -> str:
        """Open a run set for a backfill: ``bf-1``, ``bf-2`` … or ``run_set``, which may be asked for repeatedly.

        Raises:
            RefusedError: ``run_set`` is known with other parameters, or doesn't begin with ``bf-``.
        """
        with self._store.write() as session:
            name = run_set or _next_backfill(session)
            known = session.get(RunSetRow, name)
            if not name.startswith("bf-") or (known is not None and known.parameters != dict(parameters)):
                raise RefusedError(f"{name} can't name this backfill. Cure: take another name that begins with bf-")
            if known is None:
                session.add(_run_set(name, "backfill", requested_by, parameters, at))
            return name


def _next_backfill(session: Session) -> str:
    taken = set(session.scalars(sa.select(RunSetRow.run_set)))
    return next(name for number in range(1, len(taken) + 2) if (name := f"bf-{number}") not in taken)


def _require_run_set(session: Session, run_set: str, at: datetime) -> None:
    if session.get(RunSetRow, run_set) is not None:
        return
    if run_set not in STANDING:
        raise NotReadyError(f"The ledger holds no run set {run_set}. Cure: create it with a backfill")
    session.add(_run_set(run_set, run_set, "icp-monitor", {}, at))
    session.flush()


def _run_set(name: str, kind: str, requested_by: str, parameters: Mapping[str, Any], at: datetime) -> RunSetRow:
    return RunSetRow(run_set=name, kind=kind, requested_by=requested_by, parameters=dict(parameters), created_at=at)


def _current(session: Session, run_id: str) -> RunRow:
    row = _row(session, run_id)
    if row.status == "superseded":
        raise RefusedError(
            f"Run {run_id} of {row.as_of} was superseded by a later run of the same date. Cure: use that one's results"
        )
    return row


def _row(session: Session, run_id: str) -> RunRow:
    row = session.get(RunRow, run_id)
    if row is None:
        raise NotReadyError(f"The ledger holds no run {run_id}. Cure: start it first")
    return row


def _key(row: RunRow) -> RunKey:
    return RunKey(
        row.run_set, row.as_of, row.icp_version, row.config_hash, row.code_version, cast("Knowledge", row.knowledge)
    )


def _as_run(row: RunRow) -> Run:
    return Run(_key(row), cast("Status", row.status), row.steps, row.error, row.started_at, row.finished_at)
