"""What is told about the records that were set aside: which, why, and how to put them right."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from icp_monitor.sources.engine import Expression, Statement
from icp_monitor.sources.judging import CHARGES, Judge
from icp_monitor.sources.records import RECORD

CONFLICTING = "record:conflicting"
_CONFLICT = "conflicting duplicate"
_CONFLICT_CURE = "keep the record that holds, or make the id unique: nothing says which one is right"
_LONGEST = 80
_ESCAPES = {"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\0": r"\0"}
_TOLD = ("record", "record_id", "reason", "column_name", "value", "cure")


@dataclass(frozen=True)
class Place:
    """Where the records are from: the source, and what it calls the table (or the file's name)."""

    source: str
    name: str


def quarantined(judged: sa.TableClause, repeated: sa.TableClause, judge: Judge, place: Place) -> Statement:
    """A row for each charge, in the order of the file, with the columns of the catalogue's quarantine but ``load``."""
    told = sa.union_all(_charged(judged, judge), _conflicts(judged, repeated, judge)).subquery("told")
    written = {name: printable(told.c[name]) for name in ("value", "record_id")}
    columns = {name: told.c[name] for name in _TOLD} | written
    places = {"source": place.source, "table_name": f"raw_{judge.reader.name}", "file": place.name}
    literals = (sa.literal(value, sa.Text).label(name) for name, value in places.items())
    return sa.select(*literals, *(value.label(name) for name, value in columns.items())).order_by(
        "record", "reason", "column_name"
    )


def printable(text: Expression) -> Expression:
    """At most 80 characters, with nothing in them that a terminal would act on."""
    for character, written in _ESCAPES.items():
        text = sa.func.replace(text, sa.func.chr(ord(character)), written)
    text = sa.func.regexp_replace(text, r"\p{C}", "\ufffd", "g")
    return sa.case(
        (sa.func.length(text) > _LONGEST, sa.func.left(text, _LONGEST - 1, type_=sa.Text).concat("…")), else_=text
    )


def _charged(judged: sa.TableClause, judge: Judge) -> Statement:
    key = judged.c[judge.reader.key[0]].label("record_id")
    charges = sa.select(judged.c[RECORD], key, sa.func.unnest(judged.c[CHARGES]).label("charge")).subquery("charges")
    said = (
        sa.func.list_extract(charges.c.charge, place, type_=sa.Text).label(name)
        for place, name in enumerate(_TOLD[2:], start=1)
    )
    return sa.select(charges.c[RECORD].label("record"), charges.c.record_id, *said)


def _conflicts(judged: sa.TableClause, repeated: sa.TableClause, judge: Judge) -> Statement:
    name = judge.reader.key[0]
    said = (judged.c[name], _CONFLICT, judge.table.columns[name].column or name, judged.c[name], _CONFLICT_CURE)
    told = (sa.literal(item, sa.Text) if isinstance(item, str) else item for item in said)
    conflicting = sa.select(repeated.c[RECORD]).where(repeated.c[CONFLICTING])
    return sa.select(judged.c[RECORD], *told).where(judged.c[RECORD].in_(conflicting))
