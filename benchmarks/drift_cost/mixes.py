"""The mix of every attribute's values in every segment, later deals against the baseline's: Evidently's comparison."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import sqlalchemy as sa

from benchmarks.drift_cost.company import CURRENT, REFERENCE
from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.loading import Config
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.mix import compare_mix
from icp_monitor.drift.plan import Plan
from icp_monitor.metrics.attributes import bucket_keys, counts_by_value
from icp_monitor.warehouse import Warehouse, open_warehouse
from icp_monitor.warehouse.file_queries import rows_of

SEGMENT = "segment"
Counts = dict[tuple[str, str], dict[str, int]]


def compared(config: Config, profile: IcpConfig, folder: Path) -> dict[tuple[str, str], Comparison]:
    """The comparison for each segment and attribute."""
    plan = Plan.of(profile, config.monitoring)
    with open_warehouse(f"file:{folder / 'warehouse'}", catalogue_of(profile)) as warehouse:
        before, after = (counted(warehouse, profile, folder / name) for name in (REFERENCE, CURRENT))
    return {unit: compare_mix(before[unit], after[unit], plan) for unit in sorted({*before, *after})}


def counted(warehouse: Warehouse, profile: IcpConfig, file: Path) -> Counts:
    """How many of a file's deals have each value, by segment and attribute."""
    names = (SEGMENT, *(attribute.id for attribute in profile.attributes))
    rows = rows_of(file, [sa.Column(name, sa.Text()) for name in names])
    deals = sa.select(rows.c[SEGMENT], *bucket_keys(profile.attributes, rows)).cte("deals")
    found: Counts = defaultdict(dict)
    for row in warehouse.read(counts_by_value(deals, profile.attributes, (SEGMENT,))).to_pylist():
        found[row[SEGMENT], row["attribute"]][row["value"]] = row["n"]
    return found
