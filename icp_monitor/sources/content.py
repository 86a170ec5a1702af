"""Do records of one key say the same?"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.sources.engine import Expression


def stored_columns(judged: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    """The columns that are stored; what else is known of a record has a colon in its name."""
    return [column for column in judged.c if ":" not in column.name]


def content_of(judged: sa.FromClause) -> Expression:
    """A digest of what a record says, which nothing else gives, since no value holds a NUL byte."""
    nul, said = sa.func.chr(0, type_=sa.Text), [item for item in stored_columns(judged) if item.name != "fact_on"]
    told = (nul.concat(f"{item.name}=").concat(sa.cast(item, sa.Text)) for item in said)
    return sa.func.md5(sa.func.concat(*told), type_=sa.Text)
