"""The tables that ``pull`` writes: records as the sources gave them, and those that could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue.dataset import LOAD, Dataset, raw


def raw_accounts(metadata: sa.MetaData, attributes: Sequence[sa.Column[Any]]) -> Dataset:
    """Accounts, with one column for each attribute of the profile."""
    return raw(
        metadata,
        "raw_accounts",
        ("account_id",),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("parent_id", sa.Text),
        sa.Column("created_on", sa.Date),
        *attributes,
        description="One row for each account and change; the profile's attributes are columns.",
    )


def raw_opportunities(metadata: sa.MetaData) -> Dataset:
    """Deals, won, lost and open."""
    return raw(
        metadata,
        "raw_opportunities",
        ("opportunity_id",),
        sa.Column("opportunity_id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text),
        sa.Column("owner_id", sa.Text),
        sa.Column("type", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("product", sa.Text),
        sa.Column("stage", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("currency", sa.Text),
        sa.Column("amount_minor", sa.BigInteger),
        sa.Column("log_amount", sa.BigInteger),
        sa.Column("log_amount_squared", sa.BigInteger),
        sa.Column("created_on", sa.Date),
        sa.Column("closed_on", sa.Date),
        description="One row for each opportunity and change; amounts in minor units, logs scaled by 1e9.",
    )


def raw_stage_events(metadata: sa.MetaData) -> Dataset:
    """When deals moved."""
    return raw(
        metadata,
        "raw_stage_events",
        ("opportunity_id", "entered_on", "stage"),
        sa.Column("opportunity_id", sa.Text, nullable=False),
        sa.Column("entered_on", sa.Date, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        description="One row for each stage that an opportunity entered, from the source's own history.",
    )


def raw_win_loss(metadata: sa.MetaData) -> Dataset:
    """Why deals ended as they did."""
    return raw(
        metadata,
        "raw_win_loss",
        ("opportunity_id", "origin"),
        sa.Column("opportunity_id", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("competitor", sa.Text),
        sa.Column("recorded_on", sa.Date),
        description="Why a deal was won or lost, in whose words (rep, buyer, analyst).",
    )


def quarantine(metadata: sa.MetaData) -> Dataset:
    """What could not be used, and why."""
    return Dataset(
        sa.Table(
            "quarantine",
            metadata,
            sa.Column("load", sa.BigInteger, nullable=False),
            sa.Column("source", sa.Text, nullable=False),
            sa.Column("table_name", sa.Text, nullable=False),
            sa.Column("file", sa.Text, nullable=False),
            sa.Column("record", sa.BigInteger, nullable=False),
            sa.Column("reason", sa.Text, nullable=False),
            sa.Column("column_name", sa.Text),
            sa.Column("value", sa.Text),
            sa.Column("cure", sa.Text),
        ),
        LOAD,
        ("table_name", "file", "record", "reason", "column_name"),
        "pull",
        "Records that could not be read, each with its reason; nothing is dropped silently.",
    )
