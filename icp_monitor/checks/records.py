"""Which deals the checks look at: those of the baseline and later, and what was known of their accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.checks.spans import QUARTER_WEEKS, Spans
from icp_monitor.config.icp import IcpConfig
from icp_monitor.snapshots.anchors import accounts_at_anchor
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities

KEPT = ("account_id", "type", "currency", "amount_minor", "created_on", "closed_on", "outcome", "age_days", "derived")


def recent_deals(catalogue: Catalogue, asof: Asof, spans: Spans) -> sa.Select[Any]:
    """The opportunities created since the baseline began, or in the last quarter where that is earlier.

    They are chosen from all: looking for the stages of a part of them takes twice the memory.
    """
    since = min(spans.baseline.start, asof.as_of - timedelta(weeks=QUARTER_WEEKS))
    deals = opportunities(catalogue, asof).subquery("every_deal")
    return sa.select(deals).where(deals.c.created_on >= since)


def anchored_deals(
    catalogue: Catalogue, icp: IcpConfig, asof: Asof, deals: sa.FromClause, spans: Spans
) -> sa.Select[Any]:
    """The ``deals`` created in one of the spans, with its number and their accounts as on the anchor date."""
    within = sa.select(deals).where(spans.number(deals.c.created_on).is_not(None)).subquery("within")

    def facts(versions: sa.FromClause) -> list[sa.ColumnElement[Any]]:
        return [*(versions.c[attribute.id] for attribute in icp.attributes), versions.c.assumed]

    known = accounts_at_anchor(catalogue, icp, asof, within, facts, KEPT).subquery("known")
    return sa.select(*known.c, spans.number(known.c.created_on).label("span"))
