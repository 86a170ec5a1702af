"""The partition that a run writes, and the provenance that each of its rows carries."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Dataset
from icp_monitor.ledger import RunKey


def of_run(key: RunKey) -> dict[str, object]:
    """The partition of a run."""
    return {"run_set": key.run_set, "as_of": key.as_of}


def stamped(rows: sa.Select[Any], key: RunKey) -> sa.Select[Any]:
    """``rows`` with the run's provenance columns."""
    content = rows.subquery("content")
    return sa.select(
        sa.literal(key.run_set, sa.Text).label("run_set"),
        sa.literal(key.as_of, sa.Date).label("as_of"),
        sa.literal(key.icp_version, sa.Integer).label("icp_version"),
        sa.literal(key.config_hash, sa.Text).label("config_hash"),
        sa.literal(key.code_version, sa.Text).label("code_version"),
        sa.literal(key.knowledge, sa.Text).label("knowledge"),
        *content.c,
    )


def rows_of(dataset: Dataset, key: RunKey) -> sa.Subquery:
    """The dataset's rows of one run."""
    table = dataset.table
    wanted = sa.and_(table.c.run_set == key.run_set, table.c.as_of == key.as_of)
    return sa.select(table).where(wanted).subquery(dataset.name)
