"""The code version names the sources, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import icp_monitor
from icp_monitor.settings import code_version
from icp_monitor.settings.code import hash_of_files


def _write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_the_code_version_is_the_package_version_and_a_hash() -> None:
    assert re.fullmatch(re.escape(icp_monitor.__version__) + r"\+[0-9a-f]{8}", code_version())


def test_the_same_files_have_the_same_hash_wherever_they_lie(tmp_path: Path) -> None:
    here = _write(tmp_path / "here", a="x = 1", b__c="y = 2")
    there = _write(tmp_path / "there", b__c="y = 2", a="x = 1")
    assert hash_of_files(here) == hash_of_files(there)


def test_a_changed_a_moved_and_a_new_file_each_change_the_hash(tmp_path: Path) -> None:
    variants = [
        _write(tmp_path / "original", a="x = 1"),
        _write(tmp_path / "changed", a="x = 2"),
        _write(tmp_path / "moved", b="x = 1"),
        _write(tmp_path / "new", a="x = 1", b=""),
    ]
    assert len({hash_of_files(folder) for folder in variants}) == len(variants)


def test_compiled_files_do_not_count(tmp_path: Path) -> None:
    folder = _write(tmp_path, a="x = 1")
    before = hash_of_files(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"compiled")
    assert hash_of_files(folder) == before
