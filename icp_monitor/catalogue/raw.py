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
        sa.Column("crm_tier", sa.Text),
        sa.Column("has_left", sa.Boolean),
        sa.Column("merged_into", sa.Text),
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
        sa.Column("forecast_close_on", sa.Date),
        sa.Column("merged_into", sa.Text),
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
        sa.Column("outcome", sa.Text),
        sa.Column("amount_minor", sa.BigInteger),
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


def raw_account_history(metadata: sa.MetaData, attributes: Sequence[sa.Column[Any]]) -> Dataset:
    """How accounts were before they were first pulled."""
    return raw(
        metadata,
        "raw_account_history",
        ("account_id", "changed_on"),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("changed_on", sa.Date, nullable=False),
        *attributes,
        description="One row for each account and day on which it changed, from the source's own history.",
    )


def raw_leads(metadata: sa.MetaData) -> Dataset:
    """People who showed interest, and how far they came."""
    return raw(
        metadata,
        "raw_leads",
        ("lead_id",),
        sa.Column("lead_id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text),
        sa.Column("opportunity_id", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("created_on", sa.Date),
        sa.Column("mql_on", sa.Date),
        sa.Column("sql_on", sa.Date),
        sa.Column("converted_on", sa.Date),
        sa.Column("rejected_on", sa.Date),
        sa.Column("rejected_reason", sa.Text),
        description="One row for each lead and change, with the first day of each stage of its life.",
    )


def raw_subscriptions(metadata: sa.MetaData) -> Dataset:
    """What customers pay for, and how long."""
    return raw(
        metadata,
        "raw_subscriptions",
        ("subscription_id",),
        sa.Column("subscription_id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text),
        sa.Column("product", sa.Text),
        sa.Column("currency", sa.Text),
        sa.Column("mrr_minor", sa.BigInteger),
        sa.Column("started_on", sa.Date),
        sa.Column("ended_on", sa.Date),
        sa.Column("is_trial", sa.Boolean),
        description="One row for each subscription and change; monthly amounts in minor units, ended_on is exclusive.",
    )


def raw_revenue(metadata: sa.MetaData) -> Dataset:
    """What customers paid, month by month."""
    return raw(
        metadata,
        "raw_revenue",
        ("account_id", "month"),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("currency", sa.Text),
        sa.Column("mrr_minor", sa.BigInteger),
        description="One row for each account, month (its first day) and change; amounts in minor units.",
    )


def raw_costs(metadata: sa.MetaData) -> Dataset:
    """What it cost to win, deliver to and serve customers."""
    return raw(
        metadata,
        "raw_costs",
        ("cost_id",),
        sa.Column("cost_id", sa.Text, nullable=False),
        sa.Column("month", sa.Date),
        sa.Column("category", sa.Text),
        sa.Column("purpose", sa.Text),
        sa.Column("segment", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("account_id", sa.Text),
        sa.Column("currency", sa.Text),
        sa.Column("amount_minor", sa.BigInteger),
        description="One row for each cost and change; purpose is acquisition, delivery or service.",
    )


def raw_activities(metadata: sa.MetaData) -> Dataset:
    """What was done for accounts and deals."""
    return raw(
        metadata,
        "raw_activities",
        ("activity_id",),
        sa.Column("activity_id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text),
        sa.Column("opportunity_id", sa.Text),
        sa.Column("owner_id", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("occurred_on", sa.Date),
        sa.Column("hours", sa.Double),
        description="One row for each call, meeting, message and change.",
    )


def raw_technologies(metadata: sa.MetaData) -> Dataset:
    """What accounts were seen to use."""
    return raw(
        metadata,
        "raw_technologies",
        ("account_id", "technology", "provider"),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("technology", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("detected_on", sa.Date),
        sa.Column("last_seen_on", sa.Date),
        sa.Column("confidence", sa.Double),
        description="One row for each technology that a provider detected at an account, and change.",
    )


def raw_intent(metadata: sa.MetaData) -> Dataset:
    """What accounts were reading about."""
    return raw(
        metadata,
        "raw_intent",
        ("account_id", "topic", "provider", "observed_on"),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("observed_on", sa.Date, nullable=False),
        sa.Column("score", sa.Double),
        description="One row for each signal of interest in a topic; it tells of timing, not of fit.",
    )


def raw_usage(metadata: sa.MetaData) -> Dataset:
    """How much customers used."""
    return raw(
        metadata,
        "raw_usage",
        ("account_id", "feature", "used_on"),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("feature", sa.Text, nullable=False),
        sa.Column("used_on", sa.Date, nullable=False),
        sa.Column("quantity", sa.Double),
        description="One row for each account, feature and day on which it was used.",
    )


def raw_ratings(metadata: sa.MetaData) -> Dataset:
    """What people said of accounts."""
    return raw(
        metadata,
        "raw_ratings",
        ("account_id", "attribute", "rater", "rated_on"),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("attribute", sa.Text, nullable=False),
        sa.Column("rater", sa.Text, nullable=False),
        sa.Column("rated_on", sa.Date, nullable=False),
        sa.Column("rating", sa.Double),
        sa.Column("provider", sa.Text),
        description="One row for each rating of an account's attribute: by whom, and when.",
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
            sa.Column("record_id", sa.Text),
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
