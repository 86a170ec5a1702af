"""Slack over real HTTP, against a counterpart that answers as Slack does when things go well and when they don't."""

from __future__ import annotations

import json
import logging
import multiprocessing
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from icp_monitor.alerts.message import Message, Sent, Uncertain
from icp_monitor.delivery import Slack, deliver
from icp_monitor.errors import DeliveryError
from icp_monitor.ledger import open_ledger

TOKEN = "xoxb-0123-very-secret"
CHANNEL = "C0123456789"
HOUR = timedelta(hours=1)
EARLIER = datetime.fromtimestamp(1_700_000_000, UTC)
MESSAGE = Message(
    key="a-1",
    channel="#icp-drift",
    text="Win rate fell",
    blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "29% to 12%"}},),
)


class Workspace(ThreadingHTTPServer):
    """One channel. ``script`` says how the next posts are answered; when it is empty they are taken.

    A word may have two parts: what happens to the message (``keep`` or ``lose``), then how the answer ends.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.script: list[str] = []
        self.posts: list[dict[str, Any]] = []
        self.channel: list[dict[str, Any]] = []
        self.missing_scope: str | None = None
        self.headers: list[str] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api"

    def keep(self, post: dict[str, Any]) -> str:
        timestamp = f"{1_700_000_000 + len(self.channel)}.000100"
        self.channel.append({**post, "ts": timestamp})
        return timestamp

    def handle_error(self, *_: object) -> None:
        """A client that hung up is part of the tests."""


class Desk(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Workspace

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.headers.append(self.headers["Authorization"])
        method = self.path.rpartition("/")[2]
        if method == "chat.postMessage":
            self._post(json.loads(body))
        else:
            self._read(method, {name: values[0] for name, values in parse_qs(body).items()})

    def _post(self, post: dict[str, Any]) -> None:
        self.server.posts.append(post)
        fate, _, ending = (self.server.script.pop(0) if self.server.script else "keep").partition(" ")
        timestamp = self.server.keep(post) if fate == "keep" else None
        if ending == "":
            self._answer(200, {"ok": True, "channel": CHANNEL, "ts": timestamp})
        elif ending.isdigit():
            self._answer(int(ending), {"ok": False, "error": "ratelimited"} if ending == "429" else None)
        elif ending == "hang":
            self.server.released.wait(10)
        elif ending != "drop":
            self._answer(200, {"ok": False, "error": ending})

    def _read(self, method: str, query: dict[str, str]) -> None:
        if self.server.missing_scope:
            self._answer(200, {"ok": False, "error": "missing_scope", "needed": self.server.missing_scope})
        elif method == "conversations.list":
            known = [{"id": "C0000000000", "name": "general"}, {"id": CHANNEL, "name": "icp-drift"}]
            page = int(query.get("cursor", 0))
            more = {"next_cursor": str(page + 1) if page + 1 < len(known) else ""}
            self._answer(200, {"ok": True, "channels": [known[page]], "response_metadata": more})
        else:
            thread = query.get("ts")
            found = [
                message
                for message in reversed(self.server.channel)
                if float(message["ts"]) >= float(query.get("oldest", 0)) and message.get("thread_ts") == thread
            ]
            assert query["channel"] == CHANNEL
            assert query["include_all_metadata"] == "1"
            self._answer(200, {"ok": True, "messages": found, "has_more": False})

    def _answer(self, status: int, body: dict[str, Any] | None) -> None:
        content = json.dumps(body).encode() if body else b"upstream failed"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """The tests read ``posts`` instead."""


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def slack(workspace: Workspace) -> Slack:
    return Slack(SecretStr(TOKEN), base_url=workspace.url, timeout=1, pause=0.01)


def test_a_message_is_posted_as_the_bot_and_its_place_is_told(workspace: Workspace, slack: Slack) -> None:
    assert deliver(MESSAGE, slack) == Sent(f"{CHANNEL}/1700000000.000100", "1700000000.000100")
    (post,) = workspace.posts
    assert (post["channel"], post["text"], post["blocks"]) == ("#icp-drift", "Win rate fell", list(MESSAGE.blocks))
    assert post["metadata"]["event_payload"] == {"key": "a-1"}
    assert workspace.headers == [f"Bearer {TOKEN}"]


def test_a_reply_goes_into_its_thread(workspace: Workspace, slack: Slack) -> None:
    parent = deliver(MESSAGE, slack)
    assert isinstance(parent, Sent)
    deliver(Message("a-1-2", MESSAGE.channel, "Acknowledged", thread_ts=parent.thread_ts), slack)
    assert workspace.posts[1]["thread_ts"] == parent.thread_ts


def test_asked_to_wait_it_waits_as_long_as_slack_says_and_posts_once(workspace: Workspace, slack: Slack) -> None:
    workspace.script = ["lose 429"]
    start = time.monotonic()
    assert isinstance(deliver(MESSAGE, slack), Sent)
    assert time.monotonic() - start >= 1
    assert len(workspace.channel) == 1


def test_after_a_server_error_that_lost_the_message_it_is_posted_again(workspace: Workspace, slack: Slack) -> None:
    workspace.script = ["lose 500", "lose 503"]
    assert isinstance(deliver(MESSAGE, slack), Sent)
    assert (len(workspace.posts), len(workspace.channel)) == (3, 1)


@pytest.mark.parametrize("ending", ["500", "502", "internal_error", "drop", "hang"])
def test_an_accepted_message_whose_answer_is_lost_is_found_and_not_posted_again(
    workspace: Workspace, slack: Slack, ending: str
) -> None:
    workspace.keep({"text": "somebody else's message"})
    workspace.script = [f"keep {ending}"]
    assert deliver(MESSAGE, slack) == Sent(f"{CHANNEL}/1700000001.000100", "1700000001.000100")
    assert len(workspace.posts) == 1


@pytest.mark.parametrize("ending", ["500", "drop", "hang"])
def test_a_lost_answer_stays_uncertain_where_the_app_may_not_read_the_channel(
    workspace: Workspace, slack: Slack, ending: str
) -> None:
    workspace.missing_scope = "channels:history"
    workspace.script = [f"keep {ending}"]
    outcome = deliver(MESSAGE, slack)
    assert isinstance(outcome, Uncertain)
    assert "lacks the scope channels:history" in outcome.reason
    assert len(workspace.posts) == 1


@pytest.mark.parametrize("ending", ["drop", "hang"])
def test_a_message_may_appear_after_the_connection_broke_so_its_absence_proves_nothing_yet(
    workspace: Workspace, slack: Slack, ending: str
) -> None:
    workspace.script = [f"lose {ending}"]
    assert isinstance(deliver(MESSAGE, slack), Uncertain)
    assert len(workspace.posts) == 1


def test_a_later_attempt_finds_what_the_earlier_one_posted(workspace: Workspace, slack: Slack) -> None:
    first = deliver(MESSAGE, slack)
    assert deliver(MESSAGE, slack, attempted_at=EARLIER) == first
    assert len(workspace.posts) == 1


def test_a_later_attempt_finds_a_reply_in_its_thread(workspace: Workspace, slack: Slack) -> None:
    reply = Message("a-1-2", CHANNEL, "Acknowledged", thread_ts="1699999999.000100")
    first = deliver(reply, slack)
    assert deliver(reply, slack, attempted_at=EARLIER) == first
    assert len(workspace.posts) == 1


def test_a_later_attempt_posts_what_the_earlier_one_did_not(workspace: Workspace, slack: Slack) -> None:
    deliver(Message("a-2", MESSAGE.channel, "Another alert"), slack)
    assert isinstance(deliver(MESSAGE, slack, attempted_at=EARLIER), Sent)
    assert [post["metadata"]["event_payload"]["key"] for post in workspace.posts] == ["a-2", "a-1"]


def test_a_later_attempt_posts_nothing_where_it_can_not_look(workspace: Workspace, slack: Slack) -> None:
    workspace.missing_scope = "channels:read"
    outcome = deliver(MESSAGE, slack, attempted_at=EARLIER)
    assert isinstance(outcome, Uncertain)
    assert workspace.posts == []


def test_only_the_time_since_the_earlier_attempt_is_searched(workspace: Workspace, slack: Slack) -> None:
    deliver(MESSAGE, slack)
    deliver(MESSAGE, slack, attempted_at=EARLIER + timedelta(days=1))
    assert len(workspace.posts) == 2


def test_a_process_killed_between_sending_and_noting_it_does_not_make_the_next_one_send_again(
    workspace: Workspace, slack: Slack, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    send = partial(deliver, how=replace(slack, timeout=30))
    workspace.script = ["keep hang"]
    with open_ledger(url) as ledger:
        ledger.messages.queue(MESSAGE, EARLIER)
    doomed = multiprocessing.get_context("fork").Process(target=_hand_over, args=(url, send))
    doomed.start()
    while not workspace.channel and doomed.is_alive():
        time.sleep(0.01)
    doomed.kill()
    doomed.join()
    with open_ledger(url) as ledger:
        (tried,) = ledger.messages.hand_over(lambda m, since: send(m, attempted_at=since), lambda: EARLIER + HOUR)
    assert tried.outcome == Sent(f"{CHANNEL}/1700000000.000100", "1700000000.000100")
    assert len(workspace.posts) == 1


def _hand_over(url: str, send: Callable[..., Sent | Uncertain]) -> None:
    with open_ledger(url) as ledger:
        ledger.messages.hand_over(lambda m, since: send(m, attempted_at=since), lambda: EARLIER)


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        ("invalid_auth", "ICP_SLACK_TOKEN"),
        ("channel_not_found", "alerting.channels"),
        ("not_in_channel", "invite the app"),
        ("invalid_blocks", "see Slack's error"),
    ],
)
def test_a_refusal_is_told_with_its_cure_and_not_repeated(
    workspace: Workspace, slack: Slack, error: str, cure: str
) -> None:
    workspace.script = [f"lose {error}"]
    with pytest.raises(DeliveryError, match=rf"message a-1 to #icp-drift: .*{error}.*Cure: .*{cure}"):
        deliver(MESSAGE, slack)
    assert len(workspace.posts) == 1


def test_a_server_that_keeps_failing_is_given_up_on_and_the_message_stays_due(
    workspace: Workspace, slack: Slack
) -> None:
    workspace.script = ["lose 500"] * 3
    with pytest.raises(DeliveryError, match=r"HTTP 500.* 3 times.*next run"):
        deliver(MESSAGE, slack)
    assert len(workspace.posts) == 3


def test_a_server_that_can_not_be_reached_was_certainly_not_sent_anything(slack: Slack) -> None:
    with socket.socket() as silent:  # bound but not listening, so that no other server gets the port meanwhile
        silent.bind(("127.0.0.1", 0))
        nowhere = replace(slack, base_url=f"http://127.0.0.1:{silent.getsockname()[1]}/api")
        with pytest.raises(DeliveryError, match="can't be reached"):
            deliver(MESSAGE, nowhere)


@pytest.mark.parametrize("word", ["lose invalid_auth", "lose 500", "lose 429", "keep drop", "lose hang", "keep"])
def test_the_token_is_in_no_log_and_no_error(
    workspace: Workspace, slack: Slack, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    workspace.script = [word] * 3
    shown = repr(slack)
    try:
        shown += repr(deliver(MESSAGE, slack))
    except DeliveryError as error:
        shown += "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "xoxb" not in shown + caplog.text


def test_an_error_does_not_carry_slack_sdks_own_which_holds_the_request_with_the_token(
    workspace: Workspace, slack: Slack
) -> None:
    workspace.script = ["lose invalid_auth"]
    with pytest.raises(DeliveryError) as refused:
        deliver(MESSAGE, slack)
    assert (refused.value.__cause__, refused.value.__context__) == (None, None)
