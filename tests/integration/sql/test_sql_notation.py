"""Whatever type a column has, its values come as text in one notation."""

from __future__ import annotations

import pytest

from tests.integration.sql.reading import Store, read, table

TYPED = {
    "a_day": ("date '2025-01-31'", "2025-01-31"),
    "zoneless": ("timestamp '2025-01-31 08:15:30.5'", "2025-01-31T08:15:30.5"),
    "aware": ("timestamptz '2025-01-31 08:15:30.123+05:30'", "2025-01-31T02:45:30.123+00:00"),
    "truth": ("true", "true"),
    "falsehood": ("false", "false"),
    "exact": ("12345678901234567.10::numeric", "12345678901234567.10"),
    "whole": ("42::bigint", "42"),
    "binary": ("0.1::float8", "0.1"),
    "padded": ("'won'::char(8)", "won"),
    "texts": ("ARRAY['a', NULL, 'b c']", "a;b c"),
    "numbers": ("ARRAY[1, 2]", "1;2"),
    "json_list": ("""'["x", 2, true]'::json""", "x;2;true"),
    "jsonb_list": ("""'["x", "y"]'::jsonb""", "x;y"),
    "json_text": ("""'"plain"'::jsonb""", "plain"),
    "several_lines": ("E'line one\\nline \"two\", 3'", 'line one\nline "two", 3'),
    "empty": ("''::text", ""),
    "missing": ("NULL::text", None),
    "no_day": ("NULL::date", None),
    "uuid": ("'0f0e0d0c-0b0a-0908-0706-050403020100'::uuid", "0f0e0d0c-0b0a-0908-0706-050403020100"),
}


@pytest.mark.postgres
def test_postgresql_writes_every_type_in_the_notation_of_connectors(postgres: Store) -> None:
    selected = ", ".join(f"{value} AS {name}" for name, (value, _) in TYPED.items())
    postgres.run(f"CREATE TABLE account AS SELECT {selected}")
    (row,) = read(postgres.source({"accounts": table("account")}), "accounts", list(TYPED))
    assert dict(zip(TYPED, row, strict=True)) == {name: text for name, (_, text) in TYPED.items()}


@pytest.mark.postgres
def test_the_servers_own_settings_change_no_text(postgres: Store) -> None:
    """The trap of a database whose dates are written day first, in its own zone."""
    name = postgres.engine.url.database
    postgres.run(
        f"ALTER DATABASE {name} SET timezone = 'America/New_York'",
        f"ALTER DATABASE {name} SET datestyle = 'SQL, DMY'",
        "CREATE TABLE account AS SELECT timestamptz '2025-01-31 23:30:00-05' AS at, date '2025-02-01' AS day",
    )
    try:
        (row,) = read(postgres.source({"accounts": table("account")}), "accounts", ["at", "day"])
    finally:
        postgres.run(f"ALTER DATABASE {name} RESET ALL")
    assert row == ("2025-02-01T04:30:00+00:00", "2025-02-01")


def test_nothing_and_an_empty_text_are_told_apart_also_in_a_single_column(store: Store) -> None:
    store.run("CREATE TABLE account (name TEXT)", "INSERT INTO account VALUES ('a'), (NULL), ('')")
    assert read(store.source({"accounts": table("account")}), "accounts", ["name"]) == ["", "a", None]


@pytest.mark.parametrize(
    "name", ["property_hs_all-funky-a9384-syntax", "Größe in €", "per cent %s", "Order", 'a"b', "a:b"]
)
def test_any_name_can_be_read(store: Store, name: str) -> None:
    """The trap of names that SQL or a driver would read as something else."""
    quoted = '"' + name.replace('"', '""') + '"'
    raw = store.engine.raw_connection()
    raw.cursor().execute(f"CREATE TABLE {quoted} ({quoted} TEXT)")
    raw.cursor().execute(" ".join(("INSERT INTO", quoted, "VALUES ('50%')")))
    raw.commit()
    raw.close()
    whole = store.source({"accounts": table(name, {"account_id": name})})
    assert whole.offered() == ["accounts"]
    assert read(whole, "accounts", [name]) == ["50%"]
    condition = f"{quoted} LIKE '%0|%' ESCAPE '|' AND ':x' <> '%' -- all of them;"
    query = " ".join(("SELECT * FROM", quoted, "WHERE", condition))
    asked = store.source({"accounts": {"query": query, "columns": {"account_id": name}}})
    assert read(asked, "accounts", [name]) == ["50%"]


def test_many_rows_come_in_several_batches_and_none_is_lost(store: Store) -> None:
    count = 300_001
    numbered = "WITH RECURSIVE n(id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM n WHERE id < 300000) SELECT id FROM n"
    store.run(f"CREATE TABLE account AS {numbered}")
    database = store.source({"accounts": table("account")})
    batches = list(database.read("accounts", ["id"], None).batches)
    database.close()
    assert len(batches) > 1
    numbers = [number for batch in batches for number in batch["record:number"].to_pylist()]
    assert numbers == list(range(1, count + 1))
    assert {value for batch in batches for value in batch["c0"].to_pylist()} == {str(number) for number in range(count)}


def test_a_text_that_is_longer_than_a_block_comes_whole(store: Store) -> None:
    store.run("CREATE TABLE account (name TEXT)")
    note = 'said "yes",\n' * 300_000
    store.write("INSERT INTO account VALUES (:note)", {"note": note}, {"note": "short"})
    assert read(store.source({"accounts": table("account")}), "accounts", ["name"]) == [note, "short"]
