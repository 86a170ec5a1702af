"""When a store can't be used, the message names it and the cure, shows no password, and what was stored is unharmed."""

from __future__ import annotations

import os
import resource
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.errors import StorageError
from icp_monitor.warehouse import open_warehouse

NOBODY = 65534
SECRET = "s3cret"

Use = Callable[[str], None]


@pytest.fixture
def use(catalogue: Catalogue) -> Use:
    """Opens a warehouse and reads from it."""

    def read(url: str) -> None:
        with open_warehouse(url, catalogue) as warehouse:
            warehouse.read(sa.select(catalogue.raw_win_loss.table))

    return read


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", r"can't be read\. Cure: write file:/path"),
        ("file:", r"names no folder, got file:\. Cure: write file:/path"),
        ("file:/x?memory=1GB", r"unknown option, got memory\. Cure: the options are memory_limit, temp_directory"),
        ("mysql://me@host/db", r"unknown kind, got mysql\. Cure: write file:/path"),
        ("postgresql+asyncpg://me@host/db", r"unknown kind, got postgresql\+asyncpg\. Cure: write"),
    ],
)
def test_a_url_that_cannot_be_understood_is_refused_with_an_example(use: Use, url: str, message: str) -> None:
    with pytest.raises(StorageError, match=message):
        use(url)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://me:{SECRET}@127.0.0.1:1/db",
        f"postgresql://me@127.0.0.1:1/db?password={SECRET}&sslpassword={SECRET}",
        f"postgresql+psycopg://me:{SECRET}@127.0.0.1:port/db",
        f"postgresql+psycopg//me:{SECRET}@127.0.0.1/db",
        f"oracle://me:{SECRET}@127.0.0.1/db",
    ],
)
def test_a_password_is_in_no_message_nor_in_the_errors_behind_it(use: Use, url: str) -> None:
    with pytest.raises(StorageError) as failure:
        use(url)
    behind = failure.value.__cause__
    shown = [str(failure.value), *(traceback.format_exception_only(behind) if behind else [])]
    assert SECRET not in "".join(shown)
    assert failure.value.__context__ is None or failure.value.__suppress_context__


def test_a_server_that_does_not_answer_is_named(use: Use) -> None:
    with pytest.raises(StorageError, match=r"me:\*\*\*@127.0.0.1:1/db: .*refused\. Cure: check that the server runs"):
        use(f"postgresql+psycopg://me:{SECRET}@127.0.0.1:1/db")


@pytest.mark.postgres
def test_a_database_that_does_not_exist_is_named(use: Use, postgres_url: str) -> None:
    url = sa.make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(StorageError, match=r'database "nowhere" does not exist\. Cure: create it'):
        use(url)


def test_a_missing_driver_is_named_with_the_command_that_installs_it(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(StorageError, match=r"driver is not installed.*pip install 'icp-monitor\[postgres\]'"):
        use("postgresql+psycopg://me@127.0.0.1:1/db")


def test_a_folder_without_permission_is_named(use: Use, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    use(f"file:{tmp_path}/open")  # imports what the account without rights may not be able to read
    with (
        _without_privileges(),
        pytest.raises(StorageError, match=r"ermission denied.*Cure: give this account the right"),
    ):
        use(f"file:{closed}/warehouse")


@pytest.mark.parametrize("scheme", ["file:", "sqlite:///"])
def test_a_path_through_a_file_is_refused(use: Use, tmp_path: Path, scheme: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"Cure: create the folder, or correct the URL"):
        use(f"{scheme}{tmp_path}/file/warehouse")


@pytest.mark.parametrize("content", [b"", b"no Parquet at all", b"PAR1" + bytes(40) + b"PAR1"])
def test_a_broken_file_is_named_with_what_to_do_about_it(use: Use, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "raw_win_loss" / "load=1" / "data.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with pytest.raises(StorageError, match=rf"{file}.*Cure: delete the file, and run its day again"):
        use(f"file:{tmp_path}")


def test_a_file_that_is_no_database_is_refused(use: Use, tmp_path: Path) -> None:
    (tmp_path / "rows.db").write_text("no database at all\n" * 100)
    with pytest.raises(StorageError, match="not a database"):
        use(f"sqlite:///{tmp_path}/rows.db")


def test_a_disk_that_takes_no_more_leaves_the_old_rows(tmp_path: Path, catalogue: Catalogue) -> None:
    dataset = catalogue.raw_win_loss
    with open_warehouse(f"file:{tmp_path}", catalogue) as warehouse:
        warehouse.replace_partition(dataset, {"load": 1}, _reasons(10))
        with _files_of_at_most(100_000), pytest.raises(StorageError, match=r"too large.*Cure: free some space"):
            warehouse.replace_partition(dataset, {"load": 1}, _reasons(200_000))
        count = sa.select(sa.func.count().label("n")).select_from(dataset.table)
        assert warehouse.read(count).to_pylist() == [{"n": 10}]
        assert warehouse.replace_partition(dataset, {"load": 1}, _reasons(200_000)) == 200_000


def _reasons(count: int) -> pa.Table:
    day = date(2026, 1, 1)
    constant = {"source": "crm", "known_on": day, "valid_from": day, "assumed": True, "deleted": False, "origin": "rep"}
    columns = {name: pa.repeat(pa.scalar(value), count) for name, value in constant.items()}
    ids = pa.array([f"{number * 2654435761 % 2**32:08x}" for number in range(count)])
    return pa.table({**columns, "opportunity_id": ids})


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """Writing beyond ``size`` bytes fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _without_privileges() -> Iterator[None]:
    """The rights of an ordinary account, also where root runs the tests."""
    account = os.geteuid()
    if account == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(account)
