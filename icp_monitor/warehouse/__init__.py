"""Where datasets are kept: Parquet files read by DuckDB, PostgreSQL or SQLite, as the URL says."""

from icp_monitor.warehouse.interface import Partition, Warehouse
from icp_monitor.warehouse.opening import open_warehouse

__all__ = ["Partition", "Warehouse", "open_warehouse"]
