"""The statement that reads a table's records: typed values, and what is wrong with each record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.mapped import MappedTable
from icp_monitor.sources import values
from icp_monitor.sources.cells import Cells, Row
from icp_monitor.sources.engine import Expression
from icp_monitor.sources.lists import MEMBER, where
from icp_monitor.sources.records import DETAIL, FAULT, RECORD
from icp_monitor.sources.rules import EARLIEST_DAY, Rule, TableReader

DELETED = "deleted"
SOUND, MALFORMED, CHARGES = "record:sound", "record:malformed", "record:charges"
_MALFORMED_CURE = "give the record as many fields as the header has, and double the quotes inside quoted values"


@dataclass(frozen=True)
class Judge:
    """A table's reader, how the table is mapped, and the time zone of moments that are written without one."""

    reader: TableReader
    table: MappedTable
    moments: str | None = None


def judgement(judge: Judge) -> sa.Select[Any]:
    """A row for each record: the columns to store, whether it is ``SOUND``, and its ``CHARGES``.

    A charge is a list of reason, column, value and cure. A record without a fatal one is sound. Only what is told
    about a record stands in columns with a colon in their names.
    """
    reader, table = judge.reader, judge.table
    cells = Cells(table, reader.names, reader.sets, judge.moments)
    typed = cells.read({**reader.values(cells), DELETED: _is_deleted(cells)})
    is_refused = _any_broken(rule for rule in _rules(typed, judge) if rule.fatal)
    row = typed.extended({SOUND: ~sa.or_(typed.is_malformed, is_refused)})
    stored = {**_without_deleted(row, reader), DELETED: row[DELETED]}
    return sa.select(
        row[RECORD],
        row.is_malformed.label(MALFORMED),
        row[SOUND],
        _charges(row, judge).label(CHARGES),
        *(value.label(name) for name, value in stored.items()),
    )


def _is_deleted(cells: Cells) -> Expression:
    """What was merged into another record is gone too."""
    flag = sa.func.coalesce(cells.flag(DELETED), sa.false())
    return sa.or_(flag, ~cells.is_missing("merged_into")) if "merged_into" in cells.names else flag


def _rules(row: Row, judge: Judge) -> list[Rule]:
    rules = (_unless_deleted(row, judge.reader, rule) for rule in judge.reader.rules(row))
    return [*rules, *_flag_rules(row, judge.table)]


def _flag_rules(row: Row, table: MappedTable) -> list[Rule]:
    if DELETED not in table.columns:
        return []
    unclear = sa.and_(row.given(DELETED), values.as_flag(row.text(DELETED)).is_(None))
    return [Rule("unclear deletion mark", DELETED, unclear, "write true or false, or rename it under values")]


def _unless_deleted(row: Row, reader: TableReader, rule: Rule) -> Rule:
    """Of a record that is gone nothing matters but whose it was."""
    return rule if rule.column in reader.key else replace(rule, broken=sa.and_(~row[DELETED], rule.broken))


def _without_deleted(row: Row, reader: TableReader) -> dict[str, Expression]:
    """A record that is gone may tell nothing but its key; without a day it counts as gone since ever."""
    kept, columns = (*reader.key, "merged_into"), reader.columns(row)
    gone_on = sa.case((row[DELETED], sa.func.coalesce(columns["fact_on"], EARLIEST_DAY)), else_=columns["fact_on"])
    stored = {name: value if name in kept else sa.case((~row[DELETED], value)) for name, value in columns.items()}
    return {**stored, "fact_on": gone_on}


def _charges(row: Row, judge: Judge) -> Expression:
    """Built only for the few records that are charged with anything: a list for each record would take longer."""
    rules = _rules(row, judge)
    malformed = sa.func.list_value(row[FAULT], sa.null(), row[DETAIL], _MALFORMED_CURE)
    broken = [sa.case((rule.broken, _charge(row, rule, judge.table))) for rule in rules]
    is_charged = sa.or_(~row[SOUND], _any_broken(rule for rule in rules if not rule.fatal))
    return sa.case(
        (row.is_malformed, sa.func.list_value(malformed)),
        (is_charged, where(sa.func.list_value(*broken), MEMBER.is_not(None))),
    )


def _charge(row: Row, rule: Rule, table: MappedTable) -> Expression:
    mapped = table.columns[rule.column].column if rule.column in table.columns else None
    return sa.func.list_value(rule.reason, mapped or rule.column, sa.func.nullif(row.raw(rule.column), ""), rule.cure)


def _any_broken(rules: Iterable[Rule]) -> Expression:
    return sa.func.coalesce(sa.or_(sa.false(), *(rule.broken for rule in rules)), sa.false())
