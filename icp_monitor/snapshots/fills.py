"""Attributes that no account's record holds, but detections of technologies or ratings tell: what, and since when."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.snapshots.asof import Asof, Fill
from icp_monitor.snapshots.dialects import greatest, joined, least
from icp_monitor.snapshots.recorded import ALWAYS, NEVER
from icp_monitor.snapshots.visible import visible


def filled_versions(catalogue: Catalogue, asof: Asof, versions: sa.Select[Any]) -> sa.Select[Any]:
    """``versions`` of accounts (with starts_on and ends_before), cut where a filled attribute changes.

    What was rated or detected on a day holds from that day on, until the next; before the first nothing is known of
    the attribute but what the version itself says.
    """
    for fill in asof.fills:
        rows = versions.cte()
        spans = _spans(catalogue, asof, fill).cte()
        overlap = sa.and_(
            spans.c.account_id == rows.c.account_id,
            rows.c.starts_on < spans.c.until,
            spans.c.since < rows.c.ends_before,
        )
        changed: dict[str, sa.ColumnElement[Any]] = {
            fill.attribute: sa.case((spans.c.told, spans.c.value), else_=rows.c[fill.attribute]),
            "starts_on": greatest(rows.c.starts_on, spans.c.since),
            "ends_before": least(rows.c.ends_before, spans.c.until),
        }
        columns = (changed.get(column.name, column).label(column.name) for column in rows.c)
        versions = sa.select(*columns).select_from(rows.outerjoin(spans, overlap))
    return versions


def _spans(catalogue: Catalogue, asof: Asof, fill: Fill) -> sa.Select[Any]:
    """For each account that is told of, its whole time in spans: account_id, since, until, told and value."""
    steps = (_detected(catalogue, asof) if fill.table == "technologies" else _rated(catalogue, asof, fill)).cte()
    following = sa.func.lead(steps.c.since).over(partition_by=steps.c.account_id, order_by=steps.c.since)
    told = sa.select(
        steps.c.account_id,
        steps.c.since,
        sa.func.coalesce(following, sa.literal(NEVER, sa.Date)).label("until"),
        sa.literal(True, sa.Boolean).label("told"),
        steps.c.value,
    )
    before = sa.select(
        steps.c.account_id,
        sa.literal(ALWAYS, sa.Date),
        sa.func.min(steps.c.since),
        sa.literal(False, sa.Boolean),
        sa.cast(sa.null(), steps.c.value.type),
    ).group_by(steps.c.account_id)
    both = sa.union_all(told, before).cte()
    return sa.select(both)


def _rated(catalogue: Catalogue, asof: Asof, fill: Fill) -> sa.Select[Any]:
    """The mean of all ratings that were given on a day."""
    ratings = visible(catalogue.raw_ratings, asof).cte()
    return (
        sa.select(
            ratings.c.account_id,
            ratings.c.rated_on.label("since"),
            (sa.func.sum(ratings.c.rating) / sa.cast(sa.func.count(), sa.Double)).label("value"),
        )
        .where(ratings.c.attribute == fill.attribute, ratings.c.rating.is_not(None))
        .group_by(ratings.c.account_id, ratings.c.rated_on)
    )


def _detected(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    """On each day of a detection, the set of all technologies detected by then; absence is not seen, so none leaves."""
    rows = visible(catalogue.raw_technologies, asof).cte()
    by = [rows.c.account_id, rows.c.technology]
    first = (
        sa.select(*by, sa.func.min(rows.c.detected_on).label("detected_on"))
        .where(rows.c.detected_on.is_not(None))
        .group_by(*by)
        .cte()
    )
    days = sa.select(first.c.account_id, first.c.detected_on.label("since")).distinct().cte()
    together = (
        sa.select(days.c.account_id, days.c.since, first.c.technology)
        .join_from(days, first, sa.and_(first.c.account_id == days.c.account_id, first.c.detected_on <= days.c.since))
        .order_by(days.c.account_id, days.c.since, first.c.technology)
        .cte()
    )
    members = sa.literal("|", sa.Text).concat(joined(together.c.technology)).concat("|")
    return sa.select(together.c.account_id, together.c.since, members.label("value")).group_by(
        together.c.account_id, together.c.since
    )
