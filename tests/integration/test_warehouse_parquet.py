"""What is special about the warehouse of Parquet files: its bytes, its folders, and how much of it a query opens."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.errors import StorageError
from icp_monitor.warehouse import Warehouse, open_warehouse
from icp_monitor.warehouse.views import publish_views

DAY = {"run_set": "live", "as_of": date(2026, 1, 5)}
FILE = "account_scores/run_set=live/as_of=2026-01-05/data.parquet"


def scores(count: int, seed: int = 1) -> pa.Table:
    """Account scores in random order."""
    chance = random.Random(seed)
    numbers = list(range(count))
    chance.shuffle(numbers)
    constant = {"icp_version": 1, "config_hash": "c", "code_version": "1", "knowledge": "as-was", "tier": "tier_1"}
    constant |= {"population": "customer", "segment": "other", "tier_certain": True, "coverage": 1.0}
    columns = {name: pa.repeat(pa.scalar(value), count) for name, value in constant.items()}
    points = pa.array([(number * 7919 % 1_000_003) / 1e4 for number in numbers])
    return pa.table({**columns, "account_id": pa.array([f"A{number:07d}" for number in numbers]), "score": points})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of the warehouse."""
    return tmp_path / "warehouse"


@pytest.fixture
def files(root: Path, catalogue: Catalogue) -> Iterator[Warehouse]:
    """An empty warehouse of files."""
    with open_warehouse(f"file:{root}", catalogue) as warehouse:
        yield warehouse


def test_the_same_rows_give_the_same_bytes_whatever_their_order_and_the_number_of_threads(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    digests = set()
    for threads, seed in ((1, 1), (2, 2), (4, 3), (8, 4), (8, 4)):
        with open_warehouse(f"file:{tmp_path}/{threads}?threads={threads}", catalogue) as warehouse:
            warehouse.replace_partition(catalogue.account_scores, DAY, scores(150_000, seed))
        digests.add(hashlib.sha256((tmp_path / str(threads) / FILE).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_statement_of_the_same_rows_gives_the_same_bytes_whatever_their_order_and_its_literals_are_in_every_row(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    digests, literals = set(), {"config_hash": "new", "knowledge": "restated"}
    for threads, seed in ((1, 1), (4, 2), (8, 3)):
        dataset, other = catalogue.account_scores, {**DAY, "run_set": "copy"}
        with open_warehouse(f"file:{tmp_path}/{threads}?threads={threads}", catalogue) as warehouse:
            warehouse.replace_partition(dataset, other, scores(150_000, seed))
            names = [name for name in dataset.columns if name not in {*DAY, *literals}]
            fixed = (sa.literal(value, sa.Text).label(name) for name, value in literals.items())
            copied = sa.select(*(dataset.table.c[name] for name in names), *fixed).order_by(
                sa.func.hash(dataset.table.c.account_id, seed)
            )
            warehouse.replace_partition(dataset, DAY, copied.where(dataset.table.c.run_set == "copy"))
        digests.add(hashlib.sha256((tmp_path / str(threads) / FILE).read_bytes()).hexdigest())
        stored = pq.read_table(tmp_path / str(threads) / FILE, columns=["config_hash", "knowledge", "account_id"])
        assert {name: set(stored[name].to_pylist()) for name in literals} == {
            "config_hash": {"new"},
            "knowledge": {"restated"},
        }
        assert stored["account_id"].to_pylist() == [f"A{number:07d}" for number in range(150_000)]
    assert len(digests) == 1


def test_computed_rows_are_gone_after_the_block(files: Warehouse, catalogue: Catalogue) -> None:
    files.replace_partition(catalogue.account_scores, DAY, scores(10))
    with files.computed(sa.select(catalogue.account_scores.table.c.score)) as computed:
        files.drop_partition(catalogue.account_scores, DAY)
        assert files.read(sa.select(computed.c.score)).num_rows == 10
    with pytest.raises(StorageError, match="does not exist"):
        files.read(sa.select(computed.c.score))


def test_a_file_holds_its_rows_in_the_order_of_their_key_and_no_moment_in_time(
    files: Warehouse, root: Path, catalogue: Catalogue
) -> None:
    files.replace_partition(catalogue.account_scores, DAY, scores(1000))
    stored = pq.ParquetFile(root / FILE)
    assert stored.read(["account_id"]).to_pydict() == {"account_id": [f"A{number:07d}" for number in range(1000)]}
    assert "as_of" not in stored.schema_arrow.names
    assert not any(pa.types.is_timestamp(column.type) for column in stored.schema_arrow)
    assert set(stored.metadata.metadata or {}) <= {b"ARROW:schema"}


def test_other_programs_read_the_folders_as_hive_partitions(files: Warehouse, root: Path, catalogue: Catalogue) -> None:
    files.replace_partition(catalogue.account_scores, DAY, scores(10))
    by_arrow = pq.read_table(root / "account_scores", columns=["account_id", "run_set", "as_of"])
    assert set(by_arrow.column("as_of").to_pylist()) == {"2026-01-05"}
    pattern = f"{root}/account_scores/*/*/data.parquet"
    counted = duckdb.execute("SELECT count(*) FROM read_parquet(?) WHERE as_of = '2026-01-05'", [pattern]).fetchall()
    assert counted == [(10,)]


@pytest.mark.parametrize("folder", ["with space", "it's", "env=prod", "[a-z]*", "ünï%20", "a:b$1"])
def test_any_folder_may_hold_a_warehouse(tmp_path: Path, catalogue: Catalogue, folder: str) -> None:
    table = catalogue.account_scores.table
    with open_warehouse(f"file:{tmp_path}/{folder}", catalogue) as warehouse:
        warehouse.replace_partition(catalogue.account_scores, DAY, scores(3))
        warehouse.replace_partition(
            catalogue.account_scores, DAY, sa.select(table).where(table.c.account_id != "A0000001")
        )
        assert warehouse.read(
            sa.select(table.c.as_of, sa.func.count().label("n")).group_by(table.c.as_of)
        ).to_pylist() == [{"as_of": DAY["as_of"], "n": 2}]
        assert warehouse.partitions(catalogue.account_scores) == [DAY]


class TestFilesOfOlderCatalogues:
    """Columns come and go with versions of the profile and of the program; files stay as they are."""

    @pytest.fixture(autouse=True)
    def old_file(self, root: Path) -> None:
        """A load from before ``technologies`` existed, when ``employees`` was an integer and ``colour`` a column."""
        day = date(2026, 1, 1)
        row: dict[str, Any] = {"source": "crm", "known_on": day, "assumed": True, "valid_from": day, "deleted": False}
        row |= {"account_id": "A1", "industry": "fintech", "employees": 250, "colour": "red"}
        folder = root / "raw_accounts" / "load=1"
        folder.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist([row]), folder / "data.parquet")

    def test_a_column_that_a_file_lacks_reads_as_null(self, files: Warehouse, catalogue: Catalogue) -> None:
        accounts = catalogue.raw_accounts.table.c
        statement = sa.select(accounts.load, accounts.employees, accounts.technologies).order_by(accounts.load)
        assert files.read(statement).to_pylist() == [{"load": 1, "employees": 250.0, "technologies": None}]

    def test_files_with_and_without_the_column_read_as_one_table(self, files: Warehouse, catalogue: Catalogue) -> None:
        accounts = catalogue.raw_accounts.table
        new = sa.select(accounts, sa.literal("|sap|").label("new")).where(accounts.c.load == 1).subquery()
        columns = [new.c[name] for name in catalogue.raw_accounts.columns if name not in ("load", "technologies")]
        shown = sa.select(accounts.c.load, accounts.c.technologies, accounts.c.name).order_by(accounts.c.load)
        files.replace_partition(
            catalogue.raw_accounts, {"load": 2}, sa.select(*columns, new.c.new.label("technologies"))
        )
        expected = [{"load": 1, "technologies": None, "name": None}, {"load": 2, "technologies": "|sap|", "name": None}]
        assert files.read(shown).to_pylist() == expected
        assert files.read(shown.where(accounts.c.load == 2)).to_pylist() == expected[1:]


def test_a_query_about_one_day_opens_one_file_of_a_year(files: Warehouse, root: Path, catalogue: Catalogue) -> None:
    """Every other file is broken, so opening one would fail."""
    for number in range(365):
        folder = root / "account_scores" / "run_set=live" / f"as_of={date(2025, 6, 1) + timedelta(days=number)}"
        folder.mkdir(parents=True)
        (folder / "data.parquet").write_bytes(b"not a Parquet file")
    files.replace_partition(catalogue.account_scores, DAY, scores(100))
    table = catalogue.account_scores.table
    counted = sa.select(sa.func.count().label("n"))
    of_day = (table.c.run_set == "live", table.c.as_of == DAY["as_of"])
    near = (table.c.as_of > date(2026, 1, 4), table.c.as_of < date(2026, 1, 6))
    for conditions in (of_day, near, (table.c.as_of.in_([DAY["as_of"]]),)):
        assert files.read(counted.select_from(table).where(*conditions)).to_pylist() == [{"n": 100}]


def test_a_program_that_has_opened_the_old_file_reads_it_to_its_end(
    files: Warehouse, root: Path, catalogue: Catalogue
) -> None:
    files.replace_partition(catalogue.account_scores, DAY, scores(100))
    old = (root / FILE).read_bytes()
    with (root / FILE).open("rb") as opened:
        start = opened.read(10)
        files.replace_partition(catalogue.account_scores, DAY, scores(200))
        assert start + opened.read() == old
    assert (root / FILE).read_bytes() != old


def test_what_a_killed_process_left_is_swept_and_what_is_in_use_is_kept(
    files: Warehouse, root: Path, catalogue: Catalogue
) -> None:
    files.replace_partition(catalogue.account_scores, DAY, scores(10))
    (in_use,) = root.glob("_tmp-*")
    for name, content in (("_tmp-killed", "data.parquet"), ("_tmp-killed-early", None)):
        (root / name).mkdir()
        if content:
            (root / name / "lock").touch()
            (root / name / content).write_bytes(b"half a file")
    with open_warehouse(f"file:{root}", catalogue) as other:
        left = set(root.glob("_tmp-*"))
        assert in_use in left
        assert left.isdisjoint({root / "_tmp-killed", root / "_tmp-killed-early"})
        assert other.partitions(catalogue.account_scores) == [DAY]
    files.replace_partition(catalogue.account_scores, DAY, scores(20))


def test_a_closed_warehouse_leaves_nothing_but_its_data(root: Path, catalogue: Catalogue) -> None:
    with open_warehouse(f"file:{root}", catalogue) as warehouse:
        warehouse.replace_partition(catalogue.account_scores, DAY, scores(10))
        warehouse.read(sa.select(catalogue.raw_accounts.table))
    assert sorted(path.name for path in root.iterdir()) == ["_lock", "account_scores"]


def test_published_views_show_what_the_warehouse_holds_now(
    files: Warehouse, root: Path, tmp_path: Path, catalogue: Catalogue
) -> None:
    """Also to a program that opened them before, and while they are published anew."""
    shown = "SELECT as_of, count(*) FROM account_scores WHERE run_set = 'live' GROUP BY ALL"
    files.replace_partition(catalogue.account_scores, DAY, scores(10))
    publish_views(root, catalogue, tmp_path / "views.duckdb")
    with duckdb.connect(tmp_path / "views.duckdb", read_only=True) as analyst:
        assert analyst.execute(shown).fetchall() == [(DAY["as_of"], 10)]
        files.replace_partition(catalogue.account_scores, DAY, scores(20))
        publish_views(root, catalogue, tmp_path / "views.duckdb")
        assert analyst.execute(shown).fetchall() == [(DAY["as_of"], 20)]
    assert [path.name for path in tmp_path.iterdir() if path != root] == ["views.duckdb"]


def test_a_dropped_partition_takes_its_folder_with_it(files: Warehouse, root: Path, catalogue: Catalogue) -> None:
    files.replace_partition(catalogue.account_scores, DAY, scores(10))
    files.drop_partition(catalogue.account_scores, DAY)
    assert not (root / FILE).parent.exists()
    files.replace_partition(catalogue.account_scores, DAY, scores(10))
    assert files.partitions(catalogue.account_scores) == [DAY]


def test_what_does_not_fit_into_memory_is_sorted_on_disk(root: Path, tmp_path: Path, catalogue: Catalogue) -> None:
    """And fails where there is no such disk, which shows that it was needed."""
    table = catalogue.account_scores.table
    copies = sa.values(sa.column("copy", sa.Integer), name="copies").data([(number,) for number in range(40)])
    positions = sa.func.row_number(type_=sa.Integer).over(order_by=(table.c.score, table.c.account_id, copies.c.copy))
    numbered = sa.select(positions.label("position")).select_from(table.join(copies, sa.true())).subquery()
    last = sa.select(sa.func.max(numbered.c.position).label("n"))
    with open_warehouse(f"file:{root}?memory_limit=80MB&threads=1", catalogue) as warehouse:
        warehouse.replace_partition(catalogue.account_scores, DAY, scores(50_000))
        assert warehouse.read(last).to_pylist() == [{"n": 2_000_000}]
    no_folder = tmp_path / "file"
    no_folder.touch()
    with (
        open_warehouse(f"file:{root}?memory_limit=80MB&threads=1&temp_directory={no_folder}", catalogue) as warehouse,
        pytest.raises(StorageError, match="spill"),
    ):
        warehouse.read(last)
