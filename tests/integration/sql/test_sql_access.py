"""A database is only read, says everything that is wrong at once, and its password is never told."""

from __future__ import annotations

import traceback
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import SourceError
from icp_monitor.settings.connections import read_connection
from icp_monitor.sources.readers import readers_of
from icp_monitor.sources.sql import Database
from tests.integration.sql.reading import DEAL, Store, read, source_of, table

ACCOUNT = {"account_id": "id"}
WRITES = {
    "two statements": "SELECT id FROM account; DELETE FROM account",
    "a statement of its own": "SELECT id FROM account) AS origin; DELETE FROM account; SELECT * FROM (SELECT 1 AS id",
    "out of the transaction": "SELECT 1 AS id) AS o; COMMIT; SET default_transaction_read_only = off; "
    "DELETE FROM account; SELECT * FROM (SELECT 1 AS id",
    "a statement inside": "WITH gone AS (DELETE FROM account RETURNING id) SELECT id FROM gone",
}


def refusals(database: Database, icp: IcpConfig) -> list[str]:
    """Everything that keeps a database from being read, as it is printed."""
    readers = readers_of(database.source, icp.attributes, date(2026, 1, 31), "EUR")
    try:
        return [str(problem) for problem in database.refusals("crm", readers)]
    finally:
        database.close()


@pytest.mark.parametrize("query", WRITES.values(), ids=WRITES.keys())
def test_a_query_that_writes_is_refused_and_nothing_has_changed(store: Store, icp: IcpConfig, query: str) -> None:
    """The trap of a mapping that deletes what it reads."""
    store.run("CREATE TABLE account (id TEXT)", "INSERT INTO account VALUES ('A1')")
    (problem,) = refusals(store.source({"accounts": {"query": query, "columns": ACCOUNT}}), icp)
    assert "it must be one SELECT" in problem
    assert read(store.source({"accounts": table("account")}), "accounts", ["id"]) == ["A1"]


@pytest.mark.postgres
def test_what_a_function_does_behind_a_select_is_refused_too(postgres: Store) -> None:
    postgres.run(
        "CREATE TABLE account (id TEXT)",
        "INSERT INTO account VALUES ('A1')",
        "CREATE FUNCTION cleared() RETURNS TEXT LANGUAGE sql AS $$ DELETE FROM account; SELECT 'x' $$",
    )
    database = postgres.source({"accounts": {"query": "SELECT cleared() AS id", "columns": ACCOUNT}})
    with pytest.raises(SourceError, match="read-only transaction"):
        read(database, "accounts", ["id"])
    assert read(postgres.source({"accounts": table("account")}), "accounts", ["id"]) == ["A1"]


def test_tables_and_columns_that_are_not_there_are_told_all_at_once_with_the_nearest_name(
    store: Store, icp: IcpConfig
) -> None:
    store.run("CREATE TABLE account (id TEXT, industry TEXT)", "CREATE VIEW opportunity AS SELECT id FROM account")
    database = store.source(
        {
            "accounts": table("account", {"account_id": "Id", "industry": "industy"}, modified="changed"),
            "opportunities": table("opportunityy", DEAL),
            "stage_events": {"query": "SELECT nothing FROM account", "columns": {}},
            "win_loss": table("account", {"opportunity_id": "id"}),
        }
    )
    problems = refusals(database, icp)
    assert [problem.partition(":")[2].split()[0] for problem in problems] == [
        "crm.tables.accounts.columns:",
        "crm.tables.accounts.columns:",
        "crm.tables.accounts.modified:",
        "crm.tables.opportunities.table:",
        "crm.tables.stage_events.query:",
    ]
    cures = [problem.partition("Cure: ")[2] for problem in problems]
    assert cures[:2] == ["did you mean 'id'?", "did you mean 'industry'?"]
    assert cures[3] == "did you mean 'opportunity'?"
    assert "nothing" in problems[4]


@pytest.mark.postgres
def test_a_schema_that_is_not_there_is_told_with_the_nearest_name(postgres: Store, icp: IcpConfig) -> None:
    assert postgres.schema is not None
    (problem,) = refusals(postgres.source({"accounts": table(f"{postgres.schema[:-1]}.account")}), icp)
    assert "no such schema" in problem
    assert problem.endswith(f"did you mean {postgres.schema!r}?")


@pytest.mark.postgres
def test_a_table_that_the_user_may_not_read_is_told(postgres: Store, icp: IcpConfig) -> None:
    role = f"reader_{postgres.schema}"
    postgres.run(
        "CREATE TABLE account (id TEXT)",
        "CREATE TABLE history (id TEXT)",
        f"CREATE ROLE {role}",
        f"GRANT USAGE ON SCHEMA {postgres.schema} TO {role}",
        f"GRANT SELECT ON history TO {role}",
    )
    url = sa.make_url(postgres.url).update_query_dict({"options": f"-c role={role}"})
    tables = {"accounts": table("account"), "win_loss": table("history", {"opportunity_id": "id"})}
    connection = read_connection("dwh", url.render_as_string(hide_password=False))
    try:
        (problem,) = refusals(Database(source_of(tables, schema=postgres.schema), connection), icp)
    finally:
        postgres.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")
    assert "permission denied" in problem
    assert problem.endswith("Cure: let the connection's user read it")


@pytest.mark.postgres
def test_a_table_of_another_schema_is_read_by_its_whole_name(postgres: Store) -> None:
    postgres.run("CREATE TABLE account AS SELECT 'A1' AS id")
    elsewhere = Database(
        source_of({"accounts": table(f"{postgres.schema}.account")}), read_connection("dwh", postgres.url)
    )
    assert read(elsewhere, "accounts", ["id"]) == ["A1"]


def test_an_optional_table_is_left_out_where_it_is_missing_but_not_where_it_is_misspelt_within(
    store: Store, icp: IcpConfig
) -> None:
    store.run("CREATE TABLE account (id TEXT)", "CREATE TABLE history (account TEXT)")
    missing = {"table": "lead", "columns": {"lead_id": "id", "created_on": "id"}, "optional": True}
    query = {
        "query": "SELECT h.accountt FROM history AS h",
        "columns": {"opportunity_id": "accountt"},
        "optional": True,
    }
    absent = store.source({"accounts": table("account"), "leads": missing})
    assert absent.offered() == ["accounts"]
    assert refusals(absent, icp) == []
    misspelt = store.source({"accounts": table("account"), "win_loss": query})
    assert misspelt.offered() == ["accounts", "win_loss"]
    (problem,) = refusals(misspelt, icp)
    assert "accountt" in problem


def test_of_several_queries_the_first_is_read_that_the_database_can_answer(store: Store, icp: IcpConfig) -> None:
    store.run(
        "CREATE TABLE account (id TEXT, active BOOLEAN)", "INSERT INTO account VALUES ('A1', TRUE), ('A2', FALSE)"
    )
    queries = ("SELECT id FROM company", "SELECT id FROM account WHERE alive", "SELECT id FROM account WHERE active")
    database = store.source({"accounts": {"query": [*queries, "SELECT id FROM account"], "columns": ACCOUNT}})
    assert read(database, "accounts", ["id"]) == ["A1"]
    none = store.source({"accounts": {"query": queries[:2], "columns": ACCOUNT, "optional": True}})
    (problem,) = refusals(none, icp)
    assert "alive" in problem


def test_a_password_is_in_no_message_and_in_no_printed_form() -> None:
    """The trap of an error that prints the URL."""
    secret = "s3cr3t-and-l0ng"
    connection = read_connection("dwh", f"postgres://reader:{secret}@localhost:1/crm?connect_timeout=1")
    database = Database(source_of({"accounts": table("account")}), connection)
    with pytest.raises(SourceError, match="the connection dwh") as refused:
        database.offered()
    told = "".join(traceback.format_exception(refused.value))
    assert secret not in told + repr(database) + repr(vars(database)) + str(refused.value)


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("snowflake://account/db/schema", "snowflake-sqlalchemy"),
        ("mysql://host/db", "pymysql"),
        ("nobody://host/db", "the SQLAlchemy dialect for nobody"),
    ],
)
def test_a_missing_driver_is_named_with_its_package(url: str, package: str) -> None:
    database = Database(source_of({"accounts": table("account")}), read_connection("dwh", url))
    with pytest.raises(SourceError, match=f"not installed. Cure: pip install {package}"):
        database.offered()


def test_a_file_that_is_not_there_is_not_made(tmp_path: Any) -> None:
    database = Database(
        source_of({"accounts": table("account")}), read_connection("dwh", f"sqlite:///{tmp_path}/no.db")
    )
    with pytest.raises(SourceError, match="unable to open database file"):
        database.offered()
    assert list(tmp_path.iterdir()) == []
