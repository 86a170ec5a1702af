"""The counterpart as a whole: an HTTPS server that is every host of salesforce.com."""

from __future__ import annotations

import ssl
import threading
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

from tests.counterparts.salesforce import login, rest, soql
from tests.counterparts.salesforce.bulk import Bulk
from tests.counterparts.salesforce.exchange import Mishap, RefusalError, Reply, Request, as_json
from tests.counterparts.salesforce.grammar import Grammar
from tests.counterparts.salesforce.org import Org


class Counterpart:
    """An org behind its API. ``calls`` counts against ``daily_limit``; ``requests`` and ``queries`` are kept.

    ``grants`` lists how clients got in. ``mishaps`` befall the requests that they are meant for.
    """

    def __init__(self, org: Org, keys: login.Keys, grammar: Grammar | None = None) -> None:
        self.org, self.keys = org, keys
        self.mishaps: list[Mishap] = []
        self.requests: list[Request] = []
        self.queries: list[str] = []
        self.grants: list[str] = []
        self.calls, self.daily_limit = 0, 100_000
        self.port = 0
        self._grammar = grammar
        self._sessions: set[str] = set()
        self._numbers = count(1)
        self.rest, self.bulk = rest.Rest(org, self._understand), Bulk(org, self._understand)

    @property
    def instance(self) -> str:
        """The host of the org's API."""
        return f"{self.keys.domain}.salesforce.com"

    def open_session(self) -> str:
        """A session of which the client knows only the id."""
        token = f"00D!session-{next(self._numbers)}"
        self._sessions.add(token)
        return token

    def expire(self) -> None:
        """End all sessions."""
        self._sessions.clear()

    def answer(self, request: Request) -> Reply:
        """Answer a request, with the mishap that is planned for it."""
        self.requests.append(request)
        mishap = next((item for item in self.mishaps if item.befalls(request)), None)
        if mishap is not None and mishap.expire:
            self.expire()
        if mishap is not None and mishap.stuck:
            mishap.go_on.wait(60)
        if mishap is not None and mishap.refusal is not None:
            return mishap.refusal.reply
        try:
            reply = self._answer(request)
        except RefusalError as refusal:
            reply = refusal.reply
        except soql.SoqlError as error:
            reply = RefusalError(400, error.code, error.message).reply
        return Reply(reply.status, reply.body, reply.headers, cut=mishap is not None and mishap.cut)

    def _answer(self, request: Request) -> Reply:
        if request.path == "/services/oauth2/token":
            return self._let_in(self.keys.grant(request), login.token_reply, login.token_refusal())
        if request.path.startswith("/services/Soap/u/"):
            return self._let_in(self.keys.soap_grant(request.body), login.soap_reply, login.soap_refusal())
        return self._data(request)

    def _let_in(self, grant: str | None, reply: Any, refusal: Reply) -> Reply:
        if grant is None:
            return refusal
        self.grants.append(grant)
        granted: Reply = reply(self.open_session(), self.instance)
        return granted

    def _data(self, request: Request) -> Reply:
        if request.host != self.instance:
            raise RefusalError(404, "NOT_FOUND", f"{request.host} is no host of this org's API")
        if request.token not in self._sessions:
            raise login.expired()
        if self.calls >= self.daily_limit:
            raise RefusalError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.calls += 1
        *_, resource = request.path.partition(f"/services/data/v{rest.VERSION}/")
        if resource.startswith("jobs/query"):
            reply = self.bulk.answer(request, *resource.split("/")[2:])
        elif resource.strip("/") == "limits":
            left = self.daily_limit - self.calls
            reply = as_json({"DailyApiRequests": {"Max": self.daily_limit, "Remaining": left}})
        else:
            reply = self.rest.answer(request)
        usage = {"Sforce-Limit-Info": f"api-usage={self.calls}/{self.daily_limit}"}
        return Reply(reply.status, reply.body, {**reply.headers, **usage})

    def _understand(self, text: str) -> soql.Query:
        self.queries.append(text)
        if self._grammar is not None and (fault := self._grammar.fault(text)):
            raise soql.SoqlError("MALFORMED_QUERY", fault)
        return soql.read(text, self.org)


class Server(ThreadingHTTPServer):
    """Serves a counterpart on a free port of this machine, until closed."""

    daemon_threads = True

    def __init__(self, counterpart: Counterpart, chain: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Handler, counterpart))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, counterpart: Counterpart, *rest: Any) -> None:
        self._counterpart = counterpart
        super().__init__(*rest)

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        host = (self.headers["Host"] or "").partition(":")[0]
        request = Request(self.command, host, self.path, dict(self.headers.items()), self.rfile.read(length))
        reply = self._counterpart.answer(request)
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
        self.close_connection = self.close_connection or reply.cut

    do_GET = do_POST = do_PUT = do_PATCH = _serve  # noqa: N815 - the names that http.server asks for

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - the org has a clock of its own
        return format_datetime(self._counterpart.org.now, usegmt=True)

    def log_message(self, *_: object) -> None:
        """Tests read ``Counterpart.requests`` instead."""
