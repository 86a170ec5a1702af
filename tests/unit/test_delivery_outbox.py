"""The outbox holds exactly what Slack would be sent, and a message that Slack would refuse gets nowhere."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.alerts.message import MAX_BLOCK_TEXT, MAX_BLOCKS, MAX_TEXT, Message, Sent
from icp_monitor.delivery import Outbox, deliver
from icp_monitor.delivery.payload import payload
from icp_monitor.delivery.validation import validate
from icp_monitor.errors import DeliveryError

DAY = date(2026, 10, 5)
HEADER = {"type": "header", "text": {"type": "plain_text", "text": "ICP drift: Mid-market fintech"}}
DIVIDER: dict[str, Any] = {"type": "divider"}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _message(**changes: Any) -> Message:
    usual = {"key": "a-1", "channel": "#icp-drift", "text": "Win rate fell", "blocks": (HEADER, _section("29% to 12%"))}
    return Message(**{**usual, **changes})


def test_the_file_is_what_slack_would_be_sent(tmp_path: Path) -> None:
    sent = deliver(_message(), Outbox(tmp_path / "outbox", DAY))
    path = tmp_path / "outbox" / "2026-10-05-a-1.json"
    assert sent == Sent(reference=str(path))
    assert json.loads(path.read_text()) == payload(_message())


def test_the_text_file_shows_a_reader_everything_that_the_channel_would_show(tmp_path: Path) -> None:
    deliver(_message(), Outbox(tmp_path, DAY))
    shown = (tmp_path / "2026-10-05-a-1.txt").read_text()
    assert shown == "To #icp-drift\n\nWin rate fell\n\nICP drift: Mid-market fintech\n29% to 12%\n"


def test_only_a_reply_names_a_thread() -> None:
    assert "thread_ts" not in payload(_message())
    assert payload(_message(thread_ts="17.5"))["thread_ts"] == "17.5"


def test_a_message_tried_again_on_a_later_day_is_written_over_and_not_added(tmp_path: Path) -> None:
    first = deliver(_message(), Outbox(tmp_path, DAY))
    again = deliver(_message(text="Win rate fell again"), Outbox(tmp_path, date(2026, 10, 6)), datetime.now(UTC))  # noqa: TID251
    assert again == first
    assert len(list(tmp_path.glob("*.json"))) == 1
    assert "again" in (tmp_path / "2026-10-05-a-1.txt").read_text()


def test_the_end_of_another_key_is_not_the_same_message(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, DAY)
    assert deliver(_message(key="b-a-1"), outbox) != deliver(_message(key="a-1"), outbox)


def test_nothing_unfinished_is_left_in_the_folder(tmp_path: Path) -> None:
    deliver(_message(), Outbox(tmp_path, DAY))
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".txt"}


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_every_key_has_a_file_of_its_own(tmp_path_factory: pytest.TempPathFactory, one: str, other: str) -> None:
    folder = tmp_path_factory.mktemp("outbox")
    written = {deliver(_message(key=key), Outbox(folder, DAY)) for key in (one, other)}
    assert len(written) == len({one, other})
    assert {path.parent for path in folder.rglob("*.json")} == {folder}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"text": "x" * MAX_TEXT}, "text must be shorter than 4000 characters, got 4000"),
        ({"text": " "}, "text is empty"),
        ({"key": ""}, "the key must have 1 to 100 characters"),
        ({"blocks": [DIVIDER] * (MAX_BLOCKS + 1)}, "at most 50 blocks, got 51"),
        ({"blocks": [_section("x" * 3_000)] * 3}, "fewer than 9000 characters, got 9000"),
        ({"blocks": [_section("x" * 3_001)]}, "block 0: text attribute cannot exceed 3000 characters"),
        ({"blocks": [DIVIDER, {"type": "section"}]}, "block 1: text or fields attribute must be specified"),
        ({"blocks": [{"type": "poster"}]}, "block 0: Slack knows no block of type 'poster'"),
        ({"blocks": [{}]}, "block 0: Slack knows no block of type None"),
    ],
)
def test_what_slack_would_refuse_is_refused_before_anything_is_written(
    tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(DeliveryError) as refused:
        deliver(_message(**changes), Outbox(tmp_path, DAY))
    assert complaint in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(DeliveryError) as refused:
        validate(_message(text="", blocks=[{}, {"type": "header"}]))
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize("length", [1, MAX_TEXT - 1])
def test_a_text_below_the_limit_is_taken(length: int) -> None:
    validate(_message(text="x" * length))
    with pytest.raises(DeliveryError):
        validate(_message(text="x" * length, blocks=[_section("x" * (MAX_BLOCK_TEXT // 3))] * 3))
