"""The laws of replacing partitions, on every engine."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from icp_monitor.catalogue import Catalogue, RowFiles
from icp_monitor.errors import StorageError
from icp_monitor.warehouse import Warehouse, open_warehouse
from icp_monitor.warehouse.arrow_types import arrow_type

DAYS = [{"run_set": run_set, "as_of": date(2026, 1, day)} for run_set in ("live", "bf-1/2 %ü") for day in (5, 12)]
DAY = DAYS[0]
REASONS = st.sampled_from(["price", "timing", "it's 100%", ""])
CONTENTS = st.dictionaries(REASONS, st.integers(0, 9), max_size=4)
OPERATIONS = st.lists(st.tuples(st.sampled_from(range(len(DAYS))), st.none() | CONTENTS), max_size=6)


def rows_of(contents: dict[str, int]) -> pa.Table:
    """Win-loss counts: for each reason, its number."""
    columns = ("icp_version", "config_hash", "code_version", "knowledge", "closed_in", "segment", "outcome", "origin")
    values = (1, "c", "1", "as-was", date(2026, 1, 1), "other", "lost", "rep")
    constant = dict(zip(columns, values, strict=True)) | {"competitor": ""}
    empty = pa.schema([("reason", pa.string()), ("n", pa.int64()), *((name, pa.null()) for name in constant)])
    rows = [{**constant, "reason": reason, "n": n} for reason, n in contents.items()]
    return pa.Table.from_pylist(rows) if rows else empty.empty_table()


def contents_of(warehouse: Warehouse, catalogue: Catalogue, day: dict[str, Any]) -> dict[str, int]:
    """What is stored for the day, and that it is stored once."""
    counts = catalogue.win_loss_counts.table.c
    of_day = sa.select(counts.reason, counts.n).where(counts.run_set == day["run_set"], counts.as_of == day["as_of"])
    found = warehouse.read(of_day).to_pydict()
    contents = dict(zip(found["reason"], found["n"], strict=True))
    assert len(contents) == len(found["n"])
    return contents


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_a_warehouse_is_a_mapping_from_partitions_to_rows(
    warehouse: Warehouse, catalogue: Catalogue, operations: list[tuple[int, dict[str, int] | None]]
) -> None:
    """The last write of a partition wins, other partitions stay as they were, and what is dropped is gone."""
    dataset = catalogue.win_loss_counts
    for day in DAYS:
        warehouse.drop_partition(dataset, day)
    model: dict[int, dict[str, int]] = {}
    for index, contents in operations:
        if contents is None:
            warehouse.drop_partition(dataset, DAYS[index])
            model.pop(index, None)
        else:
            assert warehouse.replace_partition(dataset, DAYS[index], rows_of(contents)) == len(contents)
            model[index] = contents
    assert [contents_of(warehouse, catalogue, day) for day in DAYS] == [model.get(i, {}) for i in range(len(DAYS))]
    in_order = sorted((DAYS[index] for index in model), key=lambda day: (str(day["run_set"]), day["as_of"]))
    assert warehouse.partitions(dataset) == in_order


def test_writing_the_same_rows_again_changes_nothing(warehouse: Warehouse, catalogue: Catalogue) -> None:
    everything = sa.select(catalogue.win_loss_counts.table).order_by(catalogue.win_loss_counts.table.c.reason)
    results = []
    for _ in range(2):
        warehouse.replace_partition(catalogue.win_loss_counts, DAY, rows_of({"price": 1, "timing": 2}))
        results.append(warehouse.read(everything))
    assert results[0].equals(results[1])


def test_what_one_process_wrote_another_reads(warehouse: Warehouse, warehouse_url: str, catalogue: Catalogue) -> None:
    warehouse.replace_partition(catalogue.win_loss_counts, DAY, rows_of({"price": 1}))
    with open_warehouse(warehouse_url, catalogue) as other:
        assert contents_of(other, catalogue, DAY) == {"price": 1}
        other.replace_partition(catalogue.win_loss_counts, DAY, rows_of({"price": 2}))
    assert contents_of(warehouse, catalogue, DAY) == {"price": 2}


def test_rows_in_files_are_stored_like_rows_in_memory(
    warehouse: Warehouse, catalogue: Catalogue, tmp_path: Path
) -> None:
    dataset = catalogue.account_scores
    same = {"icp_version": 1, "config_hash": "c", "code_version": "1", "knowledge": "as-was", "population": "customer"}
    same |= {"segment": "other", "tier": "tier_1", "tier_certain": True, "coverage": 0.5}
    scores = [0.1, None, 1e-7, 99.0, -0.5]
    rows = [{**same, "account_id": f"A{number}", "score": score} for number, score in enumerate(scores)]
    kinds = {column.name: arrow_type(column.type) for column in dataset.table.columns}
    table = pa.Table.from_pylist(rows, pa.schema([(name, kinds[name]) for name in rows[0]]))
    folder = tmp_path / "rows"
    folder.mkdir()
    for number, part in enumerate((table[:3], table[3:])):
        pq.write_table(part, folder / f"{number}.parquet")
    stored = sa.select(dataset.table).where(dataset.table.c.run_set == DAY["run_set"]).order_by("account_id")
    warehouse.replace_partition(dataset, DAY, table)
    from_memory = warehouse.read(stored)
    assert warehouse.replace_partition(dataset, DAY, RowFiles(tuple(sorted(folder.iterdir())))) == len(scores)
    assert warehouse.read(stored).equals(from_memory)
    assert from_memory["score"].to_pylist() == [0.1, None, 1e-7, 99.0, -0.5]


def test_files_may_hold_more_than_the_rows_that_count(
    warehouse: Warehouse, catalogue: Catalogue, tmp_path: Path
) -> None:
    dataset, rows = catalogue.win_loss_counts, rows_of({"price": 1, "timing": 2})
    more = rows.append_column("row:sound", pa.array([False, True])).append_column("row:number", pa.array([7, 8]))
    pq.write_table(more, tmp_path / "rows.parquet")
    counting = RowFiles((tmp_path / "rows.parquet",), tuple(rows.column_names), "row:sound")
    assert counting.to_table().equals(rows[1:])
    with warehouse.offered(counting, dataset, DAY) as offered:
        assert warehouse.read(sa.select(offered.c.reason, offered.c.n)).to_pylist() == [{"reason": "timing", "n": 2}]
    assert warehouse.replace_partition(dataset, DAY, counting) == 1
    assert contents_of(warehouse, catalogue, DAY) == {"timing": 2}


def test_rows_in_files_must_fit_as_they_are(warehouse: Warehouse, catalogue: Catalogue, tmp_path: Path) -> None:
    table = rows_of({"price": 1}).drop(["n"]).append_column("n", pa.array([1.0]))
    pq.write_table(table.append_column("run_set", pa.array(["live"])), tmp_path / "rows.parquet")
    with pytest.raises(StorageError) as caught:
        warehouse.replace_partition(catalogue.win_loss_counts, DAY, RowFiles((tmp_path / "rows.parquet",)))
    assert "win_loss_counts.n: does not fit as it is in the files, got double. Cure: make it int64" in str(caught.value)
    assert "win_loss_counts.run_set: does not fit as it is in the files, got string. Cure: leave" in str(caught.value)


def test_rows_may_be_selected_from_the_partition_that_they_replace(warehouse: Warehouse, catalogue: Catalogue) -> None:
    dataset = catalogue.win_loss_counts
    warehouse.replace_partition(dataset, DAY, rows_of({"price": 1, "timing": 2}))
    kept = sa.select(dataset.table).where(dataset.table.c.reason != "price")
    assert warehouse.replace_partition(dataset, DAY, kept) == 1
    assert contents_of(warehouse, catalogue, DAY) == {"timing": 2}


def test_rows_may_be_selected_from_another_partition_without_its_columns(
    warehouse: Warehouse, catalogue: Catalogue
) -> None:
    dataset, live = catalogue.win_loss_counts, {"run_set": "live", "as_of": date(2026, 2, 2)}
    warehouse.replace_partition(dataset, DAY, rows_of({"price": 1}))
    names = [name for name in dataset.columns if name not in dataset.partition]
    warehouse.replace_partition(dataset, live, sa.select(*(dataset.table.c[name] for name in names)))
    assert contents_of(warehouse, catalogue, live) == {"price": 1}


def test_rows_of_another_partition_are_refused(warehouse: Warehouse, catalogue: Catalogue) -> None:
    dataset, other = catalogue.win_loss_counts, {"run_set": "live", "as_of": date(2026, 2, 2)}
    warehouse.replace_partition(dataset, DAY, rows_of({"price": 1}))
    with pytest.raises(StorageError, match="as_of is another partition's in 1 rows"):
        warehouse.replace_partition(dataset, other, sa.select(dataset.table))
    with pytest.raises(StorageError, match=r"as_of: must be .*2026, 2, 2.* got .*2026, 1, 5"):
        warehouse.replace_partition(dataset, other, warehouse.read(sa.select(dataset.table)))
    assert warehouse.partitions(dataset) == [DAY]


def test_a_union_whose_parts_select_the_partition_as_literals_is_accepted(
    warehouse: Warehouse, catalogue: Catalogue
) -> None:
    dataset = catalogue.win_loss_counts
    constant = rows_of({"price": 1}).to_pylist()[0]
    parts = [
        sa.select(*(sa.literal(value).label(name) for name, value in {**constant, **DAY, "reason": reason}.items()))
        for reason in ("price", "timing")
    ]
    assert warehouse.replace_partition(dataset, DAY, sa.union_all(*parts)) == 2
    assert contents_of(warehouse, catalogue, DAY) == {"price": 1, "timing": 1}


@pytest.mark.parametrize("as_select", [False, True])
@pytest.mark.parametrize(
    ("score", "coverage", "fault"),
    [(float("inf"), 0.5, "score is infinite in 1 rows"), (0.0, None, "coverage is NULL in 1 rows"),
     (0.0, float("nan"), "coverage is NULL in 1 rows"), (float("-inf"), None, "score is infinite in 1 rows")],
)  # fmt: skip
def test_values_that_break_a_rule_are_refused_and_the_partition_stays(
    warehouse: Warehouse, catalogue: Catalogue, score: float, coverage: float | None, fault: str, as_select: bool
) -> None:
    dataset, scores = catalogue.account_scores, catalogue.account_scores.table.c
    good = {"icp_version": 1, "config_hash": "c", "code_version": "1", "knowledge": "as-was", "account_id": "A1"}
    good |= {"population": "customer", "segment": "other", "tier": "tier_1", "tier_certain": True, "coverage": 1.0}
    warehouse.replace_partition(dataset, DAY, pa.Table.from_pylist([good]))
    bad = {**good, "score": score, "coverage": coverage}
    selected = sa.select(*(sa.literal(value, dataset.table.c[name].type).label(name) for name, value in bad.items()))
    with pytest.raises(StorageError, match=fault):
        warehouse.replace_partition(dataset, DAY, selected if as_select else pa.Table.from_pylist([bad]))
    assert warehouse.read(sa.select(scores.coverage)).to_pydict() == {"coverage": [1.0]}


def test_every_column_at_fault_is_named_at_once(warehouse: Warehouse, catalogue: Catalogue) -> None:
    rows = pa.table({"reason": ["price"], "n": ["many"], "colour": ["red"]})
    with pytest.raises(StorageError) as refused:
        warehouse.replace_partition(catalogue.win_loss_counts, DAY, rows)
    assert "win_loss_counts.colour: is not a column of the dataset" in str(refused.value)
    assert "win_loss_counts.segment: is missing and can't be NULL" in str(refused.value)


def test_a_dataset_outside_the_catalogue_is_known_once_it_has_been_written(
    warehouse: Warehouse, catalogue: Catalogue
) -> None:
    from icp_monitor.snapshots.changes import staged

    extract = staged(catalogue.raw_win_loss)
    with pytest.raises(StorageError, match=f"{extract.name}: not in the catalogue"):
        warehouse.read(sa.select(extract.table))
    row = {"fact_on": date(2026, 1, 1), "deleted": False, "opportunity_id": "O1", "origin": "rep"}
    warehouse.replace_partition(extract, {"load": 3}, pa.Table.from_pylist([row]))
    assert warehouse.read(sa.select(extract.table.c.load, extract.table.c.origin)).to_pylist() == [
        {"load": 3, "origin": "rep"}
    ]
