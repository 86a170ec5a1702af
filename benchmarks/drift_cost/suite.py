"""The weekly suite: from deals in Parquet to stored statistics, and from those to the verdicts of looks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from benchmarks.drift_cost.company import CURRENT, REFERENCE, Company
from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.loading import Config
from icp_monitor.drift.looks.judge import judge_look
from icp_monitor.drift.looks.measure import Measures
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.sequential import Calibration, monitor
from icp_monitor.drift.sequential.bets import CHANNELS
from icp_monitor.drift.verdict import Finding
from icp_monitor.drift.weekly import COLUMNS, WeeklyTables
from icp_monitor.metrics.attributes import bucket_keys
from icp_monitor.pipeline.weekly import COUNTED, tables_of, weekly_counts
from icp_monitor.snapshots.asof import Asof
from icp_monitor.warehouse import open_warehouse
from icp_monitor.warehouse.file_queries import rows_of

TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "anchor_on": sa.Date(),
    "closed_on": sa.Date(),
    "age_days": sa.Integer(),
    "score": sa.Double(),
    "log_amount": sa.BigInteger(),
}
THRESHOLD = 8.0  # of every channel: thresholds are found once for each baseline, which isn't measured here


def counted(company: Company, profile: IcpConfig, folder: Path) -> dict[str, pd.DataFrame]:
    """The counts of all deals for each of the weekly tables."""
    names = ("account", *COUNTED, *company.columns)
    columns: list[sa.Column[Any]] = [sa.Column(name, TYPES.get(name, sa.Text())) for name in names]
    files = (rows_of(folder / name, columns).alias(name.split(".")[0]) for name in (REFERENCE, CURRENT))
    rows = sa.union_all(*(sa.select(*file.c) for file in files)).subquery("rows")
    wanted = (rows.c[name] for name in ("account", *COUNTED))
    deals = sa.select(*wanted, *bucket_keys(profile.attributes, rows))
    url, catalogue = f"file:{folder / 'warehouse'}", catalogue_of(profile)
    with open_warehouse(url, catalogue) as warehouse, warehouse.computed(deals) as computed:
        return weekly_counts(warehouse, computed, profile, company.calendar)


def tables_from(company: Company, profile: IcpConfig, counts: dict[str, pd.DataFrame]) -> WeeklyTables:
    """The weekly tables, seen from the end of the company's weeks."""
    return tables_of(counts, profile, Asof(company.end, "as-was", 1, company.end), company.calendar)


def store(tables: WeeklyTables, folder: Path) -> None:
    """Keep the statistics as Parquet files."""
    for name in COLUMNS:
        getattr(tables, name).to_parquet(folder / f"{name}.parquet", index=False)


def stored(company: Company, profile: IcpConfig, folder: Path) -> WeeklyTables:
    """The statistics that were kept."""
    return tables_from(company, profile, {name: pd.read_parquet(folder / f"{name}.parquet") for name in COLUMNS})


def judged(config: Config, profile: IcpConfig, tables: WeeklyTables, looks: Iterable[int]) -> list[tuple[Finding, ...]]:
    """The findings of some looks by number; -1 is the last."""
    plan = Plan.of(profile, config.monitoring)
    thresholds = {channel.name: THRESHOLD for channel in CHANNELS}
    paths = monitor(tables, Calibration(0.7, thresholds, replays=0, seed=0, won_amounts_only=False))
    measures = Measures(tables, plan)
    return [judge_look(measures, paths, {}, look) for look in looks]
