"""Whatever stands in the records, a message is one that Slack takes, and nothing in it becomes markup."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from icp_monitor.alerts.causes import root_causes
from icp_monitor.alerts.message import MAX_BLOCK_TEXT, MAX_BLOCKS, MAX_TEXT, Message
from icp_monitor.alerts.messages import Style, data_problem, digest, drift_alert, failed_run, recovery
from icp_monitor.alerts.wording import Names
from icp_monitor.checks.result import CheckResult
from icp_monitor.config.monitoring import Alerting
from icp_monitor.delivery.payload import texts
from icp_monitor.delivery.validation import validate
from icp_monitor.drift.verdict import Verdict

steady = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
DAY = date(2026, 10, 5)
ROOT = Path(__file__).parents[2]
DOCUMENT = json.loads((ROOT / "tests/golden/report/document.json").read_text("utf-8"))
VERDICTS = [Verdict.from_json(item) for item in DOCUMENT["verdicts"]]
PAYLOADS = (
    "<script>alert(1)</script>",
    '=HYPERLINK("https://example.com","x")',
    "*bold* _italics_ ~struck~ `code`",
    "<!channel> <@U012345> <https://example.com|here>",
    "&lt;!here&gt; &amp;",
    "<" * 10_000,
    "🦄" * 10_000,
    "\u202e\u05e9\u05dc\u05d5\u05dd\u2066",
    "line\nbreak\t\x07\x00\x1b[31m",
    "",
)
outside = st.sampled_from(PAYLOADS) | st.text(max_size=200)
lines = st.lists(outside, max_size=6).map(tuple)
SHARED = Path(os.getenv("ICP_SHARED", str(ROOT.parent / "shared")))


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """A message of any kind in which everything that comes from outside is hostile."""
    names = Names(dict.fromkeys((verdict.finding.unit.segment for verdict in VERDICTS), draw(outside)))
    alerting = Alerting(report_url=draw(st.none() | st.just("https://example.com/icp") | outside))
    style = Style(names, alerting, owner=draw(outside))
    spoilt = [_spoilt(verdict, draw) for verdict in draw(st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=5))]
    kind = draw(st.sampled_from(["alert", "digest", "recovery", "data", "failure"]))
    if kind == "data":
        checks = [_check(draw) for _ in range(draw(st.integers(0, 8)))]
        return data_problem(checks, 3, DAY, "a-2", style)
    if kind == "failure":
        return failed_run(draw(outside), draw(outside), draw(outside), draw(outside), "#icp-ops")
    spoilt = [_spoilt(verdict, draw) for verdict in draw(st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=4))]
    causes = root_causes(spoilt)
    if kind == "alert" and causes:
        return drift_alert(causes[0], "a-3", style)
    return recovery(spoilt[0], "a-1", "#icp", style) if kind == "recovery" else digest(spoilt, DAY, style, 3)


def _spoilt(verdict: Verdict, draw: st.DrawFn) -> Verdict:
    finding = verdict.finding
    unit = replace(finding.unit, attribute=finding.unit.attribute and draw(outside))
    return replace(verdict, finding=replace(finding, unit=unit, because=draw(lines), not_because=draw(lines)))


def _check(draw: st.DrawFn) -> CheckResult:
    return CheckResult("vocabulary", draw(outside), draw(outside), "failed", draw(outside), suggestion=draw(outside))


def every_text(message: Message) -> Iterator[str]:
    yield message.text
    for block in message.blocks:
        yield from texts(dict(block))


def kinds(part: object) -> Iterator[str]:
    """The type of every object in a block."""
    if isinstance(part, dict):
        yield part.get("type", "")
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list | tuple) else ():
        yield from kinds(inner)


@steady
@given(messages())
def test_slack_takes_every_message(message: Message) -> None:
    validate(message)
    for block in message.blocks:
        parsed = Block.parse(dict(block))
        assert parsed is not None
        parsed.validate_json()


@steady
@given(messages())
def test_every_message_keeps_the_limits_on_the_whole(message: Message) -> None:
    assert len(message.blocks) < MAX_BLOCKS
    assert sum(len(text) for block in message.blocks for text in texts(dict(block))) < MAX_BLOCK_TEXT
    assert 0 < len(message.text) < MAX_TEXT
    assert message.text.strip()


@steady
@given(messages())
def test_no_text_is_a_link_a_mention_or_markup(message: Message) -> None:
    for text in every_text(message):
        assert not re.search(r"<|>|&(?!(amp|lt|gt);)", text)
    assert "mrkdwn" not in set(kinds(message.blocks))


@steady
@given(messages())
def test_no_text_holds_characters_that_reorder_or_control_what_stands_round_them(message: Message) -> None:
    for text in every_text(message):
        assert not re.search("[\u202a-\u202e\u2066\u2067\x00\x07\x1b]", text.replace("\n", " "))
        assert text.count("\u2068") == text.count("\u2069")


@pytest.fixture(scope="module")
def published_schema() -> Any:
    path = SHARED / "contracts/slack/blocks.strict.schema.json"
    if not path.exists():
        pytest.skip(f"Slack's published block types are not at {path}; set ICP_SHARED to the folder that has them")
    jsonschema = pytest.importorskip("jsonschema")
    return jsonschema.Draft7Validator(json.loads(path.read_text("utf-8")))


@steady
@given(message=messages())
def test_blocks_are_those_that_slack_publishes(published_schema: Any, message: Message) -> None:
    assert [error.message for error in published_schema.iter_errors([dict(block) for block in message.blocks])] == []


def test_a_realistic_alert_is_short_enough_to_be_read() -> None:
    names = Names({row["segment"]: row["name"] for row in DOCUMENT["scorecard"]})
    style = Style(names, Alerting(report_url="https://example.com/icp"), "revops@example.com")
    alerts = [drift_alert(cause, "a-5e2c1f7a90", style) for cause in root_causes(VERDICTS)]
    assert alerts
    for alert in alerts:
        assert len(alert.blocks) < 10
        assert sum(len(text) for block in alert.blocks for text in texts(dict(block))) < 3_000
