"""What weekly monitoring works out once for each version, and then keeps: its frozen baseline and its thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.hashing import canonical_text, sha256
from icp_monitor.ledger.packed import pack, unpack
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import MonitorRow
from icp_monitor.ledger.versions import row_of

Content = Mapping[str, Any]


class Monitors:
    """Parts by version and name; a part is never changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def part(self, version: int, name: str, compute: Callable[[], Content], at: datetime) -> Content:
        """The part called ``name``; it is computed, outside any transaction, when it is first asked for.

        Where two processes compute it at once, the first to finish is kept by both. ``compute`` gives JSON values.

        Raises:
            NotReadyError: the ledger doesn't hold the version.
        """
        return self.kept(version, name) or self._keep(version, name, compute(), at)

    def kept(self, version: int, name: str) -> Content | None:
        """The part called ``name``; None where it has not been computed yet."""
        with self._store.read() as session:
            row = session.get(MonitorRow, (version, name))
            return None if row is None else unpack(row.content)

    def names(self, version: int) -> tuple[str, ...]:
        """What is kept of a version."""
        with self._store.read() as session:
            rows = sa.select(MonitorRow.part).filter_by(version=version).order_by(MonitorRow.part)
            return tuple(session.scalars(rows))

    def _keep(self, version: int, name: str, content: Content, at: datetime) -> Content:
        text = canonical_text(content)
        with self._store.write() as session:
            row_of(session, version)
            row = session.get(MonitorRow, (version, name))
            if row is None:
                row = MonitorRow(version=version, part=name, data_hash=sha256(text), content=pack(text), created_at=at)
                session.add(row)
            return unpack(row.content)
