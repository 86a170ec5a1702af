"""The portal behind HTTP on the loopback interface, with the faults that a test asks for."""

from __future__ import annotations

import json
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.counterparts.hubspot.answers import Answer, answer, error
from tests.counterparts.hubspot.portal import Portal

SEARCHES_A_SECOND = 5


@dataclass
class Fault:
    """What becomes of the next ``times`` requests whose path contains ``path``, once ``after`` of them went well.

    ``status`` refuses them, with ``retry_after`` seconds to wait; a ``page`` comes from something else than HubSpot.
    Without any of them the connection is dropped in the middle of the answer.
    """

    path: str
    status: int | None = None
    times: int = 1
    after: int = 0
    policy: str = "TEN_SECONDLY_ROLLING"
    retry_after: int | None = None
    page: str | None = None


class Server(ThreadingHTTPServer):
    """Serves ``portal``.

    ``asked`` lists the requests, ``answered`` the answers, and ``too_fast`` counts searches beyond HubSpot's limit.
    ``before_path`` lets something happen once, before the first request whose address contains a text.
    """

    daemon_threads = True

    def __init__(self, portal: Portal) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.portal = portal
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        self.answered: list[Answer] = []
        self.too_fast = 0
        self.before_path: tuple[str, Callable[[], None]] | None = None
        self._searches: deque[float] = deque(maxlen=SEARCHES_A_SECOND)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def fault_for(self, path: str) -> Fault | None:
        """The fault that strikes this request."""
        for fault in self.faults:
            if fault.path in path and fault.times > 0:
                if fault.after > 0:
                    fault.after -= 1
                    return None
                fault.times -= 1
                return fault
        return None

    def searches_too_fast(self) -> bool:
        """Whether this search is one too many in a second."""
        now = time.monotonic()
        full = len(self._searches) == SEARCHES_A_SECOND and now - self._searches[0] < 1
        self._searches.append(now)
        self.too_fast += full
        return full


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A request without a body."""
        self._serve({})

    def do_POST(self) -> None:
        """A request with a JSON body."""
        self._serve(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - the portal has its own clock
        """The portal's clock."""
        return format_datetime(self.server.portal.now, usegmt=True)

    def _serve(self, body: dict[str, Any]) -> None:
        target = urlsplit(self.path)
        self.server.asked.append(f"{self.command} {target.path}")
        self._let_happen()
        fault = self.server.fault_for(target.path)
        if fault is not None and fault.status is not None:
            self._send(_refusal(fault))
        elif fault is not None and fault.page is not None:
            self._write(200, "text/html", fault.page.encode())
        elif self.headers["Authorization"] != f"Bearer {self.server.portal.token}":
            self._send(error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found."))
        elif target.path.endswith("/search") and self.server.searches_too_fast():
            self._send(_too_many("SECONDLY"))
        else:
            path = target.path.strip("/").split("/")
            self._send(
                answer(self.server.portal, self.command, path, parse_qs(target.query), body), dropped=bool(fault)
            )

    def _let_happen(self) -> None:
        if self.server.before_path is not None and self.server.before_path[0] in self.path:
            happening, self.server.before_path = self.server.before_path[1], None
            happening()

    def _send(self, reply: Answer, dropped: bool = False) -> None:
        self.server.answered.append(reply)
        content = json.dumps(reply.body).encode()
        self._write(reply.status, "application/json;charset=utf-8", content, dropped, **reply.headers)

    def _write(self, status: int, kind: str, content: bytes, dropped: bool = False, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if dropped:
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        else:
            self.wfile.write(content)


@contextmanager
def serving(portal: Portal, chain: Path | None = None) -> Iterator[Server]:
    """The portal on a free port; over TLS where a file with its certificate and key is given."""
    with Server(portal) as server:
        if chain is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _refusal(fault: Fault) -> Answer:
    if fault.status == 429:
        return replace(_too_many(fault.policy), headers=_waiting(fault))
    return error(fault.status or 500, "SERVICE_UNAVAILABLE", "The service is not available at the moment.")


def _waiting(fault: Fault) -> dict[str, str]:
    return {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}


def _too_many(policy: str) -> Answer:
    return error(429, "RATE_LIMITS", f"You have reached your {policy.lower()} limit.", policyName=policy)
