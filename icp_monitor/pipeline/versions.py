"""Which ICP version a run uses: the ledger's, never the draft's."""

from __future__ import annotations

from datetime import date

from icp_monitor.ledger.versions import StoredVersion
from icp_monitor.pipeline.workspace import Workspace

AT_TIME = "at-time"


def ensure_registered(workspace: Workspace) -> None:
    """Take ``icp.yaml`` over as approved where the ledger knows no version yet, and refuse a changed frozen one.

    A draft with a new number is left alone: it comes into force by approval only.

    Raises:
        ConfigError: the file's version is frozen with another content.
    """
    icp = workspace.config.icp
    known = {version.number for version in workspace.ledger.versions.all()}
    if not known or icp.metadata.version in known:
        workspace.ledger.versions.register(icp, workspace.config.icp_hash, icp.metadata.owner, workspace.now)


def version_for(workspace: Workspace, as_of: date, wanted: str = AT_TIME) -> StoredVersion:
    """The version in force on ``as_of``, or the one with the ``wanted`` number.

    Raises:
        NotReadyError: there is none.
    """
    ensure_registered(workspace)
    if wanted == AT_TIME:
        return workspace.ledger.versions.in_force(as_of)
    return workspace.ledger.versions.get(int(wanted))
