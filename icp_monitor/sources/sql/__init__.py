"""Databases as sources: any engine that SQLAlchemy has a dialect for, PostgreSQL in bulk."""

from icp_monitor.sources.sql.database import Database as Database
