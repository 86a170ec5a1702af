"""Was an account rated by people who already knew how the deal had ended?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data, count_if
from icp_monitor.checks.result import CheckResult
from icp_monitor.snapshots.visible import visible


def check(data: Data) -> Iterator[CheckResult]:
    """The first rating of each attribute for the account of each ended deal."""
    if "ratings" not in data.tables:
        return
    ratings = visible(data.catalogue.named("raw_ratings"), data.asof).subquery("ratings")
    for row in data.read(rated_late(data.anchored, ratings)):
        late = row["n"] / row["total"] > data.gate.max_rated_late
        yield CheckResult(
            check="ratings",
            table_name="ratings",
            field=row["attribute"],
            status="failed" if late else "note" if row["n"] else "ok",
            message=f"{row['attribute']} was first rated after the outcome was known for {row['n']:,} of "
            f"{row['total']:,} rated deals that have ended",
            n=row["n"],
            total=row["total"],
            suggestion=f"{row['attribute']}: {{known_before: anchor}}" if row["n"] else None,
        )


def rated_late(anchored: sa.FromClause, ratings: sa.FromClause) -> sa.Select[Any]:
    """Ended deals with a rated account by attribute, and those whose first rating is not before their end."""
    first = (
        sa.select(ratings.c.account_id, ratings.c.attribute, sa.func.min(ratings.c.rated_on).label("rated_on"))
        .group_by(ratings.c.account_id, ratings.c.attribute)
        .subquery("first_ratings")
    )
    late = count_if(first.c.rated_on >= anchored.c.closed_on)
    return (
        sa.select(first.c.attribute, late.label("n"), sa.func.count().label("total"))
        .select_from(anchored.join(first, first.c.account_id == anchored.c.account_id))
        .where(anchored.c.outcome != "open")
        .group_by(first.c.attribute)
        .order_by(first.c.attribute)
    )
