"""Decisions of people about versions: propose, approve, reject, keep."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import ConfigError, RefusedError
from icp_monitor.governance.approval import is_agreed, start_date, weight_steps
from icp_monitor.governance.versions import select_version_in_force
from icp_monitor.ledger.events import append, of_version
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import VersionRow
from icp_monitor.ledger.versions import StoredVersion, add_version, row_of, stored_row

Decision = Literal["approve", "reject", "keep", "change", "wait"]
ACTIONS: dict[Decision, str] = {
    "approve": "approved",
    "reject": "rejected",
    "keep": "kept",
    "change": "change requested",
    "wait": "decision deferred",
}


class Decisions:
    """The way of a version from draft to force; each step is an event with its author and reason."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def propose(self, icp: IcpConfig, icp_hash: str, who: str, at: datetime) -> StoredVersion:
        """Store a draft for approval; one that is known already is left as it is.

        Raises:
            ConfigError: the version number is taken by another content, or a weight moves too far at once.
        """
        with self._store.write() as session:
            row = stored_row(session, icp, icp_hash)
            if row is None:
                _refuse_large_steps(session, icp, at)
                row = add_version(session, icp, icp_hash, who, "proposed", at)
                append(session, at, who, "proposed", row.number, icp.metadata.change_reason, {"icp_hash": icp_hash})
            return row.as_value(StoredVersion)

    def record(
        self, version: int, decision: Decision, who: str, reason: str, quarter: str | None, at: datetime
    ) -> StoredVersion:
        """Record a person's decision, once however often it is repeated.

        Approvals of a proposed version bring it into force when the quorum is complete, after the notice period; one
        rejection ends it. A decision about an approved version is that quarter's validation and changes no state.

        Raises:
            RefusedError: authors can't approve their own version, or the reason is missing.
            NotReadyError: the ledger doesn't hold the version.
        """
        if not reason.strip():
            raise RefusedError(f"A decision to {decision} version {version} needs a reason. Cure: say why")
        with self._store.write() as session:
            row = row_of(session, version)
            said = (ACTIONS[decision], who, reason, {"quarter": quarter})
            if said not in ((e.action, e.who, e.reason, e.payload) for e in of_version(session, version)):
                _refuse_self_approval(row, decision, who)
                append(session, at, who, ACTIONS[decision], version, reason, {"quarter": quarter})
                _settle(session, row, decision, at)
            return row.as_value(StoredVersion)


def _settle(session: Session, row: VersionRow, decision: Decision, at: datetime) -> None:
    """Move a proposed version on, where the decision completes its quorum or ends it."""
    if row.status != "proposed":
        return
    if decision == "reject":
        row.status = "rejected"
    icp = row.as_value(StoredVersion).icp
    approvers = {event.who for event in of_version(session, row.number) if event.action == "approved"}
    if decision == "approve" and is_agreed(icp, approvers):
        row.status, row.effective_from = "approved", start_date(icp, at.date())
        append(session, at, "icp-monitor", "agreed", row.number, None, {"effective_from": str(row.effective_from)})


def _refuse_self_approval(row: VersionRow, decision: Decision, who: str) -> None:
    own = row.status == "proposed" and decision == "approve" and who == row.author
    if own and row.as_value(StoredVersion).icp.approval.no_self_approval:
        raise RefusedError(
            f"{who} proposed version {row.number} and can't approve it (approval.no_self_approval). "
            "Cure: ask another person of the quorum"
        )


def _refuse_large_steps(session: Session, icp: IcpConfig, at: datetime) -> None:
    approved = [
        row.as_value(StoredVersion) for row in session.scalars(sa.select(VersionRow).filter_by(status="approved"))
    ]
    current = select_version_in_force(approved, at.date())
    problems = weight_steps(current.icp, icp) if current else ()
    if problems:
        raise ConfigError(*problems)
