"""The task in pandas, every step vectorised; what the profile says about accounts is in ``pandas_scores``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.speed.pandas_scores import WEIGHTS, categorical, scored_versions
from benchmarks.speed.pandas_weeks import weekly_counts
from benchmarks.speed.statistics import metrics_of, write_verdicts_on
from benchmarks.speed.task import DAY, Task

if TYPE_CHECKING:
    from datetime import date

HORIZON = 120
ENDS = ["open", "no_decision", "lost", "won"]  # by rank: of several stages on one day the highest counts as the last
CLOCKS = ["load", "known_on", "valid_from", "deleted"]
AMOUNTS = ["amount_minor", "log_amount", "log_amount_squared"]
EPOCH = np.datetime64("1970-01-01", "D")


def run(task: Task) -> None:
    """Compute and write everything."""
    deals = _read(task, "opportunities", "opportunity_id", "account_id", "type", "channel", "outcome", *AMOUNTS,
                  "created_on", "closed_on")  # fmt: skip
    events = _read(task, "stage_events", "opportunity_id", "entered_on", "stage", "outcome")
    events["stage_key"] = _days(events["entered_on"]) * 4 + _rank(events["outcome"])
    accounts = _read(task, "accounts", "account_id", "created_on", *WEIGHTS)
    versions = scored_versions(_known(accounts, DAY))
    snapshot = _snapshot(deals, events, DAY)
    _write_accounts(task, versions, snapshot)
    scored = _scored(snapshot[snapshot["type"] == "new_business"], versions)
    _write_opportunities(task, scored)
    _write_measures(task, scored)
    write_verdicts_on(task, weekly_counts(scored, np.datetime64(task.weeks.origin), task.weeks.baseline))


def _read(task: Task, name: str, *columns: str) -> pd.DataFrame:
    table = pq.read_table(task.raw / f"raw_{name}", columns=[*columns, *CLOCKS])
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame.assign(load=frame["load"].astype(int))


def _known(rows: pd.DataFrame, day: date) -> pd.DataFrame:
    moment = pd.Timestamp(day)
    return rows[(rows["known_on"] <= moment) & (rows["valid_from"] <= moment)]


def _visible(rows: pd.DataFrame, key: list[str], day: date) -> pd.DataFrame:
    """The newest version of each record, unless it says deleted; only what a later load names has several."""
    known = _known(rows, day)
    changed = known[key[0]].isin(known.loc[known["load"] > 1, key[0]])
    newest = known[changed].sort_values("load").drop_duplicates(key, keep="last")
    return pd.concat([known[~changed], newest[~newest["deleted"]]])


def _snapshot(deals: pd.DataFrame, events: pd.DataFrame, day: date) -> pd.DataFrame:
    """How each deal stood on the day."""
    moment = pd.Timestamp(day)
    deals = _visible(deals, ["opportunity_id"], day)
    deals = deals[deals["created_on"] < moment]
    events = _visible(events, ["opportunity_id", "entered_on", "stage"], day)
    events = events[events["entered_on"] < moment]
    last = deals["opportunity_id"].map(events.groupby("opportunity_id", sort=False)["stage_key"].max())
    by_date = np.where(deals["closed_on"] < moment, _rank(deals["outcome"]), 0)
    rank = np.where(last.isna(), by_date, last.fillna(0) % 4).astype(int)
    entered = EPOCH + (last.fillna(0) // 4).astype(int).to_numpy().astype("timedelta64[D]")
    closed_on = pd.Series(np.where(last.isna(), deals["closed_on"], entered.astype("datetime64[ms]")), deals.index)
    closed_on = closed_on.where(rank > 0)
    age_days = _days(closed_on.fillna(moment)) - _days(deals["created_on"])
    outcome = categorical(rank, ENDS)
    return deals.assign(outcome=outcome, closed_on=closed_on, age_days=age_days)


def _scored(deals: pd.DataFrame, versions: pd.DataFrame) -> pd.DataFrame:
    """The deals with what was true of their accounts when they were created."""
    left = deals[["account_id", "created_on"]].assign(deal=np.arange(len(deals)))
    right = versions[["account_id", "starts_on", "ends_before"]].assign(version=np.arange(len(versions)))
    pairs = left.merge(right[right["account_id"].notna()], on="account_id")
    holds = pairs[(pairs["starts_on"] <= pairs["created_on"]) & (pairs["created_on"] < pairs["ends_before"])]
    position = np.full(len(deals), len(versions) - 1)
    position[holds["deal"]] = holds["version"]
    facts = versions.drop(columns=["account_id", "created_on", "load", "deleted", "known_on", *WEIGHTS]).iloc[position]
    both = pd.concat([deals.drop(columns=CLOCKS), facts.set_index(deals.index)], axis=1)
    channel = both["channel"].astype("category")
    known = both["valid_from"] <= both["created_on"]
    won = (both["outcome"] == "won") & (both["age_days"] <= HORIZON)
    return both.assign(channel=channel, anchor_known=known, won=won).rename(columns={"created_on": "anchor_on"})


def _write_accounts(task: Task, versions: pd.DataFrame, deals: pd.DataFrame) -> None:
    newest = versions[versions["is_newest"] & ~(versions["created_on"] >= pd.Timestamp(DAY))]
    won, open_ = (
        newest["account_id"].isin(deals.loc[deals["outcome"] == end, "account_id"]) for end in ("won", "open")
    )
    best = np.select([won, open_], [0, 1], 2)
    population = categorical(best, ["customer", "pipeline", "prospect"])
    columns = ["account_id", "population", "segment", "tier", "tier_certain", "score", "score_low", "score_high"]
    _write(task, "account_scores", newest.assign(population=population)[[*columns, "coverage"]], ["account_id"])


def _write_opportunities(task: Task, scored: pd.DataFrame) -> None:
    columns = ["opportunity_id", "account_id", "anchor_on", "anchor_known", "segment", "tier", "tier_certain", "score",
               "score_low", "score_high", "coverage", "channel", "outcome", "closed_on", "age_days"]  # fmt: skip
    _write(task, "opportunity_scores", scored[[*columns, *AMOUNTS]], ["opportunity_id"])


def _write_measures(task: Task, scored: pd.DataFrame) -> None:
    created, closed = _within(task, scored, "anchor_on", "cohort"), _within(task, scored, "closed_on", "closed_in")
    life_tables = _cells(created, DAY, "cohort")
    valued = closed.assign(value_minor=closed["amount_minor"].where(closed["amount_minor"] > 0))
    values = {"n_value": ("value_minor", "count"), "value_minor": ("value_minor", "sum")}
    closes = _counts(valued, "closed_in", "segment", "tier", "outcome", **values)
    attributes = _attributes(created)
    pipeline = _counts(scored[scored["outcome"] == "open"], "segment", "tier")
    metrics = metrics_of(task, life_tables, closes, pipeline)
    tables = {"life_tables": life_tables, "close_counts": closes, "attribute_distributions": attributes}
    tables |= {"win_loss_counts": _win_loss(task, closed), "segment_metrics": metrics}
    for name, table in tables.items():
        _write(task, name, table, list(table.columns))


def _within(task: Task, deals: pd.DataFrame, day: str, name: str) -> pd.DataFrame:
    """The deals whose day lies in one of the quarters, whose first day is put into the column ``name``."""
    starts = np.array([quarter.window.start for quarter in task.quarters], "datetime64[ms]")
    inside = deals[(deals[day] >= starts[0]) & (deals[day] < str(task.quarters[-1].window.end))]
    quarter = np.searchsorted(starts, inside[day].to_numpy("datetime64[ms]"), side="right") - 1
    days = [quarter.window.start for quarter in task.quarters]
    found: pd.DataFrame = inside.assign(**{name: categorical(quarter, days)})
    return found


def _win_loss(task: Task, closed: pd.DataFrame) -> pd.DataFrame:
    said = ["origin", "reason", "competitor"]
    reasons = _visible(_read(task, "win_loss", "opportunity_id", *said), ["opportunity_id", "origin"], DAY)
    told = closed[["closed_in", "opportunity_id", "segment", "outcome"]].merge(
        reasons[["opportunity_id", *said]], on="opportunity_id", how="left"
    )
    told = told.assign(**{name: told[name].fillna("unknown").astype("category") for name in said})
    counted = told.groupby(["closed_in", "segment", "outcome", *said], observed=True).size().reset_index(name="n")
    return _plain(counted)


def _cells(deals: pd.DataFrame, day: date, *more: str) -> pd.DataFrame:
    """The life tables: deals by segment, tier, channel, outcome and age, in weeks up to the horizon."""
    age = np.where(deals["age_days"] > HORIZON, HORIZON + 1, deals["age_days"] // 7 * 7)
    watched = deals["anchor_on"] < pd.Timestamp(day) - pd.Timedelta(days=HORIZON)
    keys = [*more, "segment", "tier", "channel", "outcome", "age"]
    return _counts(deals.assign(age=age, watched=watched), *keys, n_watched=("watched", "sum"))


def _counts(deals: pd.DataFrame, *keys: str, **more: tuple[str, str]) -> pd.DataFrame:
    sums = {name: (name, "sum") for name in AMOUNTS}
    groups = deals.groupby(list(keys), observed=True)
    return _plain(groups.agg(n=("segment", "size"), n_amount=("log_amount", "count"), **sums, **more).reset_index())


def _attributes(deals: pd.DataFrame) -> pd.DataFrame:
    tables = []
    for name in WEIGHTS:
        groups = deals.groupby(["cohort", f"key_{name}"], observed=True)["won"]
        counts = groups.agg(n="size", n_won="sum").reset_index().rename(columns={f"key_{name}": "value"})
        tables.append(_plain(counts).assign(attribute=name))
    return pd.concat(tables)[["cohort", "attribute", "value", "n", "n_won"]]


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Words instead of categories, in order of the keys."""
    keys = [name for name in table.columns if isinstance(table[name].dtype, pd.CategoricalDtype)]
    words = table.assign(**{name: table[name].astype(object) for name in keys})
    return words.sort_values([*keys, *(name for name in ("age",) if name in words)], ignore_index=True)


def _write(task: Task, name: str, table: pd.DataFrame, order: list[str]) -> None:
    rows = pa.Table.from_pandas(table.sort_values(order), preserve_index=False)
    for position, column in enumerate(rows.schema):
        if pa.types.is_timestamp(column.type):
            rows = rows.set_column(position, column.name, rows[column.name].cast(pa.date32()))
    pq.write_table(rows, task.table(name), compression="zstd", row_group_size=122880)


def _days(moments: pd.Series[Any]) -> pd.Series[int]:
    return moments.astype("datetime64[s]").astype("int64") // 86400


def _rank(outcomes: pd.Series[str]) -> pd.Series[int]:
    return outcomes.map({end: rank for rank, end in enumerate(ENDS)}).fillna(0).astype(int)
