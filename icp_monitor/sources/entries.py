"""Which records of a deal's history tell that it entered a stage, and which only that something else changed in it?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from icp_monitor.sources.engine import Engine
from icp_monitor.sources.judging import DELETED, content_hash
from icp_monitor.sources.sorting import Sorted
from icp_monitor.sources.stage_events import ENTERED_AT, StageEvents

_STORED = ("amount_minor", "entered_on", "opportunity_id", "outcome", "stage")


def keep_entries(engine: Engine, sorted_records: Sorted) -> Sorted:
    """Rewrite the sorted records without those whose deal was in the stage already; they count as folded.

    A CRM that records the amount with the stage adds a record for each change of either. A stage that is entered
    several times on one day is kept as it was entered first.
    """
    columns = (*_STORED, ENTERED_AT, DELETED, "fact_on", "row_hash")
    records = sa.table("history", *(sa.column(name) for name in columns))
    engine.offer_file("history", sorted_records.good)
    kept = engine.keep("entries", _entries(records))
    engine.drop("history")
    engine.write(sorted_records.good, sa.select(*kept.c))
    counts = sorted_records.counts
    [(good,)] = engine.rows(sa.select(sa.func.count()).select_from(kept))
    return replace(sorted_records, counts=replace(counts, good=good, folded=counts.folded + counts.good - good))


def _entries(records: sa.TableClause) -> sa.Select[Any]:
    before = _stage_before(records).subquery("before")
    same_moment = [records.c[name] == before.c[name] for name in ("opportunity_id", "entered_on", ENTERED_AT)]
    repeats = sa.and_(before.c.first == records.c.stage, before.c.last == records.c.stage, ~records.c.deleted)
    key = [records.c[name] for name in StageEvents.stored_key]
    copy = sa.func.row_number().over(partition_by=key, order_by=records.c[ENTERED_AT]).label("copy")
    ranked = (
        sa.select(*records.c, copy)
        .select_from(records.join(before, sa.and_(*same_moment)))
        .where(~sa.func.coalesce(repeats, sa.false()))
        .subquery("ranked")
    )
    content = content_hash([ranked.c[name] for name in _STORED])
    told = [ranked.c[name] for name in (*_STORED, DELETED, "fact_on")]
    row_hash = sa.case((ranked.c.deleted, ranked.c.row_hash), else_=content).label("row_hash")
    return sa.select(*told, row_hash).where(ranked.c.copy == 1)


def _stage_before(records: sa.TableClause) -> sa.Select[Any]:
    """Each moment of a deal with the first and the last stage, by name, of the moment before; they may differ."""
    by = [records.c[name] for name in ("opportunity_id", "entered_on", ENTERED_AT)]
    stages = (sa.func.min(records.c.stage).label("first"), sa.func.max(records.c.stage).label("last"))
    moments = sa.select(*by, *stages).group_by(*by).subquery("moments")
    deal, order = moments.c.opportunity_id, [moments.c.entered_on, moments.c[ENTERED_AT]]
    before = (
        sa.func.lag(moments.c[name]).over(partition_by=deal, order_by=order).label(name) for name in ("first", "last")
    )
    return sa.select(deal, *order, *before)
