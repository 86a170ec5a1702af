"""A load adds exactly what its extract says that was not known before, on every engine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from icp_monitor.catalogue import Catalogue, Dataset, RowFiles, catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.snapshots.changes import Pull, changes, staged, staged_held
from icp_monitor.warehouse import Warehouse, open_warehouse
from icp_monitor.warehouse.arrow_types import arrow_type

DAY = date(2026, 1, 1)
TOLD = ("name", "created_on", "industry", "employees", "technologies")
VALUES = st.tuples(
    st.sampled_from([None, "", "acme", "Acme", "acme ", "açme"]),
    st.sampled_from([None, DAY, date(2025, 12, 31)]),
    st.sampled_from([None, "health", "acme"]),
    st.sampled_from([None, 0.0, 0.1, 0.30000000000000004, 1e15]),
    st.sampled_from([None, "|", "|aws|", "|aws|gcp|"]),
)
COMPANY = st.dictionaries(st.sampled_from(["A1", "A2", "a1", "Ä"]), VALUES, max_size=4)
NOTHING = (None,) * len(TOLD)


def written(path: Path, dataset: Dataset, rows: list[dict[str, Any]]) -> RowFiles:
    """Rows as a source hands them over: every column of the dataset but its partition."""
    columns = [column for column in dataset.table.columns if column.name not in dataset.partition]
    schema = pa.schema([(column.name, arrow_type(column.type)) for column in columns])
    whole = [{**dict.fromkeys(schema.names), **row} for row in rows]
    pq.write_table(pa.Table.from_pylist(whole, schema=schema), path)
    return RowFiles((path,))


def load(
    warehouse: Warehouse, raw: Dataset, folder: Path, pull: Pull, accounts: Mapping[str, Any], held: set[str]
) -> dict[str, Any]:
    """Store what ``accounts`` add as one load; gives the values of the rows added, None for a tombstone."""
    told = [
        {"account_id": key, "fact_on": DAY, "deleted": False, **dict(zip(TOLD, values, strict=True))}
        for key, values in accounts.items()
    ]
    rows = written(folder / "rows.parquet", staged(raw), told)
    aside = written(folder / "held.parquet", staged_held(raw), [{"account_id": key} for key in sorted(held)])
    partition = {"load": pull.load}
    with (
        warehouse.offered(rows, staged(raw), partition) as extract,
        warehouse.offered(aside, staged_held(raw), partition) as unread,
    ):
        warehouse.replace_partition(raw, partition, changes(raw, extract, unread, pull, full=True))
    stored = raw.table.c
    added = warehouse.read(sa.select(raw.table).where(stored.load == pull.load)).to_pylist()
    assert all(row[name] is None for row in added if row["deleted"] for name in TOLD)
    return {row["account_id"]: None if row["deleted"] else tuple(row[name] for name in TOLD) for row in added}


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=st.lists(st.tuples(COMPANY, st.sets(st.sampled_from(["A1", "A2"]))), min_size=1, max_size=3))
@example(readings=[({"A1": NOTHING}, set()), ({"A1": NOTHING}, set()), ({}, {"A1"}), ({}, set()), ({}, set())])
@example(readings=[({"A1": (None, None, "acme", None, None)}, set()), ({"A1": ("acme", *NOTHING[1:])}, set())])
def test_a_load_adds_what_changed_and_a_tombstone_for_what_is_gone(
    warehouse: Warehouse, catalogue: Catalogue, tmp_path: Path, readings: list[tuple[dict[str, Any], set[str]]]
) -> None:
    raw, known = catalogue.raw_accounts, dict[str, Any]()
    for partition in warehouse.partitions(raw):
        warehouse.drop_partition(raw, partition)
    for number, (accounts, aside) in enumerate(readings, start=1):
        held = aside - set(accounts)
        pull = Pull("crm", number, DAY, first=number == 1, last_load=number - 1)
        gone = {key for key, values in known.items() if values is not None} - set(accounts) - held
        changed = {key: values for key, values in accounts.items() if key not in known or known[key] != values}
        expected = {**changed, **dict.fromkeys(gone)}
        assert load(warehouse, raw, tmp_path, pull, accounts, held) == expected
        known |= expected


def test_a_new_attribute_without_values_changes_no_row(warehouse_url: str, icp: IcpConfig, tmp_path: Path) -> None:
    accounts = {"A1": ("Acme", DAY, "health", 5.0, "|aws|")}
    fewer = icp.model_copy(update={"attributes": [item for item in icp.attributes if item.id != "maturity"]})
    found = []
    for number, profile in ((1, fewer), (2, icp)):
        catalogue = catalogue_of(profile)
        pull = Pull("crm", number, DAY, number == 1, number - 1)
        with open_warehouse(warehouse_url, catalogue) as warehouse:
            found.append(load(warehouse, catalogue.raw_accounts, tmp_path, pull, accounts, set()))
    assert found == [accounts, {}]
