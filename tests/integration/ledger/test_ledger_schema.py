"""The ledger's tables: made by whoever comes first, the same from models and migrations, refused when too new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DBAPIError, StatementError

from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import ConfigError, StorageError
from icp_monitor.ledger import Ledger, open_ledger
from icp_monitor.ledger.migrate import known_revisions, migrate, migrate_back
from icp_monitor.ledger.schema import HEAD, VERSION_TABLE, revision
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import Row

Profile = Callable[..., IcpConfig]
MORNING = datetime(2026, 10, 5, 6, tzinfo=UTC)


def _tables(store: Store) -> set[str]:
    return set(sa.inspect(store.engine).get_table_names())


def test_the_newest_migration_is_the_one_that_opening_looks_for() -> None:
    assert known_revisions()[0] == HEAD


def test_models_and_migrations_describe_the_same_tables(ledger_url: str) -> None:
    open_ledger(ledger_url).close()
    store = Store(ledger_url)
    with store.engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Row.metadata) == []
    store.engine.dispose()


def test_down_to_nothing_and_up_again_gives_the_same_tables(ledger_url: str) -> None:
    open_ledger(ledger_url).close()
    store = Store(ledger_url)
    before = _tables(store)
    migrate_back(store, "base")
    assert (_tables(store), revision(store)) == ({VERSION_TABLE}, None)
    migrate(store, HEAD)
    assert (_tables(store), revision(store)) == (before, HEAD)
    store.engine.dispose()


def test_a_ledger_of_a_newer_version_is_refused_with_what_to_do_and_left_alone(ledger_url: str) -> None:
    open_ledger(ledger_url).close()
    store = Store(ledger_url)
    version = sa.table(VERSION_TABLE, sa.column("version_num"))
    with store.write() as session:
        session.execute(sa.update(version).values(version_num="9999"))
    with pytest.raises(StorageError, match=r"schema 9999.*newer version wrote it.*Cure: upgrade icp-monitor"):
        open_ledger(ledger_url)
    assert revision(store) == "9999"
    store.engine.dispose()


@pytest.mark.parametrize("statement", ["UPDATE icp_events SET who = 'mallory'", "DELETE FROM icp_events"])
def test_the_database_itself_refuses_to_change_the_record_of_decisions(
    ledger_url: str, ledger: Ledger, profile: Profile, statement: str
) -> None:
    ledger.versions.register(profile(), "hash", "ana", MORNING)
    engine = sa.create_engine(ledger_url)
    with engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.exec_driver_sql(statement)
    engine.dispose()
    assert [event.who for event in ledger.events.history()] == ["ana"]


def test_sqlite_is_durable_and_lets_readers_read_while_somebody_writes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    open_ledger(url).close()
    store = Store(url)
    with store.write() as writing, store.read() as reading:
        pragmas = {
            name: writing.scalar(sa.text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
        assert reading.scalar(sa.text("SELECT count(*) FROM loads")) == 0
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    store.engine.dispose()


def test_the_folder_of_a_new_sqlite_ledger_is_made(tmp_path: Path) -> None:
    with open_ledger(f"sqlite:///{tmp_path / 'a' / 'b' / 'ledger.db'}") as ledger:
        assert ledger.loads.last() == 0


@pytest.mark.parametrize("url", ["", "ledger.db", "sqlite://", "sqlite:///:memory:", "mysql://host/db", "oracle://x"])
def test_a_url_that_names_no_lasting_database_is_refused_with_the_forms_that_do(url: str) -> None:
    with pytest.raises(ConfigError, match=r"Cure: set ICP_LEDGER_URL to sqlite:///.* or postgresql\+psycopg://"):
        open_ledger(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be looked at as one" * 50)
    with pytest.raises(StorageError, match=r"notes\.txt can't be used: file is not a database"):
        open_ledger(f"sqlite:///{path}")


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StorageError, match=r"icp:\*\*\*@127\.0\.0\.1") as refused:
        open_ledger("postgresql://icp:hunter2@127.0.0.1:9/icp")
    assert "hunter2" not in str(refused.value)


def test_a_moment_without_an_offset_is_refused(ledger: Ledger) -> None:
    with pytest.raises(StatementError, match="has no offset"):
        ledger.loads.begin("crm", datetime(2026, 10, 5, 6))  # noqa: DTZ001 - the mistake under test
