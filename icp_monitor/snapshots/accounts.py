"""What was known of each account: on a day, and from when to when each version of it held."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.catalogue.dataset import CLOCKS
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.fills import filled_versions
from icp_monitor.snapshots.recorded import ALWAYS, NEVER, recorded_versions, with_history
from icp_monitor.snapshots.visible import known, later_loads, visible


def accounts(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    """The visible version of each account that existed before the day, with all columns of ``raw_accounts``.

    Its attributes are those of the day, where anything tells how they were: the source's own history, detections of
    technologies, ratings.
    """
    versions = visible(catalogue.raw_accounts, asof).subquery("known_accounts")
    created_on = versions.c.created_on
    existing = sa.or_(created_on.is_(None), created_on < asof.as_of)
    if not asof.has_account_history and not asof.fills:
        return sa.select(versions).where(existing)
    then = account_versions(catalogue, asof).cte()
    attributes = set(catalogue.raw_account_history.columns) - set(CLOCKS) - {"account_id", "changed_on"}
    is_told = then.c.account_id.is_not(None)
    columns = (
        sa.case((is_told, then.c[name]), else_=versions.c[name]).label(name) if name in attributes else versions.c[name]
        for name in catalogue.raw_accounts.columns
    )
    holds = sa.and_(
        then.c.account_id == versions.c.account_id,
        then.c.starts_on < asof.as_of,
        asof.as_of <= then.c.ends_before,
    )
    return sa.select(*columns).select_from(versions.outerjoin(then, holds)).where(existing)


def account_versions(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    """Every known version of every account, with the days for which it is the one to use.

    Beside the columns of ``raw_accounts``: the version holds from ``starts_on`` up to, and without, ``ends_before``.
    The first version also stands in for the time before it was valid; it is known from ``known_from`` only. Where the
    source didn't say when the account was created, that is the second load: by then its values had been read.
    Deleted accounts leave a gap. Past versions come from the source's own history where it has one, then from the
    pulls; attributes that other tables tell are theirs.
    """
    return filled_versions(catalogue, asof, _versions(catalogue, asof))


def _versions(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    if not asof.has_account_history:
        return _pulled_versions(catalogue, asof)
    pulled = _pulled_versions(catalogue, asof).cte()
    recorded = recorded_versions(catalogue, asof).cte()
    others = sa.select(pulled).where(pulled.c.account_id.not_in(with_history(catalogue, asof)))
    both = sa.union_all(others, sa.select(recorded)).cte()
    return sa.select(both)


def _pulled_versions(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    versions, never = catalogue.raw_accounts.table, sa.literal(NEVER, sa.Date)
    spans = _spans(catalogue, asof).subquery("spans")
    is_first = sa.func.coalesce(spans.c.is_first, sa.true())
    undated = sa.and_(versions.c.assumed, versions.c.created_on.is_(None))
    changes, is_later = later_loads(catalogue.raw_accounts, asof)
    second_load = sa.select(sa.func.min(changes.c.valid_from)).where(is_later).scalar_subquery()
    same_version = sa.and_(spans.c.account_id == versions.c.account_id, spans.c.load == versions.c.load)
    return (
        sa.select(
            versions,
            sa.case((is_first, ALWAYS), else_=versions.c.valid_from).label("starts_on"),
            sa.func.coalesce(spans.c.ends_before, never).label("ends_before"),
            sa.case((undated, sa.func.coalesce(second_load, never)), else_=versions.c.valid_from).label("known_from"),
        )
        .select_from(versions.outerjoin(spans, same_version))
        .where(known(versions, asof), ~versions.c.deleted)
    )


def _spans(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    """Order and end of the versions of those accounts that may have more than one."""
    changes, is_later = later_loads(catalogue.raw_accounts, asof)
    changed = sa.select(changes.c.account_id).where(is_later)
    versions = catalogue.raw_accounts.table.alias("changed_accounts")
    account, load = versions.c.account_id, versions.c.load
    previous = sa.func.lag(load).over(partition_by=account, order_by=load)
    next_from = sa.func.min(versions.c.valid_from).over(partition_by=account, order_by=load, rows=(1, None))
    rows: sa.Select[Any] = sa.select(
        account, load, previous.is_(None).label("is_first"), next_from.label("ends_before")
    )
    return rows.where(known(versions, asof), versions.c.account_id.in_(changed))
