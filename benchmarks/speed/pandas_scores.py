"""What ``config/icp.yaml`` says about accounts, written out in pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

WEIGHTS = {
    "industry": 5,
    "employees": 4,
    "country": 2,
    "core_stack": 4,
    "cloud_maturity": 2,
    "risk_tolerance": 2,
    "data_culture": 2,
    "buying_committee": 3,
    "eval_process": 2,
}
SANCTIONED = ("BY", "CU", "IR", "KP", "RU", "SY")
LEVELS = ("cloud_maturity", "risk_tolerance", "data_culture")
FOUND, BUYERS = ("bigquery", "competitor_x_contract", "snowflake"), ("economic_buyer", "technical_buyer")
ALWAYS, NEVER = pd.Timestamp("1000-01-01"), pd.Timestamp("9999-12-31")
FLOOR = 0.6
Masks = Mapping[str, Any]


def scored_versions(known: pd.DataFrame) -> pd.DataFrame:
    """Every version of every account with its days, score and attribute values; the last row stands for no account."""
    nobody = known.iloc[:1].reindex([-1]).assign(load=0, deleted=False)
    spans = _with_spans(pd.concat([known, nobody], ignore_index=True))
    versions = spans[~spans["deleted"].astype(bool)].reset_index(drop=True)
    buckets = {f"key_{name}": bucket for name, bucket in _buckets(versions).items()}
    return versions.assign(segment=_segments(versions), **_scores(versions), **buckets)


def _with_spans(known: pd.DataFrame) -> pd.DataFrame:
    """The days from ``starts_on`` up to ``ends_before`` are those for which a version is the one to use."""
    changed = known[known["account_id"].isin(known.loc[known["load"] > 1, "account_id"])]
    changed = changed.sort_values(["account_id", "load"])
    earliest = changed[::-1].groupby("account_id")["valid_from"].cummin()[::-1]
    ends = earliest.groupby(changed["account_id"]).shift(-1)
    starts = changed["valid_from"].where(changed["account_id"].duplicated())
    return known.assign(
        starts_on=starts.reindex(known.index).fillna(ALWAYS),
        ends_before=ends.reindex(known.index).fillna(NEVER),
        is_newest=ends.reindex(known.index).isna() & known["account_id"].notna(),
    )


def _scores(versions: pd.DataFrame) -> dict[str, Any]:
    matches = _matches(versions)
    total = sum(WEIGHTS.values())

    def score(missing: float) -> Any:
        points: Any = 0.0
        for name, weight in WEIGHTS.items():
            points = points + 100.0 * weight / total * np.where(np.isnan(matches[name]), missing, matches[name])
        return _round6(points)

    low, middle, high = score(0.0), score(0.5), score(1.0)
    weighed = sum(weight * ~np.isnan(matches[name]) for name, weight in WEIGHTS.items())
    coverage = _round6(weighed / total)
    knocked_out, too_little = versions["country"].isin(SANCTIONED).to_numpy(), coverage < FLOOR
    tiers = np.select([knocked_out, too_little], [4, 3], _tier(middle))
    return {
        "tier": categorical(tiers, ["tier_1", "tier_2", "tier_3", "unscored", "disqualified"]),
        "tier_certain": knocked_out | (~too_little & (_tier(low) == _tier(high))),
        "score": np.where(too_little, np.nan, middle),
        "score_low": low,
        "score_high": high,
        "coverage": coverage,
    }


def _round6(values: Any) -> Any:
    return np.floor(values * 1e6 + 0.5) / 1e6


def _tier(score: Any) -> Any:
    return np.select([score >= 80, score >= 60], [0, 1], 2)


def _matches(rows: pd.DataFrame) -> dict[str, Any]:
    """How well each attribute matches, from 0 to 1; NaN is unknown."""
    sector, employees, has = rows["industry"].str[:3], rows["employees"].to_numpy(), _members(rows)
    stack = np.select([has["competitor_x_contract"], has["snowflake"], has["bigquery"]], [0.0, 1.0, 0.8], 0.0)
    fits: dict[str, Any] = {
        "industry": np.select([sector.isin(["522", "523"]), sector == "524"], [1.0, 0.6], 0.0),
        "employees": np.select(
            [employees < 200, employees > 2000],
            [np.maximum((employees - 100) / 100, 0), np.maximum((employees - 5000) / -3000, 0)],
            1.0,
        ),
        "country": rows["country"].isin(["US", "CA", "GB", "DE"]),
        "core_stack": stack,
        "cloud_maturity": rows["cloud_maturity"] >= 3,
        "risk_tolerance": rows["risk_tolerance"] >= 4,
        "data_culture": rows["data_culture"] >= 3,
        "buying_committee": sum(has[name].astype(float) for name in BUYERS) / 2,
        "eval_process": rows["eval_process"].isin(["formal_rfp", "poc"]),
    }
    return {name: np.where(rows[name].isna(), np.nan, fit) for name, fit in fits.items()}


def _members(rows: pd.DataFrame) -> dict[str, Any]:
    columns = {**dict.fromkeys(FOUND, "core_stack"), **dict.fromkeys(BUYERS, "buying_committee")}
    found = {name: rows[column].str.contains(f"|{name}|", regex=False) for name, column in columns.items()}
    return {name: mask.fillna(False).to_numpy(bool) for name, mask in found.items()}


def _segments(rows: pd.DataFrame) -> pd.Categorical[Any]:
    industry, employees = rows["industry"].fillna(""), rows["employees"]
    mid, finance = (employees >= 200) & (employees < 2000), industry.str.startswith(("522", "523"))
    rules = {
        "fintech-mm": finance & mid,
        "fintech-ent": finance & (employees >= 2000),
        "health-mm": industry.str.startswith("62") & mid,
        "saas-mm": industry.str.startswith("5112") & mid,
        "manufacturing-mm": industry.str.startswith(("31", "32", "33")) & mid,
        "smb": employees < 200,
    }
    return _first(rules, "other")


def _buckets(rows: pd.DataFrame) -> dict[str, pd.Categorical[Any]]:
    sector, employees, country, process = rows["industry"].str[:3], rows["employees"], rows["country"], "eval_process"
    edges = {5000: "5000 and more", 2000: "2000 to 5000", 200: "200 to 2000", 100: "100 to 200"}
    rules: dict[str, tuple[Masks, str]] = {
        "industry": ({code: sector == code for code in ("522", "523", "524")}, "other"),
        "employees": ({name: employees >= edge for edge, name in edges.items()}, "below 100"),
        "country": ({code: country == code for code in ("CA", "DE", "GB", "US")}, "other"),
        "core_stack": (_combinations(_members(rows), FOUND), "none of the listed"),
        **{name: ({str(level): rows[name] == level for level in range(1, 6)}, "none") for name in LEVELS},
        "buying_committee": (_combinations(_members(rows), BUYERS), "none of the listed"),
        process: ({name: rows[process] == name for name in ("formal_rfp", "poc")}, "other"),
    }
    return {name: _first({"unknown": rows[name].isna(), **masks}, rest) for name, (masks, rest) in rules.items()}


def _combinations(has: Masks, names: tuple[str, ...]) -> Masks:
    chosen = [subset for subset in product((False, True), repeat=len(names)) if any(subset)]
    present = np.column_stack([has[name] for name in names])
    named = {
        "".join(f"+{name}" for name, is_in in zip(names, subset, strict=True) if is_in): subset for subset in chosen
    }
    return {name: (present == np.array(subset)).all(axis=1) for name, subset in named.items()}


def _first(rules: Masks, rest: str) -> pd.Categorical[Any]:
    """The name of the first rule that holds in each row."""
    masks = [np.asarray(mask, dtype=bool) for mask in rules.values()]
    codes = np.select(masks, range(len(rules)), len(rules))
    return categorical(codes, [*rules, rest])


def categorical(codes: Any, names: Sequence[Any]) -> pd.Categorical[Any]:
    """The names at the positions ``codes``."""
    return pd.Categorical.from_codes(np.asarray(codes, dtype=np.int64), pd.Index(list(names)))
