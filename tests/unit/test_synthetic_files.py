"""Extracts as files: the same bytes from the same seed, and nothing lost on the way."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import csv, parquet

from icp_monitor.synthetic.company import generate
from icp_monitor.synthetic.extract import Extract
from icp_monitor.synthetic.files import SETS, write_csv, write_parquet
from icp_monitor.synthetic.world import World

NAMES = ("accounts", "opportunities", "stage_events", "win_loss")
WORLD = World(seed=4, accounts=200, scale=0.1)


@pytest.fixture(scope="module")
def extract() -> Extract:
    return generate(WORLD).extract


def test_the_same_world_writes_the_same_bytes(extract: Extract, tmp_path: Path) -> None:
    write_csv(extract, tmp_path / "one")
    write_csv(generate(WORLD).extract, tmp_path / "other")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == [f"{name}.csv" for name in NAMES]
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_back_from_csv_is_what_was_written(extract: Extract, tmp_path: Path, name: str) -> None:
    write_csv(extract, tmp_path)
    table: pa.Table = getattr(extract, name)
    types = csv.ConvertOptions(column_types=table.schema, strings_can_be_null=True)
    back = csv.read_csv(tmp_path / f"{name}.csv", convert_options=types)
    for position, column in enumerate(back.column_names):
        if column in SETS:
            members = pc.replace_substring(back[column], ";", "|")
            back = back.set_column(position, column, pc.binary_join_element_wise("|", members, "|", ""))
    assert back.equals(table)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_back_from_parquet_is_what_was_written(extract: Extract, tmp_path: Path, name: str) -> None:
    write_parquet(extract, tmp_path)
    assert parquet.read_table(tmp_path / f"{name}.parquet").equals(getattr(extract, name))


def test_csv_is_plain_text_that_a_person_can_read(extract: Extract, tmp_path: Path) -> None:
    write_csv(extract, tmp_path)
    header, first, *_ = (tmp_path / "opportunities.csv").read_text(encoding="ascii").splitlines()
    assert header == "opportunity_id,account_id,owner_id,source,amount,currency,created_on,closed_on,stage,type"
    assert first.startswith("O000001,A0")
    assert first.split(",")[4].split(".")[1].isdigit()
    assert len(first.split(",")[4].split(".")[1]) == 2
    assert '"' not in (tmp_path / "accounts.csv").read_text(encoding="ascii")
