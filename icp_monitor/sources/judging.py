"""The statement that reads a table's records: typed values, and what is wrong with each record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.sources import CsvTable
from icp_monitor.sources.cells import Cells, Row
from icp_monitor.sources.engine import Expression
from icp_monitor.sources.lists import MEMBER, where
from icp_monitor.sources.records import DETAIL, FAULT, RECORD
from icp_monitor.sources.rules import Rule, TableReader

SOUND, MALFORMED, CHARGES = "record:sound", "record:malformed", "record:charges"
_MALFORMED_CURE = "give the record as many fields as the header has, and double the quotes inside quoted values"
_HASH_LENGTH = 16  # 64 bits tell the versions of one key apart


def judgement(reader: TableReader, table: CsvTable) -> sa.Select[Any]:
    """A row for each record: the columns to store, whether it is ``SOUND``, and its ``CHARGES``.

    A charge is a list of reason, column, value and cure. A record without a fatal one is sound. Only what is told
    about a record stands in columns with a colon in their names.
    """
    cells = Cells(table, reader.names, reader.sets)
    row = cells.read(reader.values(cells))
    rules = reader.rules(row)
    stored = reader.columns(row)
    is_fatal = sa.or_(row.is_malformed, *(_holds(rule) for rule in rules if rule.fatal))
    judged = sa.select(
        row[RECORD],
        row.is_malformed.label(MALFORMED),
        sa.not_(is_fatal).label(SOUND),
        _charges(row, rules, table).label(CHARGES),
        *(value.label(name) for name, value in stored.items()),
    ).subquery("judged")
    content = _content([judged.c[name] for name in sorted(stored) if name != "fact_on"])
    return sa.select(judged, sa.func.left(sa.func.md5(content), _HASH_LENGTH).label("row_hash"))


def _charges(row: Row, rules: Sequence[Rule], table: CsvTable) -> Expression:
    """Built only for the few records that are charged with anything: a list for each record would take longer."""
    malformed = sa.func.list_value(row[FAULT], sa.null(), row[DETAIL], _MALFORMED_CURE)
    broken = [sa.case((_holds(rule), _charge(row, rule, table))) for rule in rules]
    is_charged = sa.or_(*(_holds(rule) for rule in rules))
    return sa.case(
        (row.is_malformed, sa.func.list_value(malformed)),
        (is_charged, where(sa.func.list_value(*broken), MEMBER.is_not(None))),
    )


def _charge(row: Row, rule: Rule, table: CsvTable) -> Expression:
    mapped = table.columns[rule.column].column if rule.column in table.columns else None
    return sa.func.list_value(rule.reason, mapped or rule.column, sa.func.nullif(row.raw(rule.column), ""), rule.cure)


def _holds(rule: Rule) -> Expression:
    return sa.func.coalesce(rule.broken, sa.false())


def _content(columns: Sequence[Expression]) -> Expression:
    """All values in one text that no other values give, since no value holds a NUL byte.

    A missing value adds nothing, so that a new attribute without values changes no row.
    """
    nul = sa.func.chr(0, type_=sa.Text)
    return sa.func.concat(*(nul.concat(f"{item.key}=").concat(sa.cast(item, sa.Text)) for item in columns))
