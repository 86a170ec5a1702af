"""Which network ports does the stack listen on? The usual ones where they are free, and the same ones next time."""

import socket
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Ports:
    """All but ``api`` hand task logs to the web interface."""

    api: int = 8080
    worker_log: int = 8793
    triggerer_log: int = 8794

    def freed(self) -> "Ports":
        """These ports, with a free one in place of each that another program has taken."""
        return Ports(**{name: port if is_free(port) else free_port() for name, port in asdict(self).items()})


def is_free(port: int) -> bool:
    """Whether we could listen on the port on every address of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a closed connection still lingers, harmlessly
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A free port that the operating system chooses."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])
