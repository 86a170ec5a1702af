"""What is special about the warehouse in a database: its schema, its tables, and how they grow with the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue, catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import StorageError
from icp_monitor.warehouse import open_warehouse


@pytest.fixture
def older(icp: IcpConfig) -> Catalogue:
    """The catalogue of an earlier version of the profile, which had no ``technologies`` and no ``maturity``."""
    return catalogue_of(icp.model_copy(update={"attributes": icp.attributes[:2]}))


def account(account_id: str, **attributes: object) -> pa.Table:
    """One account."""
    day = date(2026, 1, 1)
    clocks: dict[str, Any] = {"source": "crm", "known_on": day, "valid_from": day, "assumed": True, "deleted": False}
    return pa.Table.from_pylist([{**clocks, "account_id": account_id, **attributes}])


def test_a_table_gains_the_columns_that_the_catalogue_gains_and_keeps_its_rows(
    warehouse_url: str, older: Catalogue, catalogue: Catalogue
) -> None:
    """On every engine; and a process that still has the older catalogue goes on working."""
    table = catalogue.raw_accounts.table
    with open_warehouse(warehouse_url, older) as before, open_warehouse(warehouse_url, catalogue) as after:
        before.replace_partition(older.raw_accounts, {"load": 1}, account("old", industry="fintech"))
        after.replace_partition(catalogue.raw_accounts, {"load": 2}, account("new", technologies="|sap|"))
        before.replace_partition(older.raw_accounts, {"load": 3}, account("older", employees=3.0))
        columns = (table.c.account_id, table.c.industry, table.c.employees, table.c.technologies)
        assert [tuple(row.values()) for row in after.read(sa.select(*columns).order_by(table.c.load)).to_pylist()] == [
            ("old", "fintech", None, None),
            ("new", None, None, "|sap|"),
            ("older", None, 3.0, None),
        ]


def test_a_column_whose_type_has_changed_is_refused_with_the_cure(
    warehouse_url: str, icp: IcpConfig, catalogue: Catalogue
) -> None:
    retyped = icp.attributes[0].model_copy(update={"id": "employees"})
    changed = catalogue_of(icp.model_copy(update={"attributes": (retyped,)}))
    with open_warehouse(warehouse_url, changed) as warehouse:
        warehouse.replace_partition(changed.raw_accounts, {"load": 1}, account("A1", employees="many"))
    total = sa.select(sa.func.sum(catalogue.raw_accounts.table.c.employees).label("employees"))
    with (
        open_warehouse(warehouse_url, catalogue) as warehouse,
        pytest.raises(StorageError, match=r"employees.*a new name"),
    ):
        warehouse.read(total)


@pytest.mark.postgres
class TestPostgreSQL:
    """The deployment database."""

    @pytest.fixture
    def engine(self, postgres_url: str) -> Iterator[sa.Engine]:
        """A connection that knows nothing of our schema."""
        engine = sa.create_engine(postgres_url)
        yield engine
        engine.dispose()

    @pytest.mark.parametrize(("option", "schema"), [("", "icp_monitor"), ("&schema=My 'ICP'", "My 'ICP'")])
    def test_tables_live_in_their_own_schema(
        self, postgres_url: str, engine: sa.Engine, catalogue: Catalogue, option: str, schema: str
    ) -> None:
        separator = "" if "?" in postgres_url else "?"
        with open_warehouse(postgres_url + separator + option, catalogue) as warehouse:
            warehouse.replace_partition(catalogue.raw_accounts, {"load": 1}, account("A1"))
        found = sa.inspect(engine)
        assert set(found.get_table_names(schema=schema)) == {"raw_accounts", "warehouse_partitions"}
        assert "raw_accounts" not in found.get_table_names()
        (index,) = found.get_indexes("raw_accounts", schema=schema)
        assert index["column_names"] == ["load"]

    def test_text_is_sorted_by_its_bytes_whatever_language_the_database_sorts_by(
        self, postgres_url: str, engine: sa.Engine, catalogue: Catalogue
    ) -> None:
        with open_warehouse(postgres_url, catalogue) as warehouse:
            warehouse.replace_partition(catalogue.raw_accounts, {"load": 1}, account("A1"))
        collations = "SELECT DISTINCT collation_name FROM information_schema.columns WHERE data_type = 'text'"
        with engine.connect() as connection:
            found = connection.exec_driver_sql(f"{collations} AND table_name = 'raw_accounts'").scalars().all()
        assert found == ["C"]

    def test_text_that_the_database_cannot_hold_is_refused(self, postgres_url: str, catalogue: Catalogue) -> None:
        with open_warehouse(postgres_url, catalogue) as warehouse, pytest.raises(StorageError, match="0x00"):
            warehouse.replace_partition(catalogue.raw_accounts, {"load": 9}, account("A1", name="a\x00b"))

    def test_a_refused_write_leaves_nothing_behind(
        self, postgres_url: str, engine: sa.Engine, catalogue: Catalogue
    ) -> None:
        bad = account("A1", employees=float("inf"))
        schema = f"test_{uuid4().hex[:12]}"
        url = sa.make_url(postgres_url).update_query_dict({"schema": schema}).render_as_string(hide_password=False)
        with open_warehouse(url, catalogue) as warehouse:
            with pytest.raises(StorageError, match="employees is infinite"):
                warehouse.replace_partition(catalogue.raw_accounts, {"load": 1}, bad)
            assert warehouse.partitions(catalogue.raw_accounts) == []
            with engine.connect() as connection:
                leftovers = "SELECT count(*) FROM pg_class WHERE relname = 'staged_rows'"
                assert connection.exec_driver_sql(leftovers).scalar() == 0
