"""Where files wait until they are complete, and how they take their place at once and for good.

Each open warehouse has a folder ``_tmp-…`` of its own below the root, locked while it lives. The operating system
frees the lock of a process that ended, however it ended, so what nobody holds is a leftover.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "_tmp-"


class Workspace:
    """A folder on the same file system as ``root``, so that a file can be renamed from one to the other."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        with (root / "_lock").open("ab") as lock:  # nobody may sweep between the creation of a folder and its lock
            fcntl.flock(lock, fcntl.LOCK_EX)
            _sweep(root)
            self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
            self._lock = (self.folder / "lock").open("ab")
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def publish(staged: Path, target: Path) -> None:
    """Put the complete file ``staged`` in the place of ``target``: readers see the old file or the new one.

    When it returns, the new one also survives a power failure.
    """
    _sync(staged)
    while staged.exists():
        _make_durable_folder(target.parent)
        with suppress(FileNotFoundError):  # the folder was just withdrawn by another process
            staged.replace(target)
            _sync(target.parent)


def withdraw(target: Path) -> None:
    """Remove a published file, if it exists, and its folder."""
    target.unlink(missing_ok=True)
    with suppress(OSError):  # not empty, or gone
        target.parent.rmdir()


def _sweep(root: Path) -> None:
    for folder in root.glob(f"{PREFIX}*"):
        with suppress(OSError), (folder / "lock").open("ab") as lock:  # held, or gone by now
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)


def _make_durable_folder(folder: Path) -> None:
    if not folder.exists():
        _make_durable_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
