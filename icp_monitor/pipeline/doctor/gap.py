"""Which field is worth filling next?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.scoring.gaps import MEASURES, gap_name, gaps
from icp_monitor.scoring.weights import points_on
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities
from icp_monitor.warehouse import Warehouse

_MINOR = 100


@dataclass(frozen=True)
class Gap:
    """What the missing values of an attribute do to tiers; ``worth`` are its points of 100.

    ``provisional`` accounts lack it and have a tier that could still change; ``settled`` of them would have a certain
    one with this value alone. ``blocked`` and ``blocked_pipeline`` share accounts and their open pipeline (in whole
    currency) out over all that is missing, by what it is worth.
    """

    attribute: str
    worth: float
    missing: int
    provisional: int
    settled: int
    blocked: float
    blocked_pipeline: int


def gaps_of(warehouse: Warehouse, catalogue: Catalogue, icp: IcpConfig, asof: Asof) -> tuple[Gap, ...]:
    """The gaps that keep tiers provisional: those that hold up the most open pipeline first, then the most accounts."""
    worth = points_on(icp, asof.as_of)
    people = accounts(catalogue, asof).subquery("known_accounts_of_the_day")
    deals = opportunities(catalogue, asof).subquery("deals")
    waiting = (
        sa.select(deals.c.account_id, sa.cast(sa.func.sum(deals.c.amount_minor), sa.BigInteger).label("open_minor"))
        .where(deals.c.outcome == "open", deals.c.account_id.is_not(None))
        .group_by(deals.c.account_id)
        .subquery("open_pipeline")
    )
    (row,) = warehouse.read(gaps(icp, people, waiting, worth)).to_pylist()
    found = [_gap(item.id, worth[item.id], row) for item in icp.scored_attributes]
    provisional = [gap for gap in found if gap.provisional]
    return tuple(sorted(provisional, key=lambda gap: (-gap.blocked_pipeline, -gap.blocked, gap.attribute)))


def _gap(attribute: str, worth: float, row: Mapping[str, Any]) -> Gap:
    measured = {measure: row[gap_name(measure, attribute)] for measure in MEASURES}
    return Gap(
        attribute=attribute,
        worth=round(worth, 2),
        missing=measured["missing"],
        provisional=measured["provisional"],
        settled=measured["settled"],
        blocked=round(measured["blocked"], 1),
        blocked_pipeline=round(measured["blocked_minor"] / _MINOR),
    )
