"""The versions of the profile: stored once, then frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import ConfigError, NotReadyError, Problem
from icp_monitor.governance.versions import select_version_in_force
from icp_monitor.ledger.events import append
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import VersionRow

Status = Literal["proposed", "approved", "rejected"]


@dataclass(frozen=True)
class StoredVersion:
    """A version as the ledger keeps it; ``effective_from`` may be later than declared, by the notice period."""

    number: int
    icp_id: str
    icp_hash: str
    effective_from: date
    status: Status
    author: str
    content: str = field(repr=False)

    @property
    def icp(self) -> IcpConfig:
        """The profile itself."""
        return IcpConfig.model_validate_json(self.content)


class Versions:
    """What was registered, and which version holds when."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, icp: IcpConfig, icp_hash: str, who: str, at: datetime) -> StoredVersion:
        """Take the profile over as approved; one that is known already is left as it is.

        Raises:
            ConfigError: the version was stored with another content, or was rejected.
        """
        with self._store.write() as session:
            row = stored_row(session, icp, icp_hash)
            if row is None:
                row = add_version(session, icp, icp_hash, who, "approved", at)
                append(session, at, who, "registered", row.number, icp.metadata.change_reason, {"icp_hash": icp_hash})
            elif row.status == "rejected":
                raise ConfigError(_raise_the_version(row.number, "was rejected"))
            return row.as_value(StoredVersion)

    def in_force(self, as_of: date) -> StoredVersion:
        """The version that holds on a date.

        Raises:
            NotReadyError: no approved version has taken effect by then.
        """
        approved = [version for version in self.all() if version.status == "approved"]
        version = select_version_in_force(approved, as_of)
        if version is not None:
            return version
        known = ", ".join(f"version {item.number} takes effect on {item.effective_from}" for item in approved)
        raise NotReadyError(
            f"No version of the profile is in force on {as_of} ({known or 'none is registered'}). "
            "Cure: ask for a later date, or give icp.yaml an earlier effective_from under a new version"
        )

    def all(self) -> tuple[StoredVersion, ...]:
        """Every version, proposed and rejected ones included, by number."""
        with self._store.read() as session:
            return tuple(
                row.as_value(StoredVersion)
                for row in session.scalars(sa.select(VersionRow).order_by(VersionRow.number))
            )

    def get(self, number: int) -> StoredVersion:
        """One version.

        Raises:
            NotReadyError: the ledger doesn't hold it.
        """
        with self._store.read() as session:
            return row_of(session, number).as_value(StoredVersion)


def row_of(session: Session, number: int) -> VersionRow:
    """The row of a version, or the sentence that it is missing."""
    row = session.get(VersionRow, number)
    if row is None:
        known = ", ".join(str(item) for item in session.scalars(sa.select(VersionRow.number)))
        raise NotReadyError(f"The ledger holds no version {number} of the profile (it has: {known or 'none'})")
    return row


def stored_row(session: Session, icp: IcpConfig, icp_hash: str) -> VersionRow | None:
    """The row that already holds exactly this profile.

    Raises:
        ConfigError: its number stands for another content, or the ledger belongs to another profile.
    """
    other = session.scalar(sa.select(VersionRow.icp_id).where(VersionRow.icp_id != icp.metadata.id).limit(1))
    if other is not None:
        cure = f"use another ICP_LEDGER_URL for {icp.metadata.id}, or write id: {other}"
        raise ConfigError(Problem("icp.yaml: metadata.id", f"this ledger belongs to {other}", icp.metadata.id, cure))
    row = session.get(VersionRow, icp.metadata.version)
    if row is not None and row.icp_hash != icp_hash:
        raise ConfigError(_raise_the_version(row.number, "is frozen, and its content has changed since"))
    return row


def add_version(
    session: Session, icp: IcpConfig, icp_hash: str, author: str, status: Status, at: datetime
) -> VersionRow:
    """Store a version that the ledger doesn't hold yet."""
    row = VersionRow(
        number=icp.metadata.version,
        icp_id=icp.metadata.id,
        icp_hash=icp_hash,
        content=icp.model_dump_json(by_alias=True),
        effective_from=icp.effective_from,
        status=status,
        author=author,
        created_at=at,
    )
    session.add(row)
    session.flush()
    return row


def _raise_the_version(number: int, why: str) -> Problem:
    return Problem("icp.yaml: metadata.version", f"version {number} {why}", cure="raise metadata.version")
