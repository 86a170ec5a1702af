"""The opportunities of one window as known on one day: from statements to the small tables that are judged."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.attributes import attribute_distributions, bucket_keys, key_name
from icp_monitor.metrics.cohorts import life_tables
from icp_monitor.metrics.deals import Deals
from icp_monitor.metrics.resolved import account_clusters, carrier_counts, loss_reasons, score_bands
from icp_monitor.periods import Window
from icp_monitor.pipeline.cohort_customers import customer_tables
from icp_monitor.scoring.opportunities import scored_opportunities
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities
from icp_monitor.snapshots.visible import visible
from icp_monitor.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd

    from icp_monitor.drift.cohort import Cohort, Layout

COUNTED = (
    "opportunity_id",
    "account_id",
    "owner_id",
    "anchor_on",
    "score",
    "segment",
    "tier",
    "channel",
    "outcome",
    "age_days",
    "amount_minor",
    "log_amount",
    "log_amount_squared",
)


def cohort_of(
    warehouse: Warehouse,
    catalogue: Catalogue,
    icp: IcpConfig,
    asof: Asof,
    window: Window,
    mapped: frozenset[str],
) -> Cohort:
    """The cohort created in ``window``, scored at its anchor dates; ``mapped`` are the tables that sources fill."""
    from icp_monitor.drift.cohort import TABLES, Cohort

    horizon = icp.horizon_days
    with warehouse.computed(_deals(catalogue, icp, asof, window)) as rows:
        deals = Deals(rows)
        statements = {
            "cells": life_tables(deals, [window], horizon, asof.observed_until),
            "attributes": attribute_distributions(rows, icp.attributes, [window], horizon),
            "scores": score_bands(deals, horizon),
            "accounts": account_clusters(deals, horizon),
            "carriers": carrier_counts(deals, icp.attributes, horizon),
            "reasons": loss_reasons(deals, visible(catalogue.raw_win_loss, asof).subquery("reasons"), horizon),
        }
        frames = {name: _frame(warehouse, statement) for name, statement in statements.items()}
    frames |= customer_tables(warehouse, catalogue, icp, asof, window, frames["cells"], mapped)
    created, watched = (int(frames["cells"][name].sum()) for name in ("n", "n_watched"))
    tables: dict[str, Any] = {name: _ordered(frame, TABLES[name]) for name, frame in frames.items()}
    return Cohort(
        window=window,
        as_of=asof.as_of,
        observed_until=asof.observed_until,
        horizon_days=horizon,
        maturity=watched / created if created else 0.0,
        **tables,
    )


def _deals(catalogue: Catalogue, icp: IcpConfig, asof: Asof, window: Window) -> sa.Select[Any]:
    """What is counted of each opportunity created in the window: its end, its score, and its account's attributes."""
    snapshot = opportunities(catalogue, asof, window).subquery("snapshot")
    keys = partial(bucket_keys, icp.attributes)
    scored = scored_opportunities(catalogue, icp, asof, snapshot, keys).subquery("scored")
    return sa.select(*(scored.c[name] for name in (*COUNTED, *map(key_name, icp.attributes))))


def first_close(warehouse: Warehouse, catalogue: Catalogue, asof: Asof) -> Any:
    """The first day on which any opportunity was closed; None when none was."""
    table = catalogue.raw_opportunities.table
    closed = sa.select(sa.func.min(table.c.closed_on).label("first_close")).where(table.c.load <= asof.last_load)
    return warehouse.read(closed).to_pylist()[0]["first_close"]


def _frame(warehouse: Warehouse, statement: sa.Select[Any]) -> pd.DataFrame:
    frame: pd.DataFrame = warehouse.read(statement).to_pandas()
    return frame


def _ordered(frame: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    return frame.sort_values([*layout.keys], kind="stable", ignore_index=True)[layout.columns]
