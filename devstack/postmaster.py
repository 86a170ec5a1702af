"""Which PostgreSQL server runs on a data folder, is it ready, and how is it ended?

The server writes ``postmaster.pid`` itself. After ``kill -9`` or a power failure the file stays, and names a process
that is gone or, by now, a stranger.
"""

import signal
from pathlib import Path

import psutil

from devstack.processes import running, send, works_in
from devstack.waiting import wait_until

RECORD = "postmaster.pid"
PATIENCE = 30.0  # seconds for each kind of shutdown
SHUTDOWNS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)  # fast, immediate, and none at all


def find(data: Path) -> psutil.Process | None:
    """The server's main process: the recorded one, if it works in the data folder as only the server does."""
    lines = _recorded(data)
    process = running(int(lines[0])) if lines else None
    return process if process and works_in(process, data) else None


def is_ready(data: Path, pid: int) -> bool:
    """Whether the server with this process id, and no other, takes connections."""
    lines = _recorded(data)
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def end(data: Path) -> bool:
    """Stop the server, if one runs, and remove a record that would keep the next one from starting."""
    server = find(data)
    if server is not None:
        for shutdown in SHUTDOWNS:
            send(shutdown, [server])
            if wait_until(lambda: find(data) is None, PATIENCE):
                break
    (data / RECORD).unlink(missing_ok=True)
    return server is not None


def _recorded(data: Path) -> list[str]:
    try:
        return (data / RECORD).read_text().splitlines()
    except FileNotFoundError:
        return []
