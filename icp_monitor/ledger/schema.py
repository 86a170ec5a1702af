"""Are a ledger's tables in the form that this code knows? Whoever opens it first brings them there."""

from __future__ import annotations

import sqlalchemy as sa

import icp_monitor
from icp_monitor.errors import StorageError
from icp_monitor.ledger.locks import only_one
from icp_monitor.ledger.store import Store

HEAD = "0003"  # the newest migration, known without loading Alembic, which takes 0.3 s
VERSION_TABLE = "icp_ledger_version"
PATIENCE = 60.0  # seconds that one process waits while another migrates


def bring_up_to_date(store: Store) -> None:
    """Create the tables, or migrate them; several processes may ask for it at once.

    Raises:
        StorageError: the ledger was written by a newer version of this package.
    """
    with only_one(store, "schema", PATIENCE):
        present = revision(store)
        if present == HEAD:
            return
        from icp_monitor.ledger.migrate import known_revisions, migrate

        if present is not None and present not in known_revisions():
            raise StorageError(
                f"The ledger {store.name} has schema {present}, which icp-monitor {icp_monitor.__version__} doesn't "
                "know: a newer version wrote it. Cure: upgrade icp-monitor on this machine"
            )
        if store.file:
            _write_ahead(store)
        migrate(store, HEAD)


def revision(store: Store) -> str | None:
    """The schema's revision as recorded in the database; None when there is no ledger yet."""
    version = sa.table(VERSION_TABLE, sa.column("version_num", sa.Text))
    with store.read() as session:
        if not sa.inspect(session.connection()).has_table(VERSION_TABLE):
            return None
        return session.scalar(sa.select(version.c.version_num))


def _write_ahead(store: Store) -> None:
    """Switch SQLite to its write-ahead log, in which readers and the writer don't wait for each other."""
    with store.reached(), store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
