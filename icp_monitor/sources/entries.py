"""Which records of a deal's history tell that it entered a stage, and which only that something else changed in it?"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.sources.content import content_of
from icp_monitor.sources.judging import DELETED, SOUND
from icp_monitor.sources.quarantine import CONFLICTING
from icp_monitor.sources.records import RECORD
from icp_monitor.sources.stage_events import MOMENT


def repeated_entries(judged: sa.TableClause) -> sa.Select[Any]:
    """The sound records that can't be stored as entries: those whose deal was in the stage already, and conflicts.

    A CRM that records the amount with the stage adds a record for each change of either. Of several entries into a
    stage on one day the first is kept; records of one moment that differ are all set aside. What the order was within
    a day is only known where moments are given.
    """
    history = _after_what(judged, _with_a_stage_twice(judged)).subquery("history")
    is_repeat = sa.and_(history.c.first == history.c.stage, history.c.last == history.c.stage, ~history.c[DELETED])
    repeat = sa.func.coalesce(is_repeat, sa.false()).label("repeat")
    rows = sa.select(*history.c, repeat).subquery("rows")
    day = [rows.c.opportunity_id, rows.c.entered_on, rows.c.stage, rows.c.repeat]
    moment, content = [*day, rows.c[MOMENT]], rows.c.content
    differs = sa.func.min(content).over(partition_by=moment) != sa.func.max(content).over(partition_by=moment)
    conflicting = sa.and_(~rows.c.repeat, differs).label(CONFLICTING)
    copy = sa.func.row_number().over(partition_by=day, order_by=[rows.c[MOMENT], rows.c[RECORD]]).label("copy")
    found = sa.select(rows.c[RECORD], rows.c.repeat, conflicting, copy).subquery("found")
    extra = sa.or_(found.c.repeat, found.c[CONFLICTING], found.c.copy > 1)
    return sa.select(found.c[RECORD], found.c[CONFLICTING]).where(extra)


def _with_a_stage_twice(judged: sa.TableClause) -> sa.Select[Any]:
    """The few deals that there is anything to look for in: what follows sorts them."""
    stage = [judged.c.opportunity_id, judged.c.stage]
    twice = sa.select(*stage).where(judged.c[SOUND]).group_by(*stage).having(sa.func.count() > 1).subquery("twice")
    return sa.select(twice.c.opportunity_id)


def _after_what(judged: sa.TableClause, deals: sa.Select[Any]) -> sa.Select[Any]:
    """The history of ``deals``, and of the moment before each record the first and the last stage, by name."""
    names = (RECORD, "opportunity_id", "entered_on", "stage", MOMENT, DELETED)
    deal, stage, order = judged.c.opportunity_id, judged.c.stage, [judged.c.entered_on, judged.c[MOMENT]]
    first = sa.func.min(stage).over(partition_by=deal, order_by=order, groups=(-1, -1))
    last = sa.func.max(stage).over(partition_by=deal, order_by=order, groups=(-1, -1))
    columns = [judged.c[name] for name in names]
    found = {"content": content_of(judged), "first": first, "last": last}
    told = (value.label(name) for name, value in found.items())
    return sa.select(*columns, *told).where(judged.c[SOUND], deal.in_(deals))
