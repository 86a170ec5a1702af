"""Accounts as clusters of deals: how alike the deals of one account are, and how many it has."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def outcome_clusters(accounts: pd.DataFrame) -> pd.DataFrame:
    """The clusters of outcomes, 1 for a won deal; ``accounts`` says how many had ``n`` deals, ``n_won`` of them won."""
    table = accounts[accounts["n"] > 0]
    won = table["n_won"] * table["accounts"]
    return clusters(table["segment"], table["n"], table["accounts"], won, won, table["n_won"] * won)


def clusters(*columns: pd.Series[float]) -> pd.DataFrame:
    """For each kind of account: its deals, how many such accounts, Σ of x, Σ of x² and Σ of squared account sums."""
    names = ("segment", "n", "accounts", "total", "squares", "squared_totals")
    return pd.concat(columns, axis=1, keys=names).reset_index(drop=True)


def intraclass_correlation(groups: Sequence[pd.DataFrame]) -> float:
    """The correlation of two deals of one account within a group, by the analysis of variance; at least 0.

    Mean squares between and within accounts are pooled over groups: (MSB - MSW) / (MSB + (m₀ - 1) MSW), with m₀ the
    average size of an account (Ridout, Demétrio & Firth 1999). 0 where every account has one deal.
    """
    between = within = between_freedom = within_freedom = size = 0.0
    for group in groups:
        deals = float((group["n"] * group["accounts"]).sum())
        by_account = float((group["squared_totals"] / group["n"]).sum())
        between += by_account - float(group["total"].sum()) ** 2 / deals
        within += float(group["squares"].sum()) - by_account
        between_freedom += float(group["accounts"].sum()) - 1
        within_freedom += deals - float(group["accounts"].sum())
        size += deals - float((group["n"] ** 2 * group["accounts"]).sum()) / deals
    if between_freedom <= 0 or within_freedom <= 0:
        return 0.0
    between, within, typical = between / between_freedom, within / within_freedom, size / between_freedom
    total = between + (typical - 1) * within
    return max((between - within) / total, 0.0) if total > 0 else 0.0


def account_size(accounts: pd.DataFrame) -> float:
    """How many deals the account of a deal has on average, Σn² / Σn; 1 without deals."""
    deals = accounts["n"] * accounts["accounts"]
    return float((accounts["n"] * deals).sum() / deals.sum()) if deals.sum() > 0 else 1.0
