"""What the local Airflow keeps between two starts, and where: ports, secrets, the password, its processes."""

import base64
import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from devstack.installation import account, root_folder
from devstack.ports import Ports
from devstack.processes import Session

ADMIN = "admin"


@dataclass(frozen=True)
class Secrets:
    """What signs sessions and task tokens and encrypts stored connections."""

    api_secret: str
    jwt_secret: str
    fernet_key: str


@dataclass(frozen=True)
class Home:
    """The folder that holds the stack's state."""

    folder: Path

    def create(self) -> None:
        """Create the folder, out of version control; only its owner reads the logs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        self.output.mkdir(exist_ok=True)
        (self.folder / ".gitignore").write_text("*\n")

    @property
    def lock(self) -> Path:
        """Held while the stack starts or stops."""
        return self.folder / "lock"

    @property
    def log(self) -> Path:
        """Where all of Airflow's processes write."""
        return self.folder / "logs" / "standalone.log"

    @property
    def output(self) -> Path:
        """Where reports go."""
        return self.folder / "output"

    @property
    def passwords(self) -> Path:
        """Airflow's file of passwords by user name."""
        return self.folder / "passwords.json"

    @property
    def postgres(self) -> Path:
        """The PostgreSQL server's folder: here, unless root's server account can't pass a private parent folder."""
        if account().can_enter(self.folder):
            return self.folder / "postgres"
        return root_folder() / hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]

    def password(self) -> str:
        """The administrator's password, generated once."""
        if not self.passwords.exists():
            write_private(self.passwords, json.dumps({ADMIN: secrets.token_urlsafe(12)}))
        return str(json.loads(self.passwords.read_text())[ADMIN])

    def secrets(self) -> Secrets:
        """The stack's secrets, generated once."""
        file = self.folder / "secrets.json"
        if not file.exists():
            fernet = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
            fresh = Secrets(secrets.token_urlsafe(32), secrets.token_urlsafe(48), fernet)
            write_private(file, json.dumps(asdict(fresh)))
        return Secrets(**json.loads(file.read_text()))

    def ports(self) -> Ports:
        """The ports of the last start."""
        file = self.folder / "ports.json"
        return Ports(**json.loads(file.read_text())) if file.exists() else Ports()

    def choose_ports(self) -> Ports:
        """The ports for the next start: those of the last one as far as they are still free."""
        ports = self.ports().freed()
        write_private(self.folder / "ports.json", json.dumps(asdict(ports)))
        return ports

    def session(self) -> Session | None:
        """Airflow's processes as recorded by the last start."""
        file = self.folder / "session.json"
        if not file.exists():
            return None
        recorded = json.loads(file.read_text())
        return Session(recorded["leader"], recorded["started"], self.folder)

    def remember(self, session: Session) -> None:
        """Record the processes, for whoever ends them."""
        write_private(self.folder / "session.json", json.dumps({"leader": session.leader, "started": session.started}))


def write_private(file: Path, text: str) -> None:
    """Replace a file that only this account may read, in one step."""
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    unfinished.rename(file)
