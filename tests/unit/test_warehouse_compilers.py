"""What DuckDB and SQLite are asked, where it must differ from what PostgreSQL is asked."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from icp_monitor.warehouse.compilers import SQLiteDateCompiler, duckdb_sql

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
    engine.dialect.statement_compiler = SQLiteDateCompiler
    with engine.connect() as connection:
        day = connection.scalar(sa.select(sa.cast(sa.literal("2026-01-05"), sa.Date)))
    assert day == date(2026, 1, 5)
