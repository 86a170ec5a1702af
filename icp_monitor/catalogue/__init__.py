"""Every table of the warehouse, in the order in which data flows: columns, keys, partitions, who writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from icp_monitor.catalogue import derived, economics, raw
from icp_monitor.catalogue.dataset import LOAD, RUN, Dataset
from icp_monitor.catalogue.row_files import RowFiles
from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import ConfigError, Problem

__all__ = ["LOAD", "RUN", "Catalogue", "Dataset", "RowFiles", "catalogue_of"]

ATTRIBUTE_TYPES: Mapping[str, type[TypeEngine[Any]]] = {
    "category": sa.Text,
    "number": sa.Double,
    "ordinal": sa.Double,
    "set": sa.Text,
}


@dataclass(frozen=True)
class Catalogue:
    """The datasets of one ICP version (its attributes are columns of ``raw_accounts``)."""

    raw_accounts: Dataset
    raw_opportunities: Dataset
    raw_stage_events: Dataset
    raw_win_loss: Dataset
    raw_account_history: Dataset
    raw_leads: Dataset
    raw_subscriptions: Dataset
    raw_revenue: Dataset
    raw_costs: Dataset
    raw_activities: Dataset
    raw_technologies: Dataset
    raw_intent: Dataset
    raw_usage: Dataset
    raw_ratings: Dataset
    quarantine: Dataset
    data_checks: Dataset
    account_scores: Dataset
    opportunity_scores: Dataset
    score_changes: Dataset
    life_tables: Dataset
    close_counts: Dataset
    win_loss_counts: Dataset
    attribute_distributions: Dataset
    segment_metrics: Dataset
    revenue_movements: Dataset
    retention_counts: Dataset
    customer_lives: Dataset
    customer_values: Dataset
    band_metrics: Dataset
    funnel_counts: Dataset
    cost_allocations: Dataset
    acquisition_costs: Dataset
    segment_pnl: Dataset
    best_customers: Dataset

    def __iter__(self) -> Iterator[Dataset]:
        return (getattr(self, field.name) for field in fields(self))

    def named(self, name: str) -> Dataset:
        """The dataset called ``name``.

        Raises:
            KeyError: there is none.
        """
        return {dataset.name: dataset for dataset in self}[name]


def catalogue_of(icp: IcpConfig) -> Catalogue:
    """The catalogue for a profile's attributes; all its tables share one ``MetaData``.

    Raises:
        ConfigError: an attribute has the name of a fixed column.
    """
    metadata = sa.MetaData()
    _refuse_fixed_names([attribute.id for attribute in icp.attributes])
    return Catalogue(
        raw_accounts=raw.raw_accounts(metadata, _attributes(icp)),
        raw_opportunities=raw.raw_opportunities(metadata),
        raw_stage_events=raw.raw_stage_events(metadata),
        raw_win_loss=raw.raw_win_loss(metadata),
        raw_account_history=raw.raw_account_history(metadata, _attributes(icp)),
        raw_leads=raw.raw_leads(metadata),
        raw_subscriptions=raw.raw_subscriptions(metadata),
        raw_revenue=raw.raw_revenue(metadata),
        raw_costs=raw.raw_costs(metadata),
        raw_activities=raw.raw_activities(metadata),
        raw_technologies=raw.raw_technologies(metadata),
        raw_intent=raw.raw_intent(metadata),
        raw_usage=raw.raw_usage(metadata),
        raw_ratings=raw.raw_ratings(metadata),
        quarantine=raw.quarantine(metadata),
        data_checks=derived.data_checks(metadata),
        account_scores=derived.account_scores(metadata),
        opportunity_scores=derived.opportunity_scores(metadata),
        score_changes=derived.score_changes(metadata),
        life_tables=derived.life_tables(metadata),
        close_counts=derived.close_counts(metadata),
        win_loss_counts=derived.win_loss_counts(metadata),
        attribute_distributions=derived.attribute_distributions(metadata),
        segment_metrics=derived.segment_metrics(metadata),
        revenue_movements=economics.revenue_movements(metadata),
        retention_counts=economics.retention_counts(metadata),
        customer_lives=economics.customer_lives(metadata),
        customer_values=economics.customer_values(metadata),
        band_metrics=economics.band_metrics(metadata),
        funnel_counts=economics.funnel_counts(metadata),
        cost_allocations=economics.cost_allocations(metadata),
        acquisition_costs=economics.acquisition_costs(metadata),
        segment_pnl=economics.segment_pnl(metadata),
        best_customers=economics.best_customers(metadata),
    )


def _attributes(icp: IcpConfig) -> list[sa.Column[Any]]:
    return [sa.Column(attribute.id, ATTRIBUTE_TYPES[attribute.type]) for attribute in icp.attributes]


def _refuse_fixed_names(attributes: Sequence[str]) -> None:
    fixed = raw.raw_accounts(sa.MetaData(), ()).columns
    problems = [
        Problem("icp.yaml", f"attribute id {name} is the name of a fixed column", cure="rename it")
        for name in attributes
        if name in fixed
    ]
    if problems:
        raise ConfigError(*problems)
