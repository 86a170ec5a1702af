"""Name resolution as an internal DNS server would have it: salesforce.com lies on this machine, nothing else exists."""

from __future__ import annotations

import socket
from typing import Any

_REAL = socket.getaddrinfo
_LOCAL = ("127.0.0.1", "localhost", "::1", None)


def install(port: int) -> None:
    """Send every connection to ``*.salesforce.com`` to a port of this machine, and let no other leave it."""

    def resolve(host: Any, service: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and name.endswith(".salesforce.com"):
            return _REAL("127.0.0.1", port, *rest, **options)
        if name in _LOCAL:
            return _REAL(host, service, *rest, **options)
        raise socket.gaierror(socket.EAI_NONAME, f"the tests know no {name}")

    socket.getaddrinfo = resolve  # type: ignore[assignment] # its many forms make no difference here


def uninstall() -> None:
    """Resolve names as before."""
    socket.getaddrinfo = _REAL
