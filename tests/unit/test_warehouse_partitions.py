"""A partition and its path tell the same, for every value."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.catalogue import Catalogue
from icp_monitor.errors import StorageError
from icp_monitor.warehouse.partitions import in_order, partition_at, path_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(run_set=TEXTS, as_of=st.dates())
def test_a_partition_can_be_read_back_from_its_path(catalogue: Catalogue, run_set: str, as_of: date) -> None:
    partition = {"run_set": run_set, "as_of": as_of}
    path = path_of(catalogue.account_scores, partition)
    assert partition_at(catalogue.account_scores, path) == partition
    assert path.count("/") == 1


@given(load=st.integers())
def test_a_load_is_a_whole_number(catalogue: Catalogue, load: int) -> None:
    assert partition_at(catalogue.raw_accounts, path_of(catalogue.raw_accounts, {"load": load})) == {"load": load}


def test_paths_are_those_that_hive_writes(catalogue: Catalogue) -> None:
    partition = {"as_of": date(2026, 1, 5), "run_set": "bf-1/../%"}
    assert path_of(catalogue.account_scores, partition) == "run_set=bf-1%2F..%2F%25/as_of=2026-01-05"


def test_partitions_are_sorted_by_value_not_by_text() -> None:
    assert in_order([{"load": 10}, {"load": 9}]) == [{"load": 9}, {"load": 10}]


@pytest.mark.parametrize(
    ("partition", "message"),
    [
        ({"run_set": "live"}, r"has the columns run_set, as_of, got run_set\. Cure: give a value for each"),
        ({}, "got none"),
        ({"run_set": "live", "as_of": date(2026, 1, 5), "load": 1}, "got run_set, as_of, load"),
        ({"run_set": "live", "as_of": "2026-01-05"}, r"account_scores.as_of: .*got '2026-01-05'. Cure: .* type date"),
        ({"run_set": None, "as_of": date(2026, 1, 5)}, r"run_set: .*got None. Cure: give a value of type str"),
    ],
)
def test_anything_but_one_value_of_the_right_type_for_each_column_is_refused(
    catalogue: Catalogue, partition: dict[str, object], message: str
) -> None:
    with pytest.raises(StorageError, match=message):
        path_of(catalogue.account_scores, partition)
