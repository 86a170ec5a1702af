"""The tables about leads, revenue, customers and costs that ``measure`` writes where their sources are mapped."""

from __future__ import annotations

import sqlalchemy as sa

from icp_monitor.catalogue.dataset import Dataset, derived

MEASURE = "measure"


def revenue_movements(metadata: sa.MetaData) -> Dataset:
    """How recurring revenue moved, month by month."""
    return derived(
        metadata,
        "revenue_movements",
        ("month", "segment", "tier", "band", "movement"),
        *_texts("segment", "tier", "movement"),
        *_months("month"),
        sa.Column("band", sa.Integer, nullable=False),
        *_counts("n", "before_minor", "after_minor", "largest_minor", "squared"),
        writer=MEASURE,
        description="Customers and their revenue on the last day of a month (after) and of the one before, by "
        "movement: new, reactivation, upgrade, downgrade, churn, unchanged. after less before sums to the change.",
    )


def retention_counts(metadata: sa.MetaData) -> Dataset:
    """What became of the customers of a year before."""
    return derived(
        metadata,
        "retention_counts",
        ("month", "segment", "tier", "band"),
        *_months("month"),
        *_group(),
        *_counts("n", "n_stayed", "start_minor", "kept_minor", "end_minor"),
        *_counts("start_squared", "kept_squared", "end_squared", "start_kept", "start_end"),
        writer=MEASURE,
        description="Customers twelve months before the end of a month, and the same ones at it; kept is no more than "
        "each paid at the start. Products are in whole currency.",
    )


def customer_lives(metadata: sa.MetaData) -> Dataset:
    """How long customers stay."""
    return derived(
        metadata,
        "customer_lives",
        ("month", "segment", "tier", "band", "tenure"),
        *_months("month"),
        *_group(),
        sa.Column("tenure", sa.Integer, nullable=False),
        *_counts("at_risk", "churned", "revenue_minor"),
        writer=MEASURE,
        description="Customer-months of the year up to the end of a month, by the months since the customer's first; "
        "churned of those at risk left in them.",
    )


def customer_values(metadata: sa.MetaData) -> Dataset:
    """What customers have brought."""
    return derived(
        metadata,
        "customer_values",
        ("month", "segment", "tier", "band"),
        *_months("month"),
        *_group(),
        *_counts("n", "revenue_minor", "squared"),
        writer=MEASURE,
        description="Revenue of the first twelve months of the customers who began in the newest year that can be "
        "followed for so long at the end of a month.",
    )


def funnel_counts(metadata: sa.MetaData) -> Dataset:
    """From lead to customer."""
    return derived(
        metadata,
        "funnel_counts",
        ("cohort", "level", "from_stage", "to_stage", "segment", "tier"),
        *_months("cohort"),
        *_texts("level", "from_stage", "to_stage", "segment", "tier"),
        *_counts("n", "n_watched", "n_reached"),
        writer=MEASURE,
        description="Leads, and accounts, by the quarter in which they entered a stage; n_reached of those watched for "
        "the whole horizon came to the next one within it.",
    )


def cost_allocations(metadata: sa.MetaData) -> Dataset:
    """Who bears which cost."""
    return derived(
        metadata,
        "cost_allocations",
        ("month", "method", "purpose", "segment", "tier"),
        *_months("month"),
        *_texts("method", "purpose", "segment", "tier"),
        *_counts("amount_minor", "tagged_minor"),
        writer=MEASURE,
        description="Costs by method of allocation, to the cent; tagged is the part that the source itself gives to "
        "the segment or its accounts. What a method can't share is unallocated.",
    )


def acquisition_costs(metadata: sa.MetaData) -> Dataset:
    """What new customers cost."""
    return derived(
        metadata,
        "acquisition_costs",
        ("month", "method", "segment", "tier"),
        *_months("month"),
        *_texts("method", "segment", "tier"),
        *_counts("cost_minor", "customers"),
        writer=MEASURE,
        description="The cost of acquiring the customers who began in the year up to the end of a month, each "
        "segment's as many months before as its median cycle has.",
    )


def segment_pnl(metadata: sa.MetaData) -> Dataset:
    """What each segment earns."""
    return derived(
        metadata,
        "segment_pnl",
        ("month", "segment", "line"),
        *_months("month"),
        *_texts("segment", "line"),
        *_counts("amount_minor"),
        sa.Column("tagged_minor", sa.BigInteger),
        sa.Column("driver", sa.Text),
        writer=MEASURE,
        description="Revenue, cost of goods, gross margin, acquisition, service, contribution and fixed costs of the "
        "year up to the end of a month; segments and unallocated sum to the company.",
    )


def band_metrics(metadata: sa.MetaData) -> Dataset:
    """Whether a higher score means customers who stay, and are worth more."""
    return derived(
        metadata,
        "band_metrics",
        ("cohort", "metric", "band"),
        *_months("cohort"),
        *_texts("metric"),
        sa.Column("band", sa.Integer, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        *_counts("n"),
        *_texts("unit"),
        writer=MEASURE,
        description="Retention and lifetime value by the band of the score with which customers were won; a band is 20 "
        "points wide.",
    )


def best_customers(metadata: sa.MetaData) -> Dataset:
    """What the best customers have in common."""
    return derived(
        metadata,
        "best_customers",
        ("attribute", "value"),
        *_texts("attribute", "value"),
        *_counts("n", "n_decile", "n_quartile"),
        writer=MEASURE,
        description="Customers by attribute value when they came, and how many of them are among the tenth, and the "
        "quarter, of those who began in the same year that brought most in their first twelve months.",
    )


def _months(*names: str) -> tuple[sa.Column[object], ...]:
    return tuple(sa.Column(name, sa.Date, nullable=False) for name in names)


def _texts(*names: str) -> tuple[sa.Column[object], ...]:
    return tuple(sa.Column(name, sa.Text, nullable=False) for name in names)


def _counts(*names: str) -> tuple[sa.Column[object], ...]:
    return tuple(sa.Column(name, sa.BigInteger, nullable=False) for name in names)


def _group() -> tuple[sa.Column[object], ...]:
    return (*_texts("segment", "tier"), sa.Column("band", sa.Integer, nullable=False))
