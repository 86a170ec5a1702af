"""What is compared: the opportunities created in one window, as counts by stratum, outcome and age."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from icp_monitor.config.icp import COMPANY
from icp_monitor.errors import RefusedError
from icp_monitor.metrics.buckets import age_edges
from icp_monitor.metrics.life_table import LOST
from icp_monitor.periods import Window

if TYPE_CHECKING:
    import pandas as pd

CELL_KEYS = ("segment", "tier", "channel", "outcome", "age")
CELL_SUMS = ("n", "n_amount", "amount_minor", "log_amount", "log_amount_squared")
ATTRIBUTE_COLUMNS = ("attribute", "value", "n", "n_won")
OUTCOMES = ("won", *LOST, "open")


@dataclass(frozen=True)
class Layout:
    """The columns of a table of counts: by which keys they are sorted, and what is added up."""

    keys: tuple[str, ...]
    sums: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """All columns, in their order."""
        return [*self.keys, *self.sums]


TABLES: Mapping[str, Layout] = {
    "cells": Layout(CELL_KEYS, CELL_SUMS),
    "attributes": Layout(ATTRIBUTE_COLUMNS[:2], ATTRIBUTE_COLUMNS[2:]),
    "scores": Layout(("segment", "band"), ("won", "lost")),
    "accounts": Layout(
        ("segment", "n", "n_won", "n_amount"),
        ("accounts", "log_amount", "log_amount_squared", "log_account_squared"),
    ),
    "carriers": Layout(("segment", "dimension", "value"), ("n", "n_won")),
    "reasons": Layout(("segment", "reason"), ("n",)),
    "subscriptions": Layout(("segment", "bucket", "month"), ("at_risk", "churned", "margin_minor")),
    "costs": Layout(("segment", "bucket"), ("cost_minor", "customers")),
}


@dataclass(frozen=True, eq=False)
class Cohort:
    """Opportunities created in ``window``, as known at ``as_of``; open deals were last seen before ``observed_until``.

    Tables have the columns of their layout in ``TABLES``; one that is not known is None. ``cells``: ``age`` is the
    lower edge, in days, of the bin in which a deal was resolved or last seen open, and the edge ``horizon_days + 1``
    means beyond the horizon. The other tables are about the deals resolved within the horizon. ``scores``: by score
    band, whose number times ``BAND_POINTS`` is its lower edge. ``accounts``: how many accounts had ``n`` of them,
    ``n_won`` won and ``n_amount`` of those with an amount; ``log_account_squared`` adds up the squares of the accounts'
    sums of logarithms. ``carriers``: by the values of each dimension (an attribute, the channel, the owner).
    ``reasons``: those that were not won, by reason.
    ``maturity`` is the share of deals watched for the whole horizon. Two tables are about customers, put into buckets
    of one size: ``subscriptions`` has the customer-months of the window by month of tenure, how many
    ended in them and what margin they brought; ``costs`` what it cost to acquire the customers won in it.

    Raises:
        RefusedError: a column is missing, or a cell has an age or an outcome that can't occur.
    """

    window: Window
    as_of: date
    observed_until: date
    horizon_days: int
    cells: pd.DataFrame
    attributes: pd.DataFrame
    maturity: float
    scores: pd.DataFrame | None = None
    accounts: pd.DataFrame | None = None
    carriers: pd.DataFrame | None = None
    reasons: pd.DataFrame | None = None
    subscriptions: pd.DataFrame | None = None
    costs: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        problems = [
            f"{name} lack the column {column}"
            for name, table in self.tables()
            for column in TABLES[name].columns
            if column not in table
        ]
        if not problems:
            strange_ages = sorted(set(self.cells["age"]) - set(age_edges(self.horizon_days)))
            strange_outcomes = sorted(set(self.cells["outcome"]) - set(OUTCOMES))
            problems += [f"{age} is not the edge of an age bin up to {self.horizon_days} days" for age in strange_ages]
            problems += [f"{outcome} is not an outcome" for outcome in strange_outcomes]
        if problems:
            raise RefusedError(*(f"cohort of {self.window.start}: {problem}" for problem in problems))

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The tables that are known, by name."""
        return ((name, table) for name in TABLES if (table := getattr(self, name)) is not None)

    @cached_property
    def n(self) -> int:
        """Opportunities created in the window."""
        return int(self.cells["n"].sum())

    @cached_property
    def wins(self) -> int:
        """Those of them that were won, at any age."""
        return int(self.cells["n"].to_numpy()[(self.cells["outcome"] == "won").to_numpy()].sum())

    @property
    def per_week(self) -> float:
        """Opportunities created a week."""
        return self.n / self.window.days * 7

    @property
    def matures_on(self) -> date:
        """The first day on which every deal of the window has been watched for the whole horizon."""
        return self.window.end + timedelta(days=self.horizon_days)

    def of_segment(self, segment: str) -> Cohort:
        """The part of the cohort that belongs to ``segment``; all of it for the company."""
        if segment == COMPANY:
            return self
        return self.with_tables(
            {name: table[table["segment"] == segment] for name, table in self.tables() if "segment" in table}
        )

    def with_tables(self, tables: Mapping[str, Any]) -> Cohort:
        """The same cohort with other tables in place of those named."""
        return replace(self, **tables)

    def counts_by(self, key: str) -> pd.Series[int]:
        """Opportunities for each value of a cell key, most frequent first."""
        return _by_frequency(self.cells.groupby(key)["n"].sum())

    def values_of(self, attribute: str) -> pd.Series[int]:
        """Opportunities for each value of an attribute, most frequent first."""
        rows = self.attributes[self.attributes["attribute"] == attribute]
        return _by_frequency(rows.groupby("value")["n"].sum())


def _by_frequency(counts: pd.Series[int]) -> pd.Series[int]:
    return counts.sort_index().sort_values(ascending=False, kind="stable")
