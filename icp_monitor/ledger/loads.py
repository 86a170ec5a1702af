"""The pulls of the sources: numbered without gaps, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from icp_monitor.errors import RefusedError
from icp_monitor.ledger.locks import only_one
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import LoadRow


@dataclass(frozen=True)
class Load:
    """A load that has begun. ``first``: nothing of this source was loaded before.

    ``attempt`` above 1: an earlier process died with this number, perhaps over another source, and may have left rows
    of it in any raw table; they have to be dropped before writing.
    """

    number: int
    source: str
    first: bool
    attempt: int


@dataclass(frozen=True)
class FinishedLoad:
    """A load that readers may see; ``fingerprint`` tells whether the extract has changed since.

    ``watermarks`` says of each table from where its next reading goes on; tables that are always read whole have none.
    """

    number: int
    source: str
    first: bool
    fingerprint: str
    counts: Mapping[str, int]
    watermarks: Mapping[str, str]
    observed_until: date
    known_on: date
    finished_at: datetime


class Loads:
    """Every load below a finished one is finished, so that one number tells a reader what it may see."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def pulling(self, patience: float = 5.0) -> Iterator[None]:
        """The block in which loads are begun and finished; no two processes are inside at once.

        ``patience`` (seconds) outlasts the moment in which a server notices that a process was killed.

        Raises:
            NotReadyError: another pull is at work.
        """
        with only_one(self._store, "pull", patience):
            yield

    def begin(self, source: str, at: datetime) -> Load:
        """Begin a load, inside ``pulling``: the number of one that never finished, or the next."""
        with self._store.write() as session:
            earlier = sa.select(LoadRow.number).filter_by(source=source, status="finished").limit(1)
            first = session.scalar(earlier) is None
            row = session.scalars(sa.select(LoadRow).filter_by(status="started")).first()
            if row is None:
                last = session.scalar(sa.select(sa.func.max(LoadRow.number))) or 0
                row = LoadRow(number=last + 1, attempt=0, status="started")
                session.add(row)
            row.source, row.first, row.attempt, row.started_at = source, first, row.attempt + 1, at
            return Load(row.number, source, first, row.attempt)

    def finish(
        self,
        load: Load,
        *,
        fingerprint: str,
        counts: Mapping[str, int],
        watermarks: Mapping[str, str],
        observed_until: date,
        known_on: date,
        at: datetime,
    ) -> None:
        """Let readers see the load; the last act of a pull.

        Raises:
            RefusedError: another process has taken the number over in the meantime.
        """
        with self._store.write() as session:
            row = session.get_one(LoadRow, load.number)
            if (row.status, row.attempt) != ("started", load.attempt):
                raise RefusedError(
                    f"Load {load.number} of {load.source} was taken over by another process. Cure: pull again"
                )
            row.status, row.finished_at, row.fingerprint, row.counts = "finished", at, fingerprint, dict(counts)
            row.watermarks, row.observed_until, row.known_on = dict(watermarks), observed_until, known_on

    def last(self) -> int:
        """The number of the last finished load; 0 when there is none."""
        with self._store.read() as session:
            return session.scalar(sa.select(sa.func.max(LoadRow.number)).filter_by(status="finished")) or 0

    def last_of(self, source: str, known_by: date | None = None) -> FinishedLoad | None:
        """The last finished load of a source; None when nothing of it was loaded yet.

        With ``known_by`` only loads of that day or earlier count, and the first, whose history is assumed known.
        """
        newest = sa.select(LoadRow).filter_by(source=source, status="finished").order_by(LoadRow.number.desc()).limit(1)
        if known_by is not None:
            newest = newest.where(sa.or_(LoadRow.first, LoadRow.known_on <= known_by))
        with self._store.read() as session:
            row = session.scalars(newest).first()
            return None if row is None else row.as_value(FinishedLoad)
