"""Which version of each record is visible from a day: the newest that was known, unless it says deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Dataset
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.identities import survivors
from icp_monitor.snapshots.money import in_company_currency

ACCOUNTS = "raw_accounts"
OF_ACCOUNTS_THEMSELVES = (ACCOUNTS, "raw_account_history")


def known(rows: sa.FromClause, asof: Asof) -> sa.ColumnElement[bool]:
    """Whether a raw row may be used: its load is finished and, as-was, it was known on the day."""
    finished = rows.c.load <= asof.last_load
    if asof.knowledge == "restated":
        return finished
    return sa.and_(finished, rows.c.known_on <= asof.as_of, rows.c.valid_from <= asof.as_of)


def later_loads(dataset: Dataset, asof: Asof) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    """The dataset's rows under another name, and the condition that keeps the known ones of all loads but the first.

    Only these can supersede a row. They are few beside the first load, which holds everything, so that grouping them
    alone costs next to nothing where there was only one load. Load 1 is a first one for sure: saying so keeps its files
    out of the engine's estimates.
    """
    changes = dataset.table.alias(f"later_{dataset.name}")
    every_load = dataset.table.alias(f"every_{dataset.name}")
    first_load = sa.select(sa.func.min(every_load.c.load)).scalar_subquery()
    return changes, sa.and_(changes.c.load > 1, changes.c.load > first_load, known(changes, asof))


def visible(dataset: Dataset, asof: Asof) -> sa.Select[Any]:
    """The visible version of each key, with all columns of ``dataset``.

    Amounts are in the company's currency, and ids of merged accounts are those of the accounts that took their place.
    """
    rows = _newest(dataset, asof, ~dataset.table.c.deleted)
    is_rekeyed = asof.has_merges and "account_id" in dataset.columns and dataset.name not in OF_ACCOUNTS_THEMSELVES
    if asof.currency is None and not is_rekeyed:
        return rows
    versions = rows.subquery(f"visible_{dataset.name}")
    changed = in_company_currency(versions, asof)
    if not is_rekeyed:
        return sa.select(*(changed.get(name, versions.c[name]).label(name) for name in dataset.columns))
    merged = survivors(_merged_accounts(dataset, asof))
    changed["account_id"] = sa.func.coalesce(merged.c.survivor, versions.c.account_id)
    columns = (changed.get(name, versions.c[name]).label(name) for name in dataset.columns)
    return sa.select(*columns).select_from(versions.outerjoin(merged, merged.c.account_id == versions.c.account_id))


def tombstones(dataset: Dataset, asof: Asof) -> sa.Select[Any]:
    """The keys whose newest known version says that they are gone, with all columns of ``dataset``."""
    return _newest(dataset, asof, dataset.table.c.deleted)


def _merged_accounts(dataset: Dataset, asof: Asof) -> sa.CTE:
    """The accounts that were merged into others: account_id and merged_into."""
    accounts = replace(dataset, table=dataset.table.metadata.tables[ACCOUNTS], key=("account_id",))
    gone = tombstones(accounts, asof).cte()
    return sa.select(gone.c.account_id, gone.c.merged_into).where(gone.c.merged_into.is_not(None)).cte()


def _newest(dataset: Dataset, asof: Asof, wanted: sa.ColumnElement[bool]) -> sa.Select[Any]:
    table = dataset.table
    changes, is_later = later_loads(dataset, asof)
    key = [changes.c[name] for name in dataset.key]
    newest = (
        sa.select(*key, sa.func.max(changes.c.load).label("load")).where(is_later).group_by(*key).subquery("newest")
    )
    same_key = sa.and_(*(newest.c[name] == table.c[name] for name in dataset.key))
    is_newest = sa.func.coalesce(newest.c.load, table.c.load) == table.c.load
    return sa.select(table).select_from(table.outerjoin(newest, same_key)).where(known(table, asof), wanted, is_newest)
