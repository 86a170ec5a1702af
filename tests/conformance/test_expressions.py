"""Expressions that engines spell differently mean the same on each, as worked out by hand or by Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from icp_monitor.errors import ConfigError
from icp_monitor.snapshots.dialects import (
    all_true,
    any_true,
    days_between,
    floor_to_int,
    greatest,
    has_member,
    has_prefix,
    least,
    round6,
)

pytestmark = pytest.mark.postgres

Agree = Callable[[sa.Select[Any]], pa.Table]
DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
slowly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def column_of(values: Sequence[object], type_: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
    """A column that holds ``values``, in rows numbered by ``i``."""
    numbered = sa.values(sa.column("i", sa.Integer), sa.column("x", type_), name="given")
    return numbered.data([(0, sa.cast(sa.null(), type_)), *enumerate(values, start=1)]).cte("rows").c.x


def over(agree: Agree, column: sa.ColumnElement[Any], expression: sa.ColumnElement[Any]) -> list[Any]:
    """The expression's value for each row of ``column``, without the NULL that ``column_of`` puts first."""
    numbers = column.table.c.i
    found: list[Any] = agree(sa.select(expression.label("y")).order_by(numbers)).column("y").to_pylist()
    assert found[0] is None
    return found[1:]


@slowly
@given(pairs=st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=20))
def test_days_between_counts_days_across_leap_years_and_backwards(agree: Agree, pairs: list[tuple[date, date]]) -> None:
    rows = sa.values(sa.column("i", sa.Integer), sa.column("a", sa.Date), sa.column("b", sa.Date), name="given")
    given_rows = rows.data([(i, a, b) for i, (a, b) in enumerate(pairs)]).cte("rows")
    days = days_between(given_rows.c.a, given_rows.c.b).label("days")
    found = agree(sa.select(days).order_by(given_rows.c.i)).column("days").to_pylist()
    assert found == [(later - earlier).days for later, earlier in pairs]


def test_days_between_takes_constants_and_gives_null_for_an_unknown_date(agree: Agree) -> None:
    day = column_of([date(2024, 2, 28)], sa.Date())
    assert over(agree, day, days_between(sa.literal(date(2024, 3, 1)), day)) == [2]
    assert over(agree, day, days_between(day, sa.literal(date(2024, 3, 1)))) == [-2]


@slowly
@given(rows=st.lists(st.lists(st.none() | NUMBERS, min_size=3, max_size=3), min_size=1, max_size=20))
def test_least_and_greatest_pass_over_what_is_unknown(agree: Agree, rows: list[list[float | None]]) -> None:
    columns = [sa.column("i", sa.Integer), *(sa.column(name, sa.Double) for name in "abc")]
    typed = [(-1, 0.0, 0.0, 0.0), *((i, *row) for i, row in enumerate(rows))]
    given_rows = sa.values(*columns, name="given").data(typed).cte("rows")
    values = [given_rows.c[name] for name in "abc"]
    statement = sa.select(least(*values).label("low"), greatest(*values).label("high")).order_by(given_rows.c.i)
    known = [[value for value in row if value is not None] for row in rows]
    expected = [{"low": min(row, default=None), "high": max(row, default=None)} for row in known]
    assert agree(statement).to_pylist()[1:] == expected


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("salesforce", [True, False, False, False, False]),
        ("Salesforce", [False, True, False, False, False]),
        ("sales", [False, False, False, False, False]),
        ("a_b", [False, False, True, False, False]),
        ("aXb", [False, False, False, True, False]),
        ("100%", [False, False, True, False, False]),
        ("ä\\'", [False, False, False, True, False]),
    ],
)
def test_a_set_has_the_members_that_are_written_in_it_and_no_others(
    agree: Agree, member: str, expected: list[bool]
) -> None:
    sets = column_of(["|hubspot|salesforce|", "|Salesforce|", "|100%|a_b|", "|aXb|ä\\'|", "||"], sa.Text())
    assert over(agree, sets, has_member(sets, member)) == expected


def test_a_member_that_contains_the_separator_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"'a\|b' contains '\|'"):
        has_member(sa.column("technologies", sa.Text), "a|b")


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("522", [True, True, False, False]), ("%", [False, False, True, False]), ("Ü", [False, False, False, True])],
)
def test_a_prefix_is_compared_letter_by_letter(agree: Agree, prefix: str, expected: list[bool]) -> None:
    codes = column_of(["522", "522110", "%522", "Ünï"], sa.Text())
    assert over(agree, codes, has_prefix(codes, prefix)) == expected


def test_a_prefix_minds_case(agree: Agree) -> None:
    names = column_of(["Upper", "upper"], sa.Text())
    assert over(agree, names, has_prefix(names, "U")) == [True, False]


@slowly
@given(numbers=st.lists(NUMBERS, min_size=1, max_size=20))
def test_round6_and_floor_are_those_of_python_to_the_last_bit(agree: Agree, numbers: list[float]) -> None:
    column = column_of(numbers, sa.Double())
    assert over(agree, column, round6(column)) == [math.floor(x * 1e6 + 0.5) / 1e6 for x in numbers]
    assert over(agree, column, floor_to_int(column)) == [math.floor(x) for x in numbers]


def test_halves_are_rounded_up_at_the_sixth_place_and_floors_go_down(agree: Agree) -> None:
    column = column_of([0.5e-6, 1.5e-6, -0.5e-6, 79.9999995, 80.0], sa.Double())
    assert over(agree, column, round6(column)) == [1e-6, 2e-6, 0.0, 80.0, 80.0]
    column = column_of([2.5, -2.5, 3.0], sa.Double())
    assert over(agree, column, floor_to_int(column)) == [2, -3, 3]


@pytest.mark.parametrize(
    ("values", "any_", "all_"),
    [([True, None], True, True), ([False, True], True, False), ([False, None], False, False), ([None], None, None)],
)
def test_quantifiers_pass_over_what_is_unknown(
    agree: Agree, values: list[bool | None], any_: bool | None, all_: bool | None
) -> None:
    column = column_of(values, sa.Boolean())
    both: list[sa.ColumnElement[Any]] = [any_true(column).label("any"), all_true(column).label("all")]
    assert agree(sa.select(*both)).to_pylist() == [{"any": any_, "all": all_}]
