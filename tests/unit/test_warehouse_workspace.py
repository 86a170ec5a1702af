"""Files take their place whatever other processes do with the folder at the same moment."""

from __future__ import annotations

import threading
from pathlib import Path

from icp_monitor.warehouse.workspace import Workspace, publish, withdraw


def test_a_file_is_published_even_while_its_folder_is_being_withdrawn(tmp_path: Path) -> None:
    target = tmp_path / "dataset" / "load=1" / "data.parquet"
    finished = threading.Event()

    def withdraw_again_and_again() -> None:
        while not finished.is_set():
            withdraw(target)

    other = threading.Thread(target=withdraw_again_and_again)
    other.start()
    try:
        for number in range(50):
            staged = tmp_path / "staged"
            staged.write_text(str(number))
            publish(staged, target)
            assert not staged.exists()
    finally:
        finished.set()
        other.join()
    (tmp_path / "staged").write_text("last")
    publish(tmp_path / "staged", target)
    assert target.read_text() == "last"


def test_withdrawing_what_does_not_exist_changes_nothing(tmp_path: Path) -> None:
    withdraw(tmp_path / "load=1" / "data.parquet")
    (tmp_path / "load=2").mkdir()
    (tmp_path / "load=2" / "someone else's").touch()
    withdraw(tmp_path / "load=2" / "data.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["load=2"]


def test_a_workspace_is_its_own_and_gone_when_closed(tmp_path: Path) -> None:
    first, second = Workspace(tmp_path / "root"), Workspace(tmp_path / "root")
    assert first.folder != second.folder
    assert first.folder.exists()
    first.close()
    assert not first.folder.exists()
    assert second.folder.exists()
    second.close()
