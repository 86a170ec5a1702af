"""The baseline's weeks, frozen: what is kept with an ICP version, and put before the weeks of every later look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from icp_monitor.drift.weekly import COLUMNS, CUSTOMERS, OPEN, WeeklyTables
from icp_monitor.errors import RefusedError

SCHEMA = 1
ALL = {**COLUMNS, "customers": CUSTOMERS}
TEXTS = ("segment", "outcome", "attribute", "value")
WEEK_OF = {"deals": "resolved", "amounts": "resolved", "created_values": "created", "resolved_values": "resolved"}


def frozen_weeks(tables: WeeklyTables) -> WeeklyTables:
    """What is known of the baseline's weeks alone: a deal that was resolved later is open."""
    end = tables.baseline_weeks
    parts = {name: frame[frame[week] < end] for name, week in WEEK_OF.items() for frame in (getattr(tables, name),)}
    deals = tables.deals[tables.deals["created"] < end]
    later = deals["resolved"] >= end
    open_ = deals[later].assign(resolved=OPEN, outcome="open")
    parts["deals"] = _added_up(pd.concat([deals[~later], open_]))
    if tables.customers is not None:
        came = tables.customers[tables.customers["started"] < end]
        parts["customers"] = _added_up(came.assign(ended=came["ended"].where(came["ended"] < end, OPEN)))
    return replace(tables, weeks=end, fiscal_quarters=tables.fiscal_quarters[:end], months=tables.months[:end], **parts)


def with_frozen_weeks(tables: WeeklyTables, frozen: WeeklyTables) -> WeeklyTables:
    """The weeks of a look, after the baseline's as they were frozen: later corrections don't move the baseline.

    Raises:
        RefusedError: the weeks or the segments are others than those of the frozen baseline.
    """
    kept = ("origin", "baseline_weeks", "segments")
    changed = [name for name in kept if getattr(tables, name) != getattr(frozen, name)]
    if changed:
        raise RefusedError(
            f"the frozen weekly baseline has other {', '.join(changed)} than this look: "
            f"{[getattr(frozen, name) for name in changed]} against {[getattr(tables, name) for name in changed]}. "
            "Cure: restore look_day and the profile's segments, or approve a new version of the profile"
        )
    end = frozen.baseline_weeks
    parts = {
        name: pd.concat(
            [before[before[week] < end], now[now[week] >= end]],
            ignore_index=True,
        )
        for name, week in WEEK_OF.items()
        for before, now in ((getattr(frozen, name), getattr(tables, name)),)
    }
    customers = _after(frozen.customers, tables.customers, end)
    return replace(tables, accounts=frozen.accounts, customers=customers, **parts)


def _after(frozen: pd.DataFrame | None, now: pd.DataFrame | None, end: int) -> pd.DataFrame | None:
    """Customers who left in the baseline as they were frozen, and all others as known now; None where either isn't."""
    if frozen is None or now is None:
        return None
    return pd.concat([frozen[frozen["ended"] < end], now[now["ended"] >= end]], ignore_index=True)


def weeks_as_json(tables: WeeklyTables) -> dict[str, Any]:
    """The tables as plain JSON values."""
    return {
        "schema": SCHEMA,
        "origin": tables.origin.isoformat(),
        "weeks": tables.weeks,
        "baseline_weeks": tables.baseline_weeks,
        "fiscal_quarters": list(tables.fiscal_quarters),
        "months": list(tables.months),
        "segments": list(tables.segments),
        "tables": {
            name: {column: frame[column].tolist() for column in columns}
            for name, columns in ALL.items()
            if (frame := getattr(tables, name)) is not None
        },
    }


def weeks_from_json(data: dict[str, Any]) -> WeeklyTables:
    """The tables that `weeks_as_json` wrote."""
    return WeeklyTables(
        origin=date.fromisoformat(data["origin"]),
        weeks=data["weeks"],
        baseline_weeks=data["baseline_weeks"],
        fiscal_quarters=tuple(data["fiscal_quarters"]),
        months=tuple(data["months"]),
        segments=tuple(data["segments"]),
        **{name: _frame(table, ALL[name]) for name, table in data["tables"].items()},
    )


def _frame(table: dict[str, Any], columns: Sequence[str]) -> pd.DataFrame:
    """A table with its columns' types, which an empty one does not show: a company may have no amounts at all."""
    frame = pd.DataFrame(table, columns=list(columns))
    return frame if len(frame) else frame.astype({name: "int64" for name in columns if name not in TEXTS})


def _added_up(frame: pd.DataFrame) -> pd.DataFrame:
    keys = [column for column in frame.columns if column != "n"]
    return frame.groupby(keys, as_index=False, sort=True)[["n"]].sum()
