"""How accounts were before: whole versions, or single fields that changed, as the source itself recorded them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import RowFiles
from icp_monitor.config.canonical import REQUIRED_COLUMNS
from icp_monitor.config.mapped import Column, MappedTable
from icp_monitor.config.matching import AnyAttribute
from icp_monitor.sources.accounts import attribute_rules, attribute_value
from icp_monitor.sources.cells import Cells, Row
from icp_monitor.sources.engine import Engine, Expression
from icp_monitor.sources.judging import DELETED
from icp_monitor.sources.lists import FirstKnown, LastKnown
from icp_monitor.sources.rules import EARLIEST_DAY, Rule, day_rules, key_rules, missing

FIELD, VALUE, OLD_VALUE = "field", "value", "old_value"


@dataclass(frozen=True)
class AccountHistory:
    """Past versions of accounts with those of the ``attributes`` that are ``told``.

    ``fields`` are the source's names of the attributes where it records single changes: then a record says what one
    field was and became, and no attribute else.
    """

    attributes: tuple[AnyAttribute, ...]
    told: tuple[AnyAttribute, ...]
    formats: tuple[str, ...]
    last_day: date
    fields: dict[str, str] | None

    name = "account_history"
    required = REQUIRED_COLUMNS["account_history"]

    @property
    def is_partial(self) -> bool:
        """Whether it takes the accounts as they are now to make whole versions."""
        return self.fields is not None or self.told != self.attributes

    @property
    def key(self) -> tuple[str, ...]:
        """A moment; of single changes several fields may share it."""
        return ("account_id", "changed_at") if self.fields is None else ("account_id", "changed_at", FIELD)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are read."""
        own = tuple(attribute.id for attribute in self.told)
        if self.fields is None:
            return ("account_id", "changed_on", *own, DELETED)
        return ("account_id", "changed_on", FIELD, *own, *map(before, own), DELETED)

    @property
    def sets(self) -> frozenset[str]:
        """The attributes that hold several values at once."""
        sets = [attribute.id for attribute in self.told if attribute.type == "set"]
        return frozenset((*sets, *map(before, sets)))

    def values(self, cells: Cells) -> dict[str, Expression]:
        """Of single changes only the attribute that changed says anything."""
        named = {"account_id": cells.text("account_id"), "changed_on": cells.day("changed_on")}
        if self.fields is None:
            return {**named, **{item.id: attribute_value(cells, item, item.id) for item in self.told}}
        field = cells.text(FIELD)
        changed = {
            name: sa.case(
                (sa.func.lower(field) == self.fields.get(item.id, "").lower(), attribute_value(cells, item, name))
            )
            for item in self.told
            for name in (item.id, before(item.id))
        }
        return {**named, FIELD: field, **changed}

    def rules(self, row: Row) -> list[Rule]:
        """The account and the day are needed; a value that can't be read is missing."""
        own = () if self.fields is not None else self.told
        return [
            *key_rules(row, "account_id"),
            missing(row, "missing date", "changed_on", "fill in the day of the change"),
            *day_rules(row, "changed_on", self.last_day, self.formats),
            *(rule for item in own for rule in attribute_rules(row, item)),
        ]

    def columns(self, row: Row) -> dict[str, Expression]:
        """``changed_at`` is the moment as it is written, which orders the changes of a day."""
        names = [name for name in self.names if name != DELETED]
        kept = {name: row[name] for name in names}
        return {**kept, "changed_at": row.text("changed_on"), "fact_on": row["changed_on"]}


def before(attribute: str) -> str:
    """The column that holds what an attribute was before it changed."""
    return f"old {attribute}"


def history_table(history: MappedTable, accounts: MappedTable, attributes: Sequence[AnyAttribute]) -> MappedTable:
    """The mapping of a history that is mapped like the accounts, because it names no attribute of its own.

    Where single changes are recorded, one column holds the values of all attributes, each read by its own options.
    """
    mapped = {item.id: accounts.columns[item.id] for item in attributes if item.id in accounts.columns}
    columns: dict[str, Column] = dict(history.columns)
    if FIELD in history.columns:
        for name, place in ((VALUE, str), (OLD_VALUE, before)):
            source = history.columns.get(name)
            columns |= {place(key): _from(column, source) for key, column in mapped.items() if source is not None}
    elif not any(item.id in history.columns for item in attributes):
        columns = {**mapped, **columns}
    return history.model_copy(update={"columns": columns})


def fields_of(history: MappedTable, accounts: MappedTable, attributes: Sequence[AnyAttribute]) -> dict[str, str] | None:
    """The source's name of each attribute where single changes are recorded; None where whole versions are."""
    if FIELD not in history.columns:
        return None
    mapped = ((item.id, accounts.columns.get(item.id)) for item in attributes)
    return {name: column.column for name, column in mapped if column is not None and column.column is not None}


def complete_history(engine: Engine, reader: AccountHistory, good: RowFiles, folder: Path) -> RowFiles:
    """The good records as complete versions of accounts, one for each day on which it changed, in a file in ``folder``.

    What no record tells of an attribute before its first change is what it was changed from; what never changed, or is
    never told, is as the accounts of the same reading have it. Single changes of accounts that were not read are left
    to the accounts.
    """
    records = sa.table(
        "history", *(sa.column(name) for name in (*reader.key, *_values(reader), "changed_on", "fact_on"))
    )
    engine.offer_rows("history", good)
    whole = _last_of_day(records, reader) if reader.fields is None else _filled(records, reader)
    versions = whole.subquery("versions")
    attributes = [versions.c[item.id] for item in reader.attributes]
    rows = sa.select(
        versions.c.account_id,
        versions.c.changed_on,
        *attributes,
        sa.literal(False, sa.Boolean).label(DELETED),
        versions.c.changed_on.label("fact_on"),
    )
    path = folder / f"{reader.name}-versions.parquet"
    engine.write(path, rows)
    return RowFiles((path,))


def _accounts(reader: AccountHistory) -> sa.TableClause:
    return sa.table("raw_accounts", sa.column("account_id"), *(sa.column(item.id) for item in reader.attributes))


def _values(reader: AccountHistory) -> list[str]:
    own = [item.id for item in reader.told]
    return own if reader.fields is None else [*own, *map(before, own)]


def _last_of_day(records: sa.TableClause, reader: AccountHistory) -> sa.Select[Any]:
    by = [records.c.account_id, records.c.changed_on]
    newest = sa.func.row_number().over(partition_by=by, order_by=records.c.changed_at.desc()).label("newest")
    ranked = sa.select(*by, *(records.c[item.id] for item in reader.told), newest).subquery("ranked")
    columns = [ranked.c.account_id, ranked.c.changed_on]
    if not reader.is_partial:
        return sa.select(*columns, *(ranked.c[item.id] for item in reader.attributes)).where(ranked.c.newest == 1)
    accounts = _accounts(reader)
    told = {item.id for item in reader.told}
    values = ((ranked if item.id in told else accounts).c[item.id] for item in reader.attributes)
    return (
        sa.select(*columns, *values)
        .select_from(ranked.outerjoin(accounts, accounts.c.account_id == ranked.c.account_id))
        .where(ranked.c.newest == 1)
    )


def _filled(records: sa.TableClause, reader: AccountHistory) -> sa.Select[Any]:
    """Lists of one value tell a change to nothing from no change."""
    fields = reader.fields or {}
    accounts = _accounts(reader)
    days = _changes_by_day(records, reader, fields).subquery("days")
    order = [days.c.account_id, days.c.changed_on]
    filled: list[Expression] = []
    told = {item.id for item in reader.told}
    for item in reader.attributes:
        if item.id not in told:
            filled.append(accounts.c[item.id])
            continue
        last, first = LastKnown(days.c[item.id]), FirstKnown(days.c[before(item.id)])
        since = sa.Over(last, partition_by=order[0], order_by=order[1], rows=(None, 0))
        until = sa.Over(first, partition_by=order[0], order_by=order[1], rows=(1, None))
        now = sa.func.list_value(accounts.c[item.id])
        filled.append(sa.func.list_extract(sa.func.coalesce(since, until, now), 1).label(item.id))
    return sa.select(*order, *filled).join_from(days, accounts, accounts.c.account_id == days.c.account_id)


def _changes_by_day(records: sa.TableClause, reader: AccountHistory, fields: dict[str, str]) -> sa.CompoundSelect[Any]:
    """What each attribute became on a day and what it was before, as lists; and a day before all of them."""
    columns = []
    for item in reader.told:
        is_changed = sa.func.lower(records.c[FIELD]) == fields.get(item.id, "").lower()
        became, was = records.c[item.id], records.c[before(item.id)]
        last = sa.func.arg_max(sa.func.list_value(became), records.c.changed_at).filter(is_changed)
        first = sa.func.arg_min(sa.func.list_value(was), records.c.changed_at).filter(is_changed)
        columns += [last.label(item.id), first.label(before(item.id))]
    by = [records.c.account_id, records.c.changed_on]
    changes = sa.select(*by, *columns).group_by(*by)
    nothing = [sa.null().label(column.name) for column in columns]
    start = sa.select(records.c.account_id, sa.literal(EARLIEST_DAY, sa.Date).label("changed_on"), *nothing).distinct()
    return sa.union_all(changes, start)


def _from(column: Column, source: Column) -> Column:
    return column.model_copy(update={"column": source.column, "constant": source.constant})
