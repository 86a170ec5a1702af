"""The validated past of each version, frozen when it is first computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.hashing import canonical_text, sha256
from icp_monitor.errors import RefusedError
from icp_monitor.ledger.events import append
from icp_monitor.ledger.packed import pack, unpack
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import BaselineRow
from icp_monitor.ledger.versions import row_of
from icp_monitor.periods import Window


@dataclass(frozen=True)
class StoredBaseline:
    """Sufficient statistics of ``window``, which every later quarter is compared with while the version holds."""

    baseline_id: str
    version: int
    window: Window
    data_hash: str
    content: Mapping[str, Any] = field(repr=False)


class Baselines:
    """One baseline a version."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def freeze(
        self, version: int, window: Window, content: Mapping[str, Any], who: str, at: datetime
    ) -> StoredBaseline:
        """Keep the baseline of a version; the same one again changes nothing. ``content`` is plain JSON values.

        Raises:
            RefusedError: the version's baseline is frozen and differs.
            NotReadyError: the ledger doesn't hold the version.
        """
        text = canonical_text(content)
        data_hash = sha256("\n".join([*window.as_list(), text]))
        with self._store.write() as session:
            row_of(session, version)
            row = session.scalar(sa.select(BaselineRow).filter_by(version=version))
            if row is None:
                row = BaselineRow(
                    baseline_id=f"v{version}-{data_hash[:12]}",
                    version=version,
                    window_start=window.start,
                    window_end=window.end,
                    data_hash=data_hash,
                    content=pack(text),
                    created_at=at,
                )
                session.add(row)
                append(session, at, who, "baseline frozen", version, None, {"baseline_id": row.baseline_id})
            elif row.data_hash != data_hash:
                raise RefusedError(
                    f"The baseline of version {version} is frozen ({row.data_hash[:12]}) and differs from the one just "
                    f"computed ({data_hash[:12]}). Cure: approve a new version of the profile to take a new baseline"
                )
            return _stored(row)

    def of_version(self, version: int) -> StoredBaseline | None:
        """The frozen baseline of a version; None when it hasn't been computed yet."""
        with self._store.read() as session:
            row = session.scalar(sa.select(BaselineRow).filter_by(version=version))
            return None if row is None else _stored(row)


def _stored(row: BaselineRow) -> StoredBaseline:
    window = Window(row.window_start, row.window_end)
    return StoredBaseline(row.baseline_id, row.version, window, row.data_hash, unpack(row.content))
