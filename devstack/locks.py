"""Who may work on a folder now? One process at a time; the operating system frees the lock of a dead one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack import StackError


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock for the length of the block.

    Raises:
        StackError: another running process holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"{path.parent} is in use by another running process; wait for it or end it.") from None
        yield
    finally:
        os.close(descriptor)
