"""Why an account's score differs from the one before: in steps from the old score to the new one that add up.

Between two days the data, the declared weights, the version of the profile and the code may all have changed. Each
step changes one of them and scores again; what a step adds is its cause's part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from icp_monitor.scoring.contributions import points_name
from icp_monitor.scoring.retracing import BEFORE, TIER, WHOLE, Column, State, column_of
from icp_monitor.snapshots.dialects import integer_sum

NO_ATTRIBUTE = "*"  # what can't be laid on one attribute


def score_changes(rows: sa.FromClause, states: Sequence[State]) -> sa.Select[Any]:
    """Rows of the dataset ``score_changes``, without provenance, from `retraced` ``rows``.

    The millionths of an account's rows add up exactly to the difference of its two scores, where it has both. What
    can't be laid on one attribute stands under ``*``: a step of the code, and a tier that changed at the same score.
    """
    steps = _settled(_added(sa.select(*rows.c).cte("retraced"), states), states)
    parts = [*_first_part(steps, states[0]), *_later_parts(steps, states)]
    chosen = sa.union_all(
        *(
            sa.select(
                sa.literal(place, sa.Integer).label("place"),
                sa.literal(part.cause, sa.Text).label("cause"),
                sa.literal(part.attribute, sa.Text).label("attribute"),
            )
            for place, part in enumerate(parts)
        )
    ).subquery("parts")
    millionths = sa.case({place: part.millionths for place, part in enumerate(parts)}, value=chosen.c.place)
    happened = sa.case({place: part.happened for place, part in enumerate(parts)}, value=chosen.c.place)
    every = (
        sa.select(*_kept(steps), chosen.c.cause, chosen.c.attribute, millionths.label("millionths"))
        .select_from(steps.join(chosen, sa.true()))
        .where(happened)
        .cte("every_part")
    )
    keys = [*_kept(every), every.c.cause, every.c.attribute]
    return sa.select(*keys, integer_sum(every.c.millionths).label("millionths")).group_by(*keys)


@dataclass(frozen=True, eq=False)
class _Part:
    """What may become a row of the log: it does where it ``happened``."""

    cause: str
    attribute: str
    millionths: Column
    happened: Column


def _added(rows: sa.FromClause, states: Sequence[State]) -> sa.CTE:
    """For each step, what it adds to the whole and to each attribute's points, and whether it moves the tier."""
    before, now = rows.c[column_of(BEFORE, WHOLE)], _points(rows, 0, WHOLE)
    columns = [
        sa.case((before.is_not(None), now - before), else_=sa.literal(0, sa.BigInteger)).label(column_of(0, WHOLE)),
        (rows.c.previous_tier != _tier(rows, 0)).label(column_of(0, TIER)),
    ]
    for (earlier, old), (later, new) in pairwise(enumerate(states)):
        whole = _points(rows, later, WHOLE) - _points(rows, earlier, WHOLE)
        columns.append(whole.label(column_of(later, WHOLE)))
        columns.append((_tier(rows, earlier) != _tier(rows, later)).label(column_of(later, TIER)))
        for name in _scored_by(old, new):
            value = _points_of(rows, later, new, name) - _points_of(rows, earlier, old, name)
            columns.append(value.label(column_of(later, points_name(name))))
    return sa.select(*_kept(rows), *columns).cte("added")


def _settled(added: sa.CTE, states: Sequence[State]) -> sa.CTE:
    """With the ``rest`` that rounding has left of each step, and the number of its ``first`` attribute that moved."""
    columns: list[Column] = []
    for (_, old), (later, new) in pairwise(enumerate(states)):
        moved: list[Column] = [added.c[column_of(later, points_name(name))] for name in _scored_by(old, new)]
        rest = added.c[column_of(later, WHOLE)] - reduce(lambda left, right: left + right, moved)
        columns.append(rest.label(column_of(later, "rest")))
        numbered = ((value != 0, number) for number, value in enumerate(moved, start=1))
        columns.append(sa.case(*numbered, else_=sa.literal(0, sa.Integer)).label(column_of(later, "first")))
    return sa.select(*added.c, *columns).cte("settled")


def _first_part(steps: sa.CTE, state: State) -> list[_Part]:
    """From the stored score to the same facts scored by today's code."""
    added, moved = steps.c[column_of(0, WHOLE)], steps.c[column_of(0, TIER)]
    return [_Part(state.cause, NO_ATTRIBUTE, added, _sure(sa.or_(added != 0, moved)))]


def _later_parts(steps: sa.CTE, states: Sequence[State]) -> Iterator[_Part]:
    """What each attribute adds; the first one that moved takes the rest of the rounding too."""
    for (_, old), (later, new) in pairwise(enumerate(states)):
        rest, first = steps.c[column_of(later, "rest")], steps.c[column_of(later, "first")]
        for number, name in enumerate(_scored_by(old, new), start=1):
            value = steps.c[column_of(later, points_name(name))] + sa.case((first == number, rest), else_=0)
            yield _Part(new.cause, name, value, _sure(steps.c[column_of(later, points_name(name))] != 0))
        moved = sa.or_(rest != 0, steps.c[column_of(later, TIER)])
        yield _Part(new.cause, NO_ATTRIBUTE, rest, _sure(sa.and_(first == 0, moved)))


def _scored_by(old: State, new: State) -> list[str]:
    """The attributes that either state's profile scores."""
    return list(dict.fromkeys(item.id for state in (new, old) for item in state.icp.scored_attributes))


def _points_of(rows: sa.FromClause, place: int, state: State, attribute: str) -> Column:
    """0 for an attribute that the state's profile doesn't score."""
    if attribute not in {item.id for item in state.icp.scored_attributes}:
        return sa.literal(0, sa.BigInteger)
    return _points(rows, place, points_name(attribute))


def _points(rows: sa.FromClause, place: int, name: str) -> Column:
    return sa.func.coalesce(rows.c[column_of(place, name)], 0)


def _tier(rows: sa.FromClause, place: int) -> Column:
    return sa.func.coalesce(rows.c[column_of(place, TIER)], sa.literal("", sa.Text))


def _kept(rows: sa.FromClause) -> list[Column]:
    return [rows.c[name] for name in ("account_id", "previous_score", "score", "previous_tier", TIER)]


def _sure(condition: Column) -> Column:
    return sa.func.coalesce(condition, sa.false())
