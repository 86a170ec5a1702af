"""The catalogue is consistent: keys and partitions are columns, and all rows say where they come from."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import LOAD, RUN, Catalogue, catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import ConfigError

PROVENANCE = {"run_set", "as_of", "icp_version", "config_hash", "code_version", "knowledge"}


def test_partition_and_key_are_columns_and_do_not_overlap(catalogue: Catalogue) -> None:
    for dataset in catalogue:
        assert {*dataset.partition, *dataset.key} <= set(dataset.columns), dataset.name
        assert not set(dataset.partition) & set(dataset.key), dataset.name
        assert not any(dataset.table.c[name].nullable for name in dataset.partition), dataset.name


def test_what_pull_writes_is_partitioned_by_load_and_the_rest_by_run_with_its_provenance(catalogue: Catalogue) -> None:
    for dataset in catalogue:
        if dataset.writer == "pull":
            assert dataset.partition == LOAD
        else:
            assert dataset.partition == RUN
            assert set(dataset.columns) >= PROVENANCE


def test_every_dataset_is_found_by_its_name_and_described(catalogue: Catalogue) -> None:
    assert [catalogue.named(dataset.name) for dataset in catalogue] == list(catalogue)
    assert all(dataset.description.endswith(".") for dataset in catalogue)
    with pytest.raises(KeyError, match="nothing"):
        catalogue.named("nothing")


def test_the_attributes_of_the_profile_are_typed_columns_of_the_accounts(catalogue: Catalogue) -> None:
    accounts = catalogue.raw_accounts.table.c
    types = {name: type(accounts[name].type) for name in ("industry", "employees", "maturity", "technologies")}
    assert types == {"industry": sa.Text, "employees": sa.Double, "maturity": sa.Double, "technologies": sa.Text}


def test_catalogues_of_two_profiles_are_independent(icp: IcpConfig, catalogue: Catalogue) -> None:
    smaller = catalogue_of(icp.model_copy(update={"attributes": icp.attributes[:1]}))
    assert set(catalogue.raw_accounts.columns) - set(smaller.raw_accounts.columns) == {
        "employees",
        "maturity",
        "technologies",
    }


def test_every_attribute_with_the_name_of_a_fixed_column_is_refused(icp: IcpConfig) -> None:
    taken = [icp.attributes[0].model_copy(update={"id": name}) for name in ("load", "industry", "parent_id")]
    with pytest.raises(ConfigError) as refused:
        catalogue_of(icp.model_copy(update={"attributes": tuple(taken)}))
    assert [str(problem) for problem in refused.value.problems] == [
        f"icp.yaml: attribute id {name} is the name of a fixed column. Cure: rename it"
        for name in ("load", "parent_id")
    ]
