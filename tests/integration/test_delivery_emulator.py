"""The whole round through a second counterpart of Slack that others wrote: emulate 0.12.2, a Node program."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from slack_sdk import WebClient

from icp_monitor.alerts.message import Message, Sent, Uncertain
from icp_monitor.delivery import Slack, deliver

COMMAND = os.environ.get("ICP_TEST_SLACK_EMULATOR")  # noqa: TID251 - where the developer installed it
SEED = """
slack:
  team: {name: Acme, domain: acme}
  users: [{name: monitor, real_name: Monitor}]
  channels: [{name: icp-drift}]
  strict_scopes: true
  tokens:
    - {token: xoxb-reader, user: monitor, scopes: [chat:write, channels:read, channels:history]}
    - {token: xoxb-writer, user: monitor, scopes: [chat:write]}
"""
BEFORE = datetime(2020, 1, 1, tzinfo=UTC)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        COMMAND is None,
        reason="ICP_TEST_SLACK_EMULATOR is not set: npm i emulate@0.12.2, then set it to "
        "'/path/to/node /path/to/node_modules/emulate/dist/index.js' (Node 24)",
    ),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    seed: Path = tmp_path_factory.mktemp("emulate") / "seed.yaml"
    seed.write_text(SEED)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    arguments = ["start", "--service", "slack", "--port", port, "--seed", str(seed)]
    process = subprocess.Popen([*shlex.split(COMMAND or ""), *arguments], stdout=subprocess.DEVNULL)
    try:
        _wait_for(int(port))
        yield f"http://127.0.0.1:{port}/api/"
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def channel(url: str) -> str:
    known = WebClient("xoxb-reader", base_url=url).conversations_list()["channels"]
    return next(str(item["id"]) for item in known if item["name"] == "icp-drift")


def test_an_alert_and_its_reply_are_posted_once_however_often_they_are_tried(url: str, channel: str) -> None:
    slack = Slack(SecretStr("xoxb-reader"), base_url=url)
    alert = Message("a-1", channel, "Win rate fell", [{"type": "divider"}])
    parent = deliver(alert, slack)
    assert isinstance(parent, Sent)
    reply = Message("a-1-acknowledged", channel, "Acknowledged by Ana", thread_ts=parent.thread_ts)
    answered = deliver(reply, slack)
    assert deliver(alert, slack, attempted_at=BEFORE) == parent
    assert deliver(reply, slack, attempted_at=BEFORE) == answered
    thread = WebClient("xoxb-reader", base_url=url).conversations_replies(channel=channel, ts=parent.thread_ts or "")
    assert [item["text"] for item in thread["messages"]] == ["Win rate fell", "Acknowledged by Ana"]


def test_without_the_scope_to_read_a_second_attempt_stays_uncertain(url: str, channel: str) -> None:
    slack = Slack(SecretStr("xoxb-writer"), base_url=url)
    message = Message("a-2", channel, "ACV fell")
    assert isinstance(deliver(message, slack), Sent)
    outcome = deliver(message, slack, attempted_at=BEFORE)
    assert isinstance(outcome, Uncertain)
    assert "channels:history" in outcome.reason
