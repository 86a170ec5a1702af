"""What DuckDB and SQLite are asked, where it must differ from what PostgreSQL is asked."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from icp_monitor.warehouse.compilers import SQLiteFlatCompiler, duckdb_sql

NUMBER, TEXT, DAY = sa.column("n", sa.BigInteger), sa.column("t", sa.Text), sa.column("d", sa.Date)


@pytest.mark.parametrize(
    ("expression", "sql"),
    [
        (NUMBER // 2, "n // $1::BIGINT"),
        (NUMBER / 2, "n / $1::BIGINT"),
        (
            sa.cast(NUMBER, sa.Double) // sa.literal(2, sa.Double),
            "FLOOR(CAST(n AS DOUBLE PRECISION) / $1::DOUBLE PRECISION)",
        ),
        (TEXT.like("a", escape="\\"), "t LIKE $1::VARCHAR ESCAPE '\\'"),
        (DAY.in_([date(2026, 1, 5)]), "d IN ($1::DATE)"),
        (TEXT.in_(["a", "b"]), "t IN ($1::VARCHAR, $2::VARCHAR)"),
    ],
)
def test_duckdb_gets_numbered_parameters_and_its_own_division(expression: sa.ColumnElement[object], sql: str) -> None:
    compiled, values = duckdb_sql(sa.select(expression.label("x")))
    assert compiled == f"SELECT {sql} AS x"
    assert len(values) == compiled.count("$")


def test_a_value_that_occurs_twice_is_one_parameter() -> None:
    twice = sa.literal("x")
    sql, values = duckdb_sql(sa.select(twice.label("a"), twice.label("b")))
    assert (sql, values) == ("SELECT $1::VARCHAR AS a, $1::VARCHAR AS b", ["x"])


def test_sqlite_makes_a_date_of_text_by_a_function() -> None:
    engine = sa.create_engine("sqlite://")
    engine.dialect.statement_compiler = SQLiteFlatCompiler
    with engine.connect() as connection:
        day = connection.scalar(sa.select(sa.cast(sa.literal("2026-01-05"), sa.Date)))
    assert day == date(2026, 1, 5)


def test_sqlite_parses_what_is_nested_deeply() -> None:
    engine = sa.create_engine("sqlite://")
    engine.dialect.statement_compiler = SQLiteFlatCompiler
    number = sa.select(sa.literal(0).label("n")).subquery("same")
    for _ in range(40):
        other = sa.select(sa.literal(1).label("m")).subquery("other")
        number = sa.select((number.c.n + other.c.m).label("n")).join_from(number, other, sa.true()).subquery("same")
    twice = number.alias("twice")
    both = sa.select(number.c.n + sa.select(sa.func.max(twice.c.n)).scalar_subquery())
    with engine.connect() as connection:
        assert connection.scalar(both) == 80
