"""How fresh is the data, and how far back is it honest to ask what was known?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.pipeline.doctor.finding import Finding
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.snapshots.anchors import accounts_at_anchor
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import counted, opportunities
from icp_monitor.warehouse import Warehouse

STALE_AFTER = 3  # days without a pull


def pulls(workspace: Workspace) -> Iterator[Finding]:
    """When each source was pulled last, and since when what it says is known at its time."""
    loads = workspace.ledger.loads
    for name, source in workspace.config.sources.sources.items():
        last, first = loads.last_of(name), loads.last_of(name, known_by=date.min)
        part = f"pulls of {name}"
        if last is None or first is None:
            yield Finding(part, "note", "it was never pulled", "run icp-monitor pull")
            continue
        days = (workspace.today - last.known_on).days
        message = f"last change on {last.known_on}, {days} days ago; first pulled on {first.known_on}"
        old = days > STALE_AFTER and source.extracted_on is None
        cure = "nothing has changed, or nothing is pulled: check the schedule" if old else None
        yield Finding(part, "note" if old else "ok", message, cure)


def depth(workspace: Workspace) -> Finding:
    """From which day on the monitor knows what was known, and does not assume it."""
    firsts = [workspace.ledger.loads.last_of(name, known_by=date.min) for name in workspace.config.sources.sources]
    days = [load.known_on for load in firsts if load is not None]
    if not days:
        return Finding("history", "note", "there is none yet: it begins with the first pull", "run icp-monitor pull")
    message = (
        f"what was known on a day is certain from {max(days)} on; before that, every fact counts as known on its own "
        "date, and changes that the source doesn't date are not seen"
    )
    return Finding("history", "note", message, "pull every day from now on")


def fallbacks(warehouse: Warehouse, catalogue: Catalogue, icp: IcpConfig, asof: Asof) -> Finding:
    """Of how many deals the account is only known as it was later, and which attributes that concerns."""
    snapshot = opportunities(catalogue, asof).subquery("snapshot")
    deals = counted(snapshot, icp.definitions).subquery("deals")
    anchored = accounts_at_anchor(catalogue, icp, asof, deals, facts=_account).subquery("anchored")
    later = sa.cast(sa.func.coalesce(sa.func.sum(sa.case((anchored.c.anchor_known, 0), else_=1)), 0), sa.BigInteger)
    counts = sa.select(sa.func.count().label("deals"), later.label("later")).where(anchored.c.account_id.is_not(None))
    (row,) = warehouse.read(counts).to_pylist()
    if not row["later"]:
        return Finding("attributes", "ok", "every deal's account is known as it was when the deal began")
    share = row["later"] / row["deals"]
    early = [item.id for item in icp.attributes if item.known_before == "anchor"] or [
        item.id for item in icp.attributes
    ]
    message = (
        f"of {row['later']:,} deals ({share:.0%}) the account is only known as it was later: today's values of "
        f"{', '.join(early)} stand in"
    )
    return Finding("attributes", "note", message, "map account_history, or an account's created_on")


def _account(versions: sa.FromClause) -> list[sa.ColumnElement[str]]:
    return [versions.c.account_id]
