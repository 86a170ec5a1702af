"""Every table of the warehouse, in the order in which data flows: columns, keys, partitions, who writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import ConfigError, Problem

LOAD = ("load",)
RUN = ("run_set", "as_of")

RESERVED = frozenset(
    "load source known_on assumed valid_from deleted row_hash account_id name parent_id created_on".split()
)
ATTRIBUTE_TYPES: Mapping[str, type[TypeEngine[object]]] = {
    "category": sa.Text,
    "number": sa.Double,
    "ordinal": sa.Double,
    "set": sa.Text,
}


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


@dataclass(frozen=True)
class Catalogue:
    """The datasets of one ICP version (its attributes are columns of ``raw_accounts``)."""

    raw_accounts: Dataset
    raw_opportunities: Dataset
    raw_stage_events: Dataset
    raw_win_loss: Dataset
    quarantine: Dataset
    data_checks: Dataset
    account_scores: Dataset
    opportunity_scores: Dataset
    life_tables: Dataset
    close_counts: Dataset
    win_loss_counts: Dataset
    attribute_distributions: Dataset
    segment_metrics: Dataset

    def __iter__(self) -> Iterator[Dataset]:
        return (getattr(self, field.name) for field in fields(self))

    def named(self, name: str) -> Dataset:
        """The dataset called ``name``."""
        return next(dataset for dataset in self if dataset.name == name)


def catalogue_of(icp: IcpConfig) -> Catalogue:
    """The catalogue for a profile's attributes.

    Raises:
        ConfigError: an attribute has the name of a fixed column.
    """
    attributes = [sa.Column(item.id, ATTRIBUTE_TYPES[item.type]) for item in icp.attributes]
    _refuse_reserved_names(attributes)
    metadata = sa.MetaData()
    return Catalogue(
        raw_accounts=_raw(
            metadata,
            "raw_accounts",
            ("account_id",),
            sa.Column("account_id", sa.Text, nullable=False),
            sa.Column("name", sa.Text),
            sa.Column("parent_id", sa.Text),
            sa.Column("created_on", sa.Date),
            *attributes,
            description="One row for each account and change; the profile's attributes are columns.",
        ),
        raw_opportunities=_raw(
            metadata,
            "raw_opportunities",
            ("opportunity_id",),
            sa.Column("opportunity_id", sa.Text, nullable=False),
            sa.Column("account_id", sa.Text),
            sa.Column("owner_id", sa.Text),
            sa.Column("type", sa.Text),
            sa.Column("channel", sa.Text),
            sa.Column("stage", sa.Text),
            sa.Column("outcome", sa.Text),
            sa.Column("currency", sa.Text),
            sa.Column("amount_minor", sa.BigInteger),
            sa.Column("log_amount", sa.BigInteger),
            sa.Column("log_amount_squared", sa.BigInteger),
            sa.Column("created_on", sa.Date),
            sa.Column("closed_on", sa.Date),
            description="One row for each opportunity and change; amounts in minor units, logs scaled by 1e9.",
        ),
        raw_stage_events=_raw(
            metadata,
            "raw_stage_events",
            ("opportunity_id", "entered_on", "stage"),
            sa.Column("opportunity_id", sa.Text, nullable=False),
            sa.Column("entered_on", sa.Date, nullable=False),
            sa.Column("stage", sa.Text, nullable=False),
            sa.Column("outcome", sa.Text, nullable=False),
            description="One row for each stage that an opportunity entered, from the source's own history.",
        ),
        raw_win_loss=_raw(
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
        ),
        quarantine=Dataset(
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
            ("table_name", "record", "reason"),
            "pull",
            "Records that could not be read, each with its reason; nothing is dropped silently.",
        ),
        data_checks=_derived(
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
            writer="check",
            description="What the data gate found; status is ok, note or failed.",
        ),
        account_scores=_derived(
            metadata,
            "account_scores",
            ("account_id",),
            sa.Column("account_id", sa.Text, nullable=False),
            sa.Column("population", sa.Text, nullable=False),
            *_score_columns(),
            writer="score",
            description="Every account known on the day: score, bounds, tier, segment; customers, pipeline, prospects.",
        ),
        opportunity_scores=_derived(
            metadata,
            "opportunity_scores",
            ("opportunity_id",),
            sa.Column("opportunity_id", sa.Text, nullable=False),
            sa.Column("account_id", sa.Text),
            sa.Column("anchor_on", sa.Date, nullable=False),
            sa.Column("anchor_known", sa.Boolean, nullable=False),
            *_score_columns(),
            writer="score",
            description="Every opportunity with the score of its anchor date; anchor_known is false on fallback values.",
        ),
        life_tables=_derived(
            metadata,
            "life_tables",
            ("cohort", "segment", "tier", "channel", "outcome", "age"),
            sa.Column("cohort", sa.Date, nullable=False),
            *_stratum_columns(),
            sa.Column("channel", sa.Text, nullable=False),
            sa.Column("outcome", sa.Text, nullable=False),
            sa.Column("age", sa.Integer, nullable=False),
            sa.Column("n", sa.BigInteger, nullable=False),
            *_amount_columns(),
            writer="measure",
            description="Opportunities by the quarter they were created in, and by age (days, lower bin edge) when they "
            "were resolved, or last seen open.",
        ),
        close_counts=_derived(
            metadata,
            "close_counts",
            ("closed_in", "segment", "tier", "outcome"),
            sa.Column("closed_in", sa.Date, nullable=False),
            *_stratum_columns(),
            sa.Column("outcome", sa.Text, nullable=False),
            sa.Column("n", sa.BigInteger, nullable=False),
            *_amount_columns(),
            writer="measure",
            description="Opportunities by the quarter they were closed in.",
        ),
        win_loss_counts=_derived(
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
        ),
        attribute_distributions=_derived(
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
        ),
        segment_metrics=_derived(
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
        ),
    )


def _raw(
    metadata: sa.MetaData, name: str, key: tuple[str, ...], *columns: sa.Column[object], description: str
) -> Dataset:
    clocks = (
        sa.Column("load", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("known_on", sa.Date, nullable=False),
        sa.Column("assumed", sa.Boolean, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("row_hash", sa.Text, nullable=False),
    )
    return Dataset(sa.Table(name, metadata, *clocks, *columns), LOAD, key, "pull", description)


def _derived(
    metadata: sa.MetaData, name: str, key: tuple[str, ...], *columns: sa.Column[object], writer: str, description: str
) -> Dataset:
    provenance = (
        sa.Column("run_set", sa.Text, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("icp_version", sa.Integer, nullable=False),
        sa.Column("config_hash", sa.Text, nullable=False),
        sa.Column("code_version", sa.Text, nullable=False),
        sa.Column("knowledge", sa.Text, nullable=False),
    )
    return Dataset(sa.Table(name, metadata, *provenance, *columns), RUN, key, writer, description)


def _score_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("segment", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("tier_certain", sa.Boolean, nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("score_low", sa.Double),
        sa.Column("score_high", sa.Double),
        sa.Column("coverage", sa.Double, nullable=False),
    )


def _stratum_columns() -> tuple[sa.Column[object], ...]:
    return (sa.Column("segment", sa.Text, nullable=False), sa.Column("tier", sa.Text, nullable=False))


def _amount_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("n_amount", sa.BigInteger, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("log_amount", sa.BigInteger, nullable=False),
        sa.Column("log_amount_squared", sa.BigInteger, nullable=False),
    )


def _refuse_reserved_names(attributes: list[sa.Column[object]]) -> None:
    taken = [column.name for column in attributes if column.name in RESERVED]
    if taken:
        raise ConfigError(
            *(
                Problem("icp.yaml", f"attribute id {name} is the name of a fixed column", cure="rename it")
                for name in taken
            )
        )
