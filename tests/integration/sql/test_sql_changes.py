"""Only what changed is read again; nothing that changed is left out, and what is gone is told."""

from __future__ import annotations

import pytest

from devstack.waiting import wait_until
from icp_monitor.errors import SourceError
from tests.integration.sql.reading import Store, read, rows_of, table

CHANGING = {"accounts": table("account", modified="changed")}
COLUMNS = ["id"]
TYPES = {
    "timestamp": ("TIMESTAMP", "2026-01-0{} 08:00:00.25"),
    "with a zone": ("TIMESTAMP WITH TIME ZONE", "2026-01-0{} 08:00:00.250000+02:00"),
    "date": ("DATE", "2026-01-0{}"),
    "number": ("INTEGER", "{}"),
}


@pytest.fixture(params=TYPES)
def moments(request: pytest.FixtureRequest, store: Store) -> str:
    """How a change is dated, with a table that dates them so."""
    kind, written = TYPES[request.param]
    store.run(f"CREATE TABLE account (id TEXT, changed {kind})")
    return str(written)


def insert(store: Store, key: str, changed: str | None) -> None:
    moment = "NULL" if changed is None else f"'{changed}'"
    store.run(" ".join(("INSERT INTO account VALUES", f"('{key}', {moment})")))


def finished(store: Store, since: str | None, **options: object) -> tuple[list[str | None], bool, str | None]:
    """What one reading brings, whether it is full, and where the next goes on."""
    database = store.source({"accounts": {**CHANGING["accounts"], **options}})
    reading = database.read("accounts", COLUMNS, since)
    keys = sorted(row[0] or "" for row in rows_of(reading))
    database.close()
    return list(keys), reading.full, reading.watermark()


def test_after_the_first_reading_only_changes_come(store: Store, moments: str) -> None:
    insert(store, "old", moments.format(1))
    insert(store, "last", moments.format(5))
    keys, full, mark = finished(store, None)
    assert (keys, full) == (["last", "old"], True)
    insert(store, "new", moments.format(7))
    keys, full, mark = finished(store, mark)
    assert (keys, full) == (["last", "new"], False)
    assert finished(store, mark) == (["new"], False, mark)


def test_a_change_of_the_very_moment_at_which_the_last_reading_ended_is_not_lost(store: Store, moments: str) -> None:
    """The trap of a watermark that is compared with >."""
    insert(store, "first", moments.format(5))
    _, _, mark = finished(store, None)
    insert(store, "tie", moments.format(5))
    assert finished(store, mark, overlap_minutes=0)[0] == ["first", "tie"]


def test_a_transaction_that_was_stamped_before_the_last_reading_and_committed_after_it_is_not_lost(
    store: Store,
) -> None:
    """The trap of a watermark that overtakes what is still being written."""
    store.run("CREATE TABLE account (id TEXT, changed TIMESTAMP)")
    insert(store, "early", "2026-01-05 08:00:00")
    _, _, mark = finished(store, None)
    insert(store, "late commit", "2026-01-05 07:51:00")
    insert(store, "too late", "2026-01-05 07:49:00")
    assert finished(store, mark)[0] == ["early", "late commit"]
    assert finished(store, mark, overlap_minutes=20)[0] == ["early", "late commit", "too late"]


def test_a_record_from_the_future_does_not_hide_what_changes_until_then(store: Store) -> None:
    """The trap of one record of the year 9999."""
    store.run("CREATE TABLE account (id TEXT, changed TIMESTAMP)")
    insert(store, "sound", "2026-01-05 08:00:00")
    insert(store, "future", "9999-12-31 23:59:59")
    _, _, mark = finished(store, None)
    insert(store, "next", "2026-01-06 08:00:00")
    assert finished(store, mark)[0] == ["future", "next", "sound"]


def test_a_record_that_never_says_when_it_changed_is_read_every_time(store: Store, moments: str) -> None:
    insert(store, "silent", None)
    insert(store, "old", moments.format(1))
    insert(store, "last", moments.format(5))
    _, _, mark = finished(store, None)
    assert finished(store, mark)[0] == ["last", "silent"]


def test_a_table_that_was_emptied_is_no_deletion_of_everything(store: Store, moments: str) -> None:
    """The trap of a warehouse that is just being loaded anew."""
    insert(store, "one", moments.format(1))
    _, _, mark = finished(store, None)
    store.run("DELETE FROM account")
    assert finished(store, mark) == ([], False, mark)


def test_a_watermark_of_another_kind_than_the_column_leads_to_a_full_reading(store: Store, moments: str) -> None:
    insert(store, "one", moments.format(1))
    """SQLite keeps days and moments as text, and any text is one of its kind."""
    keys, full, _ = finished(store, "since ever")
    is_text = store.schema is None and moments != "{}"
    assert (keys, full) == (["one"], True) or (is_text and not full)


def test_without_a_moment_of_change_every_reading_is_full(store: Store) -> None:
    store.run("CREATE TABLE account (id TEXT)", "INSERT INTO account VALUES ('one')")
    reading = store.source({"accounts": table("account")}).read("accounts", COLUMNS, "2026-01-01")
    assert reading.full
    assert rows_of(reading) == [("one",)]
    assert reading.watermark() is None


@pytest.mark.postgres
def test_the_tables_of_a_reading_fit_together_whatever_is_written_meanwhile(postgres: Store) -> None:
    """The trap of a deal whose account was written between the two readings."""
    postgres.run("CREATE TABLE account AS SELECT 'A1' AS id", "CREATE TABLE history AS SELECT 'A1' AS id")
    both = {"accounts": table("account"), "win_loss": table("history", {"opportunity_id": "id"})}
    database = postgres.source(both)
    assert rows_of(database.read("accounts", COLUMNS, None)) == [("A1",)]
    postgres.run("INSERT INTO account VALUES ('A2')", "INSERT INTO history VALUES ('A2')")
    assert rows_of(database.read("win_loss", COLUMNS, None)) == [("A1",)]
    database.close()
    assert read(postgres.source(both), "win_loss", COLUMNS) == ["A1", "A2"]


@pytest.mark.postgres
def test_nothing_stays_open_when_a_reading_is_broken_off(postgres: Store) -> None:
    postgres.run("CREATE TABLE account AS SELECT n::text AS id FROM generate_series(1, 500000) AS n")
    database = postgres.source({"accounts": table("account")})
    next(database.read("accounts", COLUMNS, None).batches)
    database.close()
    query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%%' AND datname = current_database()"
    with postgres.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        assert wait_until(lambda: connection.exec_driver_sql(query).scalar_one() == 0, 10)


@pytest.mark.postgres
def test_a_server_that_goes_away_in_the_middle_ends_the_reading_with_a_problem(postgres: Store) -> None:
    postgres.run("CREATE TABLE account AS SELECT n::text AS id FROM generate_series(1, 2000000) AS n")
    batches = postgres.source({"accounts": table("account")}).read("accounts", COLUMNS, None).batches
    next(batches)
    postgres.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE query LIKE 'COPY%%' AND datname = current_database()"
    )
    with pytest.raises(SourceError, match="the connection dwh: account: "):
        list(batches)


@pytest.mark.postgres
def test_a_row_that_the_server_cannot_compute_ends_the_reading_with_what_the_server_said(postgres: Store) -> None:
    postgres.run("CREATE VIEW account AS SELECT (1 / (n - 300000))::text AS id FROM generate_series(1, 300000) AS n")
    database = postgres.source({"accounts": table("account")})
    with pytest.raises(SourceError, match="the connection dwh: account: division by zero"):
        list(database.read("accounts", COLUMNS, None).batches)
    database.close()
