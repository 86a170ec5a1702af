"""What was known of an opportunity's account on the day on which the opportunity was created, its anchor date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.snapshots.accounts import account_versions
from icp_monitor.snapshots.asof import Asof

VERSION = ("account_id", "starts_on", "ends_before", "known_from")
Facts = Callable[[sa.FromClause], Sequence[sa.ColumnElement[Any]]]  # the columns that are wanted of account versions


def at_anchor(deals: sa.FromClause, versions: sa.FromClause) -> sa.FromClause:
    """Joins to each deal the version of its account that holds on the anchor date; NULLs where there is none."""
    anchor_on = deals.c.created_on
    holds = sa.and_(
        versions.c.account_id == deals.c.account_id,
        versions.c.starts_on <= anchor_on,
        anchor_on < versions.c.ends_before,
    )
    return deals.outerjoin(versions, holds)


def anchor_known(deals: sa.FromClause, versions: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether the version was known to hold on the anchor date, and does not merely stand in."""
    return sa.func.coalesce(versions.c.known_from <= deals.c.created_on, sa.false())


def accounts_at_anchor(
    catalogue: Catalogue,
    icp: IcpConfig,
    asof: Asof,
    deals: sa.FromClause,
    facts: Facts | None = None,
    keep: Sequence[str] = ("outcome", "age_days"),
) -> sa.Select[Any]:
    """The account of each of ``deals`` (a snapshot of opportunities), as it was on the anchor date.

    Columns: opportunity_id, anchor_on, anchor_known, those of the deals to ``keep``, and the ``facts``: by default the
    profile's attributes.
    """
    every = account_versions(catalogue, asof).subquery("every_version")
    wanted = facts(every) if facts else [every.c[attribute.id] for attribute in icp.attributes]
    names = [str(column.key) for column in wanted]
    versions = sa.select(*(every.c[name] for name in VERSION), *wanted).subquery("versions")
    return sa.select(
        deals.c.opportunity_id,
        deals.c.created_on.label("anchor_on"),
        anchor_known(deals, versions).label("anchor_known"),
        *(deals.c[name] for name in keep),
        *(versions.c[name] for name in names),
    ).select_from(at_anchor(deals, versions))
