"""What an extract says that was not known before: changed rows and tombstones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import LOAD, Dataset
from icp_monitor.catalogue.dataset import CLOCKS


@dataclass(frozen=True)
class Pull:
    """One pull of one source: the load's number, its business date, and the last load before it.

    In the ``first`` load of a source history is assumed: each fact counts as known since it was true.
    """

    source: str
    load: int
    known_on: date
    first: bool
    last_load: int


def staged(raw: Dataset) -> Dataset:
    """Where an extract waits, fully typed, to be compared with what is stored in ``raw``."""
    facts = [sa.Column(column.name, column.type) for column in raw.table.columns if column.name not in CLOCKS]
    table = sa.Table(
        f"staged_{raw.name.removeprefix('raw_')}",
        sa.MetaData(),
        sa.Column("load", sa.BigInteger, nullable=False),
        sa.Column("fact_on", sa.Date, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        *facts,
    )
    return Dataset(table, LOAD, raw.key, "pull", f"The extract that is being compared with {raw.name}.")


def staged_held(raw: Dataset) -> Dataset:
    """Where the ids wait whose records were seen but could not be read, so that they are not taken for deleted."""
    table = sa.Table(
        f"held_{raw.name.removeprefix('raw_')}",
        sa.MetaData(),
        sa.Column("load", sa.BigInteger, nullable=False),
        sa.Column(raw.key[0], sa.Text, nullable=False),
    )
    return Dataset(table, LOAD, (raw.key[0],), "pull", f"Ids of {raw.name} that are in quarantine.")


def current(raw: Dataset, last_load: int) -> sa.Subquery:
    """The newest version of every key as of ``last_load``; of a deleted key, its tombstone."""
    table = raw.table
    newest = (
        sa.select(*(table.c[key] for key in raw.key), sa.func.max(table.c.load).label("load"))
        .where(table.c.load <= last_load)
        .group_by(*(table.c[key] for key in raw.key))
        .subquery("newest")
    )
    matches = sa.and_(newest.c.load == table.c.load, _same(raw.key, newest, table))
    return sa.select(table).join(newest, matches).subquery("current")


def changes(raw: Dataset, extract: sa.FromClause, held: sa.FromClause, pull: Pull, full: bool) -> sa.SelectBase:
    """The rows that the load adds: new or different records, and a tombstone for each key a full extract lacks.

    A key whose record is in quarantine (``held``) keeps what was known of it. A record that says itself that it was
    deleted is a tombstone too; of one that was never known only a merge is news.
    """
    before = current(raw, pull.last_load)
    fresh = _changed_rows(raw, extract, pull, before)
    if not full:
        return fresh
    return sa.union_all(fresh, _tombstones(raw, extract, held, pull, before))


def missing_keys(raw: Dataset, extract: sa.FromClause, held: sa.FromClause, pull: Pull) -> sa.Select[Any]:
    """One row: the keys ``known`` before, and how many of them the extract is ``missing``."""
    before = current(raw, pull.last_load)
    missing = sa.case((_absent(raw, extract, held, before), 1), else_=0)
    columns: list[sa.ColumnElement[Any]] = [
        sa.func.count().label("known"),
        sa.cast(sa.func.coalesce(sa.func.sum(missing), 0), sa.BigInteger).label("missing"),
    ]
    return sa.select(*columns).select_from(before).where(~before.c.deleted)


def _changed_rows(raw: Dataset, new: sa.FromClause, pull: Pull, before: sa.Subquery) -> sa.Select[Any]:
    since = new.c.fact_on if pull.first else sa.literal(pull.known_on, sa.Date)
    values = {**_stamp(pull, deleted=False), "known_on": since, "valid_from": since, "deleted": new.c.deleted}
    is_news = sa.or_(~new.c.deleted, new.c.merged_into.is_not(None)) if "merged_into" in new.c else ~new.c.deleted
    told = [name for name in raw.columns if name not in (*CLOCKS, *raw.key)]
    differs = sa.or_(*(before.c[name].is_distinct_from(new.c[name]) for name in ("deleted", *told)))
    different = sa.case((before.c[raw.key[0]].is_(None), is_news), else_=differs)
    return (
        sa.select(*((values[name] if name in values else new.c[name]).label(name) for name in raw.columns))
        .select_from(new.outerjoin(before, _same(raw.key, before, new)))
        .where(different)
    )


def _tombstones(
    raw: Dataset, extract: sa.FromClause, held: sa.FromClause, pull: Pull, before: sa.Subquery
) -> sa.Select[Any]:
    values: dict[str, sa.ColumnElement[Any]] = {column.name: sa.cast(sa.null(), column.type) for column in raw.table.c}
    values |= _stamp(pull, deleted=True) | {key: before.c[key] for key in raw.key}
    gone = sa.select(*(values[name].label(name) for name in raw.columns)).select_from(before)
    return gone.where(~before.c.deleted, _absent(raw, extract, held, before))


def _absent(raw: Dataset, extract: sa.FromClause, held: sa.FromClause, before: sa.Subquery) -> sa.ColumnElement[bool]:
    seen = sa.exists().where(_same(raw.key, before, extract))
    unread = sa.exists().where(_same(raw.key[:1], before, held))
    return sa.and_(~seen, ~unread)


def _stamp(pull: Pull, deleted: bool) -> dict[str, sa.ColumnElement[Any]]:
    return {
        "load": sa.literal(pull.load, sa.BigInteger),
        "source": sa.literal(pull.source, sa.Text),
        "known_on": sa.literal(pull.known_on, sa.Date),
        "assumed": sa.literal(pull.first, sa.Boolean),
        "valid_from": sa.literal(pull.known_on, sa.Date),
        "deleted": sa.literal(deleted, sa.Boolean),
    }


def _same(key: Sequence[str], left: sa.FromClause, right: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(*(left.c[name] == right.c[name] for name in key))
