"""The published reports: an edition never changes, a restatement is a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import ReportRow


@dataclass(frozen=True)
class Edition:
    """One published report; ``hash`` is that of its content."""

    quarter: str
    number: int
    path: str
    hash: str
    run_id: str
    published_at: datetime


class Reports:
    """Each quarter's editions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def publish(self, quarter: str, path: str, content_hash: str, run_id: str, at: datetime) -> Edition:
        """Note a published report; one with the content of the latest edition is that edition."""
        with self._store.write() as session:
            known = sa.select(ReportRow).filter_by(quarter=quarter).order_by(ReportRow.number.desc()).limit(1)
            row = session.scalars(known).first()
            if row is None or row.hash != content_hash:
                number = row.number + 1 if row else 1
                row = ReportRow(
                    quarter=quarter, number=number, path=path, hash=content_hash, run_id=run_id, published_at=at
                )
                session.add(row)
            return row.as_value(Edition)

    def editions(self, quarter: str) -> tuple[Edition, ...]:
        """Every edition of a quarter's report, oldest first."""
        with self._store.read() as session:
            rows = session.scalars(sa.select(ReportRow).filter_by(quarter=quarter).order_by(ReportRow.number))
            return tuple(row.as_value(Edition) for row in rows)
