"""What a weekly look reads, counted in pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.speed.pandas_scores import WEIGHTS

LOG_BIN = 100_000_000


def weekly_counts(scored: pd.DataFrame, origin: np.datetime64, baseline_weeks: int) -> dict[str, pd.DataFrame]:
    """Deals by the weeks, counted from ``origin``, in which they were created and resolved."""
    deals = scored.assign(
        created=_weeks(scored["anchor_on"], origin),
        resolved=_weeks(scored["closed_on"], origin),
        bin=scored["log_amount"] // LOG_BIN * LOG_BIN,
        band=(scored["score"] // 5).fillna(-1).astype(int),
        coarse_band=((scored["score"] // 25).clip(upper=3) * 5 + 2).fillna(-1).astype(int),
        coarse_age=scored["age_days"] // 21 * 3 + 1,
        account=scored["account_id"].fillna(scored["opportunity_id"]),
        won=scored["outcome"] == "won",
    )
    resolved = deals[deals["resolved"] >= 0].astype({"resolved": "int64"})
    in_baseline = resolved[resolved["resolved"] < baseline_weeks]
    by_age = {"coarse_band": "band", "coarse_age": "age"}
    return {
        "deals": _counts(deals[~(deals["resolved"] < 0)], "segment", "created", "resolved", "outcome", "band"),
        "amounts": _counts(
            resolved.dropna(subset=["bin"]), "segment", "resolved", "outcome", "bin", log_amount=("log_amount", "sum")
        ),
        "created_values": _by_value(deals[deals["created"] >= 0], ["created"]),
        "resolved_values": _by_value(resolved, ["resolved", *by_age], n_won=("won", "sum")).rename(columns=by_age),
        "accounts": _accounts(in_baseline),
    }


def _accounts(resolved: pd.DataFrame) -> pd.DataFrame:
    each = resolved.groupby(["segment", "account"], observed=True)["won"].agg(n="size", n_won="sum").reset_index()
    counted = each.astype({"segment": "str"}).groupby(["segment", "n", "n_won"]).size()
    return counted.reset_index(name="accounts")


def _by_value(deals: pd.DataFrame, keys: list[str], **sums: tuple[str, str]) -> pd.DataFrame:
    tables = [_counts(deals, *keys, f"key_{name}", **sums).rename(columns={f"key_{name}": "value"}) for name in WEIGHTS]
    every = pd.concat([table.assign(attribute=name) for name, table in zip(WEIGHTS, tables, strict=True)])
    return every[[*keys, "attribute", "value", "n", *sums]]


def _counts(rows: pd.DataFrame, *keys: str, **sums: tuple[str, str]) -> pd.DataFrame:
    groups = rows.groupby(list(keys), observed=True, dropna=False)
    counted = groups.agg(n=(keys[0], "size"), **sums).reset_index()
    words = [name for name in keys if isinstance(counted[name].dtype, pd.CategoricalDtype)]
    numbers = [name for name in (*keys, *sums) if pd.api.types.is_float_dtype(counted[name]) and name != "resolved"]
    return counted.astype({**dict.fromkeys(words, "str"), **dict.fromkeys(numbers, "int64")})


def _weeks(days: pd.Series[Any], origin: np.datetime64) -> pd.Series[Any]:
    """The number of the week of each day; NaN where there is none."""
    return (days - pd.Timestamp(origin)).dt.days // 7
