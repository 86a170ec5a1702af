"""Work that only one process may do at a time. The operating system, or the server, frees the lock of a dead one."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from icp_monitor.errors import NotReadyError
from icp_monitor.ledger.store import Store, number_of

POLL = 0.05  # seconds


@contextmanager
def only_one(store: Store, work: str, patience: float) -> Iterator[None]:
    """Hold the lock called ``work`` for the length of the block, after waiting for it at most ``patience`` seconds.

    Raises:
        NotReadyError: another process still holds it.
    """
    held = _file_lock(store.file, work, patience) if store.file else _server_lock(store, work, patience)
    with held:
        yield


@contextmanager
def _file_lock(database: Path, work: str, patience: float) -> Iterator[None]:
    with database.with_name(f"{database.name}.{work}.lock").open("w") as file:

        def take() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        _wait(take, work, patience)
        yield


@contextmanager
def _server_lock(store: Store, work: str, patience: float) -> Iterator[None]:
    """A session's advisory lock, on a connection of its own that stays outside of transactions."""
    with store.reached(), store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        number = number_of(work)
        _wait(lambda: bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(number)))), work, patience)
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))


def _wait(take: Callable[[], bool], work: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not take():
        if time.monotonic() >= deadline:
            raise NotReadyError(f"Another process is at work on this ledger ({work}). Cure: try again when it is done")
        time.sleep(POLL)
