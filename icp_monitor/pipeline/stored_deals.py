"""The deals that a run has scored and stored, with what was known of their accounts at the anchor date."""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.ledger import RunKey
from icp_monitor.metrics.attributes import bucket_keys
from icp_monitor.pipeline.partitions import rows_of
from icp_monitor.snapshots.anchors import accounts_at_anchor
from icp_monitor.snapshots.asof import Asof

KEPT = ("account_id", "closed_on", "age_days", "outcome", "segment", "score", "log_amount")


def stored_deals(catalogue: Catalogue, icp: IcpConfig, asof: Asof, key: RunKey) -> sa.Select[Any]:
    """One row for each deal, with the `bucket_keys` of its account's attributes; ``asof`` is the day of the run."""
    scored = rows_of(catalogue.opportunity_scores, key)
    created = sa.select(*scored.c, scored.c.anchor_on.label("created_on")).subquery("created")
    return accounts_at_anchor(catalogue, icp, asof, created, partial(bucket_keys, icp.attributes), KEPT)
