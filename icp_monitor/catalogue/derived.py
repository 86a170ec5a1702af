"""The tables that the steps after ``pull`` write, all recomputable from the raw ones."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue.dataset import Dataset, derived


def data_checks(metadata: sa.MetaData) -> Dataset:
    """Findings of the data gate."""
    return derived(
        metadata,
        "data_checks",
        ("check", "table_name", "field", "value"),
        sa.Column("check", sa.Text, nullable=False),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("n", sa.BigInteger),
        sa.Column("total", sa.BigInteger),
        sa.Column("suggestion", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("p_value", sa.Double),
        writer="check",
        description="What the data gate found; status is ok, note or failed.",
    )


def account_scores(metadata: sa.MetaData) -> Dataset:
    """How well each account fits."""
    return derived(
        metadata,
        "account_scores",
        ("account_id",),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("population", sa.Text, nullable=False),
        *_score_columns(),
        writer="score",
        description="Every account known on the day: score, bounds, tier, segment; customers, pipeline, prospects.",
    )


def opportunity_scores(metadata: sa.MetaData) -> Dataset:
    """How well the account of each deal fitted when the deal began."""
    return derived(
        metadata,
        "opportunity_scores",
        ("opportunity_id",),
        sa.Column("opportunity_id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text),
        sa.Column("anchor_on", sa.Date, nullable=False),
        sa.Column("anchor_known", sa.Boolean, nullable=False),
        *_score_columns(),
        sa.Column("channel", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("age_days", sa.Integer, nullable=False),
        sa.Column("amount_minor", sa.BigInteger),
        sa.Column("log_amount", sa.BigInteger),
        sa.Column("log_amount_squared", sa.BigInteger),
        writer="score",
        description="Every opportunity as it stood on the day, with the score of its anchor date; anchor_known is "
        "false on fallback values.",
    )


def score_changes(metadata: sa.MetaData) -> Dataset:
    """Why scores moved."""
    return derived(
        metadata,
        "score_changes",
        ("account_id", "cause", "attribute"),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("previous_as_of", sa.Date, nullable=False),
        sa.Column("previous_score", sa.Double),
        sa.Column("score", sa.Double),
        sa.Column("previous_tier", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("attribute", sa.Text, nullable=False),
        sa.Column("millionths", sa.BigInteger, nullable=False),
        writer="score",
        description="Every account whose score or tier differs from the live run before: by cause (data, definitions, "
        "icp_version, code) and attribute, in millionths of a point that add up to the difference.",
    )


def life_tables(metadata: sa.MetaData) -> Dataset:
    """When deals ended, and how: the sufficient statistics of win rate, size and cycle."""
    return derived(
        metadata,
        "life_tables",
        ("cohort", "segment", "tier", "channel", "outcome", "age"),
        sa.Column("cohort", sa.Date, nullable=False),
        *_stratum_columns(),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("age", sa.Integer, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("n_watched", sa.BigInteger, nullable=False),
        *_amount_columns(),
        writer="measure",
        description="Opportunities by the quarter they were created in, and by age (days, lower bin edge) when they "
        "were resolved, or last seen open; n_watched of them for the whole horizon.",
    )


def close_counts(metadata: sa.MetaData) -> Dataset:
    """Deals that ended in a quarter."""
    return derived(
        metadata,
        "close_counts",
        ("closed_in", "segment", "tier", "outcome"),
        sa.Column("closed_in", sa.Date, nullable=False),
        *_stratum_columns(),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        *_amount_columns(),
        sa.Column("n_value", sa.BigInteger, nullable=False),
        sa.Column("value_minor", sa.BigInteger, nullable=False),
        writer="measure",
        description="Opportunities by the quarter they were closed in; value_minor is what they were worth when they "
        "entered their first stage.",
    )


def win_loss_counts(metadata: sa.MetaData) -> Dataset:
    """Reasons by segment."""
    return derived(
        metadata,
        "win_loss_counts",
        ("closed_in", "segment", "outcome", "origin", "reason", "competitor"),
        sa.Column("closed_in", sa.Date, nullable=False),
        sa.Column("segment", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("competitor", sa.Text, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        writer="measure",
        description="Reasons given for wins and losses, by segment and origin.",
    )


def attribute_distributions(metadata: sa.MetaData) -> Dataset:
    """Who the deals were with."""
    return derived(
        metadata,
        "attribute_distributions",
        ("cohort", "attribute", "value"),
        sa.Column("cohort", sa.Date, nullable=False),
        sa.Column("attribute", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("n_won", sa.BigInteger, nullable=False),
        writer="measure",
        description="Opportunities of each cohort by attribute value at the anchor date; numbers by stored edges.",
    )


def segment_metrics(metadata: sa.MetaData) -> Dataset:
    """The numbers that people read."""
    return derived(
        metadata,
        "segment_metrics",
        ("cohort", "metric", "segment", "tier"),
        sa.Column("cohort", sa.Date, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        *_stratum_columns(),
        sa.Column("value", sa.Double),
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("maturity", sa.Double),
        sa.Column("unit", sa.Text, nullable=False),
        writer="measure",
        description="Each metric of each segment and tier, with n, interval and maturity; 'all' sums over tiers.",
    )


def _score_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("segment", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("tier_certain", sa.Boolean, nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("score_low", sa.Double),
        sa.Column("score_high", sa.Double),
        sa.Column("coverage", sa.Double, nullable=False),
    )


def _stratum_columns() -> tuple[sa.Column[Any], ...]:
    return (sa.Column("segment", sa.Text, nullable=False), sa.Column("tier", sa.Text, nullable=False))


def _amount_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("n_amount", sa.BigInteger, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("log_amount", sa.BigInteger, nullable=False),
        sa.Column("log_amount_squared", sa.BigInteger, nullable=False),
    )
