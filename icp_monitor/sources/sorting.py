"""Which records of a table are good, which are set aside and why, and which only repeat another?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import RowFiles
from icp_monitor.sources.content import content_of, stored_columns
from icp_monitor.sources.engine import Engine, Expression
from icp_monitor.sources.entries import repeated_entries
from icp_monitor.sources.extract import Counts
from icp_monitor.sources.judging import MALFORMED, SOUND, Judge, judgement
from icp_monitor.sources.quarantine import CONFLICTING, Place, quarantined
from icp_monitor.sources.records import RECORD
from icp_monitor.sources.stage_events import StageEvents


@dataclass(frozen=True)
class Sorted:
    """The records of one table, sorted into Parquet files, and counted.

    ``lost_keys``: some record is malformed, so that nobody knows whose it was.
    """

    good: RowFiles
    held: Path
    quarantine: Path
    counts: Counts
    lost_keys: bool


def sort_records(engine: Engine, judge: Judge, place: Place, folder: Path) -> Sorted:
    """Judge and sort the records in the engine's table ``records``.

    A record is judged by its own values first. Of the sound ones, copies with the same values are folded into one, and
    versions of one key with different values are all set aside.
    """
    reader = judge.reader
    files = {part: folder / f"{reader.name}-{part}.parquet" for part in ("judged", "good", "held", "quarantine")}
    judged = engine.store("judged", judgement(judge), files["judged"])
    is_history = isinstance(reader, StageEvents)
    repeated = engine.keep("repeated", repeated_entries(judged) if is_history else _repeated(judged, reader.key))
    good = RowFiles((files["judged"],), tuple(column.name for column in stored_columns(judged)), SOUND)
    if _has_any(engine, repeated):
        engine.write(files["good"], _unrepeated(judged, repeated))
        good = RowFiles((files["good"],))
    engine.write(files["held"], _held(judged, repeated, reader.key[0]))
    engine.write(files["quarantine"], quarantined(judged, repeated, judge, place))
    lost_keys = _has_any(engine, judged, judged.c[MALFORMED])
    return Sorted(good, files["held"], files["quarantine"], _counts(engine, judged, repeated), lost_keys)


def _repeated(judged: sa.TableClause, key: tuple[str, ...]) -> sa.Select[Any]:
    """The sound records that can't be stored as they are: extra copies, and versions that conflict."""
    columns = [judged.c[name] for name in key]
    keys = sa.select(*columns).where(judged.c[SOUND]).group_by(*columns).having(sa.func.count() > 1).subquery("keys")
    same_key = sa.and_(*(judged.c[name] == keys.c[name] for name in key))
    content = content_of(judged)
    conflicting = sa.func.min(content).over(partition_by=columns) != sa.func.max(content).over(partition_by=columns)
    copy = sa.func.row_number().over(partition_by=columns, order_by=judged.c[RECORD])
    versions = (
        sa.select(judged.c[RECORD], conflicting.label(CONFLICTING), copy.label("copy"))
        .select_from(judged.join(keys, same_key))
        .where(judged.c[SOUND])
        .subquery("versions")
    )
    extra = sa.or_(versions.c[CONFLICTING], versions.c.copy > 1)
    return sa.select(versions.c[RECORD], versions.c[CONFLICTING]).where(extra)


def _unrepeated(judged: sa.TableClause, repeated: sa.TableClause) -> sa.Select[Any]:
    unrepeated = judged.c[RECORD].not_in(sa.select(repeated.c[RECORD]))
    return sa.select(*stored_columns(judged)).where(judged.c[SOUND], unrepeated)


def _held(judged: sa.TableClause, repeated: sa.TableClause, name: str) -> sa.Select[Any]:
    conflicts = sa.select(repeated.c[RECORD]).where(repeated.c[CONFLICTING])
    aside = sa.or_(~judged.c[SOUND], judged.c[RECORD].in_(conflicts))
    return sa.select(judged.c[name]).where(aside, judged.c[name].is_not(None)).distinct()


def _counts(engine: Engine, judged: sa.TableClause, repeated: sa.TableClause) -> Counts:
    number, conflicting = sa.func.count(), repeated.c[CONFLICTING]
    read, sound = engine.rows(sa.select(number, number.filter(judged.c[SOUND])))[0]
    conflicts, folded = engine.rows(sa.select(number.filter(conflicting), number.filter(~conflicting)))[0]
    return Counts(read, sound - conflicts - folded, read - sound + conflicts, folded)


def _has_any(engine: Engine, records: sa.TableClause, *conditions: Expression) -> bool:
    return bool(engine.rows(sa.select(records.c[RECORD]).where(*conditions).limit(1)))
