"""A real PostgreSQL server from a Python wheel: socket only, as root or as an ordinary user.

A server lives in one folder: ``data/``, ``run/`` (the socket), ``server.log`` and ``lock``.
"""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from devstack import StackError, locks, postmaster
from devstack.installation import Account, account, programs
from devstack.waiting import wait_until

USER = "icp"
PORT = 5432  # only a part of the socket's name: the server has no network address
LONGEST_SOCKET = 103  # bytes; Linux takes 107, macOS 103
PATIENCE = 60.0  # seconds: after a crash the server replays its log before it is ready
SCRATCH = "icp-postgres-"
SETTINGS = ("-c", "listen_addresses=", "-c", "shared_buffers=64MB")
FORGETFUL = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


@dataclass(frozen=True)
class Server:
    """A running server."""

    folder: Path
    sockets: Path
    launched: "subprocess.Popen[bytes]" = field(compare=False, repr=False)

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://{USER}@/{database}?host={quote(str(self.sockets))}&port={PORT}"

    def create_database(self, name: str) -> str:
        """Create a database unless it exists; returns its URL."""
        import psycopg
        from psycopg.sql import SQL, Identifier

        with psycopg.connect(host=str(self.sockets), port=PORT, user=USER, dbname="postgres", autocommit=True) as main:
            known = main.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
            if known is None:
                main.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return self.url(name)

    def stop(self) -> None:
        """Stop the server; its data stay."""
        postmaster.end(self.folder / "data")
        self.launched.wait()


def start(folder: Path, *, durable: bool = True) -> Server:
    """Start the server of ``folder``, creating its data first where there is none; it outlives this process.

    A server that runs there already, left by a process that was killed, is stopped first. With ``durable=False`` a
    power failure may destroy the data, which tests don't mind.

    Raises:
        StackError: the server did not start (with the end of its log), or another process is starting or stopping it.
    """
    owner = account()
    _prepare(folder, owner)
    with locks.held(folder / "lock"):
        return _launch(folder, owner, durable=durable)


def stop(folder: Path) -> bool:
    """Stop the server that another process started in ``folder``; returns whether there was one."""
    if not folder.exists():
        return False
    with locks.held(folder / "lock"):
        return postmaster.end(folder / "data")


@contextmanager
def temporary_server() -> Iterator[Server]:
    """A fresh server for tests, gone without a trace afterwards, even (at the next call) after ``kill -9``."""
    _sweep()
    owner = account()
    hidden = Path(tempfile.mkdtemp(prefix=f".{SCRATCH}", dir=_scratch(owner)))
    with locks.held(hidden / "lock"):
        folder = hidden.rename(hidden.with_name(hidden.name.removeprefix(".")))  # seen by sweepers only when locked
        try:
            _prepare(folder, owner)
            server = _launch(folder, owner, durable=False)
            try:
                yield server
            finally:
                server.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # once the lock's file is gone, a sweeper may help


def _launch(folder: Path, owner: Account, *, durable: bool) -> Server:
    data = folder / "data"
    postmaster.end(data)
    binaries = programs(owner)
    if not data.exists():
        _initialise(folder, owner, binaries / "initdb")
    sockets = _sockets(folder, owner)
    command: list[str | Path] = [binaries / "postgres", "-D", data, "-k", sockets, "-p", str(PORT), *SETTINGS]
    with (folder / "server.log").open("wb") as log:
        launched = subprocess.Popen(
            [*command, *(() if durable else FORGETFUL)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **owner.options(),
        )
    try:
        wait_until(lambda: postmaster.is_ready(data, launched.pid) or launched.poll() is not None, PATIENCE)
    finally:
        if not (ready := postmaster.is_ready(data, launched.pid)):
            launched.kill()
            launched.wait()
    if not ready:
        raise StackError(f"PostgreSQL did not start in {folder}:\n{(folder / 'server.log').read_text()[-2000:]}")
    return Server(folder, sockets, launched)


def _initialise(folder: Path, owner: Account, initdb: Path) -> None:
    """Create the data under another name first: a killed ``initdb`` leaves nothing that looks finished."""
    unfinished = folder / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    owner.own(unfinished)
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    command: list[str | Path] = [initdb, f"--pgdata={unfinished}", f"--username={USER}", *options]
    result = subprocess.run(command, capture_output=True, text=True, check=False, **owner.options())
    if result.returncode != 0:
        raise StackError(f"initdb failed in {folder}:\n{result.stdout}{result.stderr}")
    unfinished.rename(folder / "data")


def _prepare(folder: Path, owner: Account) -> None:
    """Create the folder; it stays this process's own, so that the server's account can't redirect what we write."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    if not owner.can_enter(folder):
        raise StackError(
            f"The account {owner.name}, which runs PostgreSQL for root, can't enter {folder}; "
            "choose a folder whose parents everyone can pass (chmod a+x)."
        )


def _sockets(folder: Path, owner: Account) -> Path:
    """The folder of the socket: beside the data, or a short one where the path would be too long for a socket."""
    sockets = folder / "run"
    if len(os.fsencode(sockets / f".s.PGSQL.{PORT}")) > LONGEST_SOCKET:
        name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        sockets = _scratch(owner) / f"icp-{name}"
    owner.own(sockets)
    found = sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.uid or stat.S_IMODE(found.st_mode) != 0o700:
        raise StackError(f"{sockets} is not a private folder of the account {owner.name}; remove it.")
    for leftover in sockets.glob(".s.PGSQL.*"):
        leftover.unlink()
    return sockets


def _scratch(owner: Account) -> Path:
    preferred = Path(tempfile.gettempdir())
    return preferred if owner.can_enter(preferred) else Path("/tmp")


def _sweep() -> None:
    """Remove the temporary servers of tests that were killed: those whose lock nobody holds any more."""
    for folder in _scratch(account()).glob(f"{SCRATCH}*"):
        try:
            with locks.held(folder / "lock"):
                postmaster.end(folder / "data")
                shutil.rmtree(folder, ignore_errors=True)
        except (StackError, OSError):
            continue  # in use, another user's, or swept by someone else at this moment
