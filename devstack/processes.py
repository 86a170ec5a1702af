"""Which running processes are ours, and how are they ended?

Process ids are reused, so a recorded id alone proves nothing: it is believed only together with its start time.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from devstack.waiting import wait_until

CLOCK_TOLERANCE = 5.0  # seconds: a start time is derived from the boot time, which moves when the clock is set


@dataclass(frozen=True)
class Session:
    """All processes that descend from one command which was started in an operating-system session of its own.

    ``folder`` is the command's working directory; it tells our processes from strangers when the leader has died.
    """

    leader: int
    started: float
    folder: Path
    launched: "subprocess.Popen[bytes] | None" = field(default=None, compare=False, repr=False)

    def leader_alive(self) -> bool:
        """Whether the first process still runs."""
        process = running(self.leader)
        return process is not None and self._is_leader(process)

    def members(self) -> list[psutil.Process]:
        """The session's running processes; empty when the session is over or its number belongs to a stranger."""
        found = [process for process in psutil.process_iter() if _session_of(process.pid) == self.leader]
        found = [process for process in found if _is_running(process)]
        leaders = [process for process in found if process.pid == self.leader]
        ours = self._is_leader(leaders[0]) if leaders else any(works_in(process, self.folder) for process in found)
        return found if ours else []

    def end(self, grace: float) -> None:
        """End every process: SIGTERM, and SIGKILL to those that are left after ``grace`` seconds."""
        for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 10.0)):
            send(number, self.members())
            wait_until(lambda: not self.members(), patience)
        if self.launched is not None:
            self.launched.poll()  # reaps our own child

    def _is_leader(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            return abs(process.create_time() - self.started) < CLOCK_TOLERANCE
        return False


def start_session(command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> Session:
    """Start ``command`` in a session of its own, so that the whole family can be ended later, even by others."""
    with log.open("ab") as output:
        launched = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Session(launched.pid, psutil.Process(launched.pid).create_time(), folder, launched)


def running(pid: int) -> psutil.Process | None:
    """The process with this id, unless there is none or it has ended and only waits for its parent."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return process if _is_running(process) else None
    return None


def works_in(process: psutil.Process, folder: Path) -> bool:
    """Whether the process's working directory is ``folder``."""
    with suppress(psutil.Error, OSError):
        return Path(process.cwd()).samefile(folder)
    return False


def send(number: signal.Signals, processes: Sequence[psutil.Process]) -> None:
    """Send a signal to each process that still exists."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _is_running(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _session_of(pid: int) -> int | None:
    with suppress(OSError):
        return os.getsid(pid)
    return None
