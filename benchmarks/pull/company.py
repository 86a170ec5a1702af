"""The company whose opportunities are pulled: tables of a CRM in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import psycopg
import sqlalchemy as sa


def fill(url: str, rows: int) -> None:
    """Make the tables."""
    with connect(url) as connection:
        connection.autocommit = True
        for statement in Path(__file__).with_name("opportunities.sql").read_text(encoding="utf-8").split(";\n\n"):
            connection.execute(statement.replace(":rows", str(rows)).encode())
        connection.execute("VACUUM ANALYZE")  # else the server does so while it is being measured


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """The driver's own connection to what SQLAlchemy's URL names."""
    return psycopg.connect(sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
