"""By whom and what the deals decided in a few stretches of time were with, and why those not won were lost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.attributes import bucket_keys
from icp_monitor.metrics.deals import Deals
from icp_monitor.metrics.resolved import carrier_counts, loss_reasons
from icp_monitor.periods import Window
from icp_monitor.scoring.opportunities import scored_opportunities
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities
from icp_monitor.snapshots.visible import visible
from icp_monitor.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd

AT_ANY_AGE = 1_000_000  # days


def carriers_in(
    warehouse: Warehouse,
    catalogue: Catalogue,
    icp: IcpConfig,
    asof: Asof,
    windows: Sequence[Window],
) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """For each window, the tables ``carriers`` and ``reasons`` of a cohort, of the deals that were decided in it."""
    snapshot = opportunities(catalogue, asof).subquery("snapshot")
    scored = scored_opportunities(catalogue, icp, asof, snapshot, partial(bucket_keys, icp.attributes))
    reasons = visible(catalogue.raw_win_loss, asof).subquery("reasons")
    found = []
    with warehouse.computed(scored) as rows:
        for window in windows:
            closed = sa.and_(rows.c.closed_on >= window.start, rows.c.closed_on < window.end)
            deals = Deals(sa.select(rows).where(closed).subquery("decided"))
            statements = carrier_counts(deals, icp.attributes, AT_ANY_AGE), loss_reasons(deals, reasons, AT_ANY_AGE)
            carriers, lost = (warehouse.read(statement).to_pandas() for statement in statements)
            found.append((carriers, lost))
    return found
