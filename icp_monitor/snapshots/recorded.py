"""Versions of accounts as the source itself recorded them, with those that were pulled since."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.visible import known, visible

ALWAYS = date.min
NEVER = date.max
BEFORE_ALL_CHANGES = date(1900, 1, 1)  # what the source says of the time before the first change that it recorded


def with_history(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    """The accounts of which the source recorded past versions: account_id."""
    history = visible(catalogue.raw_account_history, asof).cte()
    return sa.select(history.c.account_id).distinct()


def recorded_versions(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    """Every known version of the accounts with a history of their own, with the days for which it is the one to use.

    Columns: those of ``raw_accounts``, ``starts_on``, ``ends_before`` and ``known_from``, as those of
    `icp_monitor.snapshots.accounts.account_versions`. The first pull's row, of which only the values are known and not
    since when, gives way to the history; later pulls go on from it. The first version stands in for the time before it.
    """
    steps = _steps(catalogue, asof).cte()
    order = [steps.c.starts_on, steps.c.is_pulled, steps.c.load]
    previous = sa.func.lag(steps.c.starts_on).over(partition_by=steps.c.account_id, order_by=order)
    following = sa.func.lead(steps.c.starts_on).over(partition_by=steps.c.account_id, order_by=order)
    facts = [steps.c[name] for name in catalogue.raw_accounts.columns]
    spans = sa.select(
        *facts,
        sa.case((previous.is_(None), ALWAYS), else_=steps.c.starts_on).label("starts_on"),
        sa.func.coalesce(following, sa.literal(NEVER, sa.Date)).label("ends_before"),
        sa.case((steps.c.starts_on == BEFORE_ALL_CHANGES, ALWAYS), else_=steps.c.starts_on).label("known_from"),
    ).cte()
    return sa.select(spans).where(~spans.c.deleted)


def _steps(catalogue: Catalogue, asof: Asof) -> sa.CompoundSelect[Any]:
    """The versions of both kinds, one after the other; tombstones among them."""
    history = visible(catalogue.raw_account_history, asof).cte()
    own: dict[str, sa.ColumnElement[Any]] = {"valid_from": history.c.changed_on}
    accounts = catalogue.raw_accounts.table.c
    told = [
        own.get(column.name, history.c[column.name] if column.name in history.c else sa.cast(sa.null(), column.type))
        for column in accounts
    ]
    recorded = sa.select(
        *(value.label(column.name) for value, column in zip(told, accounts, strict=True)),
        history.c.changed_on.label("starts_on"),
        sa.literal(0, sa.Integer).label("is_pulled"),
    )
    pulled = catalogue.raw_accounts.table.alias("pulled")
    later = sa.select(*pulled.c, pulled.c.valid_from.label("starts_on"), sa.literal(1, sa.Integer)).where(
        known(pulled, asof),
        sa.or_(~pulled.c.assumed, pulled.c.deleted),
        pulled.c.account_id.in_(with_history(catalogue, asof)),
    )
    return sa.union_all(recorded, later)
