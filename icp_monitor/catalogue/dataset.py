"""What a dataset is, and the columns that all raw and all derived datasets carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

LOAD = ("load",)
RUN = ("run_set", "as_of")
CLOCKS = ("load", "source", "known_on", "assumed", "valid_from", "deleted")  # what every raw row carries


@dataclass(frozen=True)
class Dataset:
    """One table: rows are unique by ``partition`` and ``key``, and a partition is replaced as a whole."""

    table: sa.Table
    partition: tuple[str, ...]
    key: tuple[str, ...]
    writer: str
    description: str

    @property
    def name(self) -> str:
        """The table's name, in every store."""
        return self.table.name

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in storage order."""
        return tuple(column.name for column in self.table.columns)


def raw(metadata: sa.MetaData, name: str, key: tuple[str, ...], *columns: sa.Column[Any], description: str) -> Dataset:
    """Records as a source gave them: with both clocks, a tombstone flag and the load that brought them."""
    clocks = (
        sa.Column("load", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("known_on", sa.Date, nullable=False),
        sa.Column("assumed", sa.Boolean, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
    )
    return Dataset(sa.Table(name, metadata, *clocks, *columns), LOAD, key, "pull", description)


def derived(
    metadata: sa.MetaData, name: str, key: tuple[str, ...], *columns: sa.Column[Any], writer: str, description: str
) -> Dataset:
    """What a run concluded: every row says which run, profile, configuration and code it comes from."""
    provenance = (
        sa.Column("run_set", sa.Text, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("icp_version", sa.Integer, nullable=False),
        sa.Column("config_hash", sa.Text, nullable=False),
        sa.Column("code_version", sa.Text, nullable=False),
        sa.Column("knowledge", sa.Text, nullable=False),
    )
    return Dataset(sa.Table(name, metadata, *provenance, *columns), RUN, key, writer, description)
