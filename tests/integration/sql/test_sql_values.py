"""What the types of a database mean becomes what is stored: days in business time, sets, exact amounts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.matching import SetAttribute, SetMatch
from icp_monitor.settings.connections import read_connection
from icp_monitor.sources import Surroundings, read_source
from icp_monitor.sources.sql import Database
from tests.integration.sql.reading import DEAL, Store, source_of, table

ACCOUNT = {"account_id": "id", "industry": "industry", "employees": "staff", "technologies": "stack"}
NEW_YORK = "America/New_York"


def stored(store: Store, icp: IcpConfig, name: str, tables: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """The good records of a table, with nothing in quarantine."""
    source = source_of(tables, schema=store.schema, **options)
    database = Database(source, read_connection("dwh", store.url))
    around = Surroundings(icp.attributes, date(2026, 1, 31), "EUR", NEW_YORK)
    with read_source("crm", source, database, around) as extract:
        database.close()
        assert extract.quarantine.to_table().to_pylist() == []
        rows: list[dict[str, Any]] = extract.tables[name].to_table().to_pylist()
        return rows


@pytest.mark.postgres
def test_lists_of_any_type_become_sets_and_numbers_numbers(postgres: Store, icp: IcpConfig) -> None:
    for place, stack in enumerate(("ARRAY['sap', 'aws']", """'["aws", "sap"]'::jsonb""", "'sap;aws'")):
        row = f"SELECT 'A{place}' AS id, true AS industry, 1234.5 AS staff, {stack} AS stack"
        postgres.run("DROP TABLE IF EXISTS account", f"CREATE TABLE account AS {row}")
        (account,) = stored(postgres, icp, "raw_accounts", {"accounts": table("account", ACCOUNT)})
        assert (account["industry"], account["employees"], account["technologies"]) == ("true", 1234.5, "|aws|sap|")


@pytest.mark.parametrize(("absence", "expected"), [("no", "|"), ("unknown", None)])
def test_a_set_that_is_null_is_empty_where_absence_means_no(
    store: Store, icp: IcpConfig, absence: Any, expected: str | None
) -> None:
    store.run(
        "CREATE TABLE account (id TEXT, industry TEXT, staff TEXT, stack TEXT)", "INSERT INTO account (id) VALUES ('A')"
    )
    (kept,) = (item for item in icp.attributes if item.id == "technologies")
    assert isinstance(kept, SetAttribute)
    assert isinstance(kept.match, SetMatch)
    profile = icp.model_copy(update={"attributes": (kept.model_copy(update={"absence_means": absence}),)})
    (account,) = stored(store, profile, "raw_accounts", {"accounts": table("account", ACCOUNT)})
    assert account["technologies"] == expected


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("kind", "moment", "moments", "day"),
    [
        ("TIMESTAMPTZ", "2025-02-01 02:00:00.5+00", None, "2025-01-31"),
        ("TIMESTAMP", "2025-02-01 02:00:00.5", None, "2025-02-01"),
        ("TIMESTAMP", "2025-02-01 02:00:00.5", "UTC", "2025-01-31"),
        ("TIMESTAMP", "2025-02-01 02:00:00", "UTC", "2025-01-31"),
        ("DATE", "2025-02-01", "UTC", "2025-02-01"),
        ("TEXT", "2025-02-01T02:00:00.5", "UTC", "2025-01-31"),
    ],
)
def test_a_moment_becomes_its_day_in_business_time(
    postgres: Store, icp: IcpConfig, kind: str, moment: str, moments: str | None, day: str
) -> None:
    postgres.run(
        "CREATE TABLE account AS SELECT 'A' AS id, 'x' AS industry, 1 AS staff, 'y' AS stack",
        "CREATE TABLE deal (id TEXT, stage TEXT, amount NUMERIC)",
        f"ALTER TABLE deal ADD created {kind} DEFAULT '{moment}'",
        f"ALTER TABLE deal ADD closed {kind} DEFAULT '{moment}'",
        "INSERT INTO deal (id, stage, amount) VALUES ('D', 'Won', 0.1 + 0.2)",
    )
    deal = {**DEAL, "closed_on": "closed", "amount": "amount"}
    tables = {"accounts": table("account", ACCOUNT), "opportunities": table("deal", deal)}
    (row,) = stored(postgres, icp, "raw_opportunities", tables, **({"moments": moments} if moments else {}))
    assert (str(row["created_on"]), str(row["closed_on"]), row["amount_minor"]) == (day, day, 30)
