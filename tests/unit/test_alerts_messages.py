"""What the messages say about a realistic look, word for word where it matters."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from icp_monitor.alerts.causes import root_causes
from icp_monitor.alerts.message import Message
from icp_monitor.alerts.messages import Style, data_problem, digest, drift_alert, failed_run
from icp_monitor.alerts.wording import Names
from icp_monitor.checks.result import CheckResult
from icp_monitor.config.monitoring import Alerting, Channels
from icp_monitor.delivery.payload import texts
from icp_monitor.drift.verdict import Verdict

DOCUMENT = json.loads((Path(__file__).parents[1] / "golden/report/document.json").read_text("utf-8"))
VERDICTS = [Verdict.from_json(item) for item in DOCUMENT["verdicts"]]
NAMES = Names({row["segment"]: row["name"] for row in DOCUMENT["scorecard"]})
STYLE = Style(NAMES, Alerting(report_url="https://example.com/icp"), "revops")


def lines(message: Message) -> list[str]:
    return [text for block in message.blocks for text in texts(dict(block))]


@pytest.fixture(scope="module")
def fintech() -> Message:
    cause = next(item for item in root_causes(VERDICTS) if item.key == "win_rate:down:fintech-mm")
    return drift_alert(cause, "a-5e2c", STYLE)


def test_an_alert_leads_with_who_and_what_and_the_numbers(fintech: Message) -> None:
    assert lines(fintech)[:3] == [
        "🔴 Critical ICP drift – Mid-market fintech: we win fewer deals than the ICP promised",
        "Win rate within 120 days: ",
        "17.3 % (13.3 to 22.1 %, 197 deals) against 32.8 % (29.9 to 35.8 %, 695 deals) validated\n"
        "▼ −17.0 points at equal age and mix (90 % range −22.4 to −11.7 points)",
    ]


def test_an_alert_lists_the_company_as_an_echo_of_the_segment(fintech: Message) -> None:
    shown = lines(fintech)
    assert shown[shown.index("Seen together with it") + 1].startswith(
        "The whole company, win rate within 120 days: ▼ −5.4"
    )


def test_an_alert_says_how_to_answer_it(fintech: Message) -> None:
    assert "icp-monitor explain a-5e2c" in lines(fintech)
    assert "icp-monitor alerts ack a-5e2c" in lines(fintech)


def test_nobody_is_blamed_by_name_where_many_read() -> None:
    cause = next(item for item in root_causes(VERDICTS) if item.key == "win_rate:down:fintech-mm")
    blame = "owner U000053: without it the change would be −0.4 points, not −9.7 points"
    finding = replace(cause.lead.finding, because=(blame, *cause.lead.finding.because))
    told = lines(drift_alert(replace(cause, lead=replace(cause.lead, finding=finding)), "a-1", STYLE))
    assert not [line for line in told if "U000053" in line]
    assert [line for line in told if line.startswith("one owner: without it the change would be")]


def test_the_notification_can_stand_alone(fintech: Message) -> None:
    assert "17.3 % against 32.8 % validated; ▼ −17.0 points" in fintech.text
    assert fintech.text.endswith("?")


def test_small_drifts_go_to_their_own_channel_or_to_that_of_the_digest() -> None:
    own = Style(NAMES, Alerting(channels=Channels(watch="#quiet")), "revops")
    weekly = Style(NAMES, Alerting(channels=Channels(watch="digest", digest="#weekly")), "revops")
    assert (own.channel("watch"), weekly.channel("watch")) == ("#quiet", "#weekly")
    assert own.channel("critical") == "#icp-drift"


def test_the_digest_counts_lists_and_says_what_is_missing_soonest_first() -> None:
    shown = lines(digest(VERDICTS, date(2026, 6, 8), STYLE, decisions=3))
    assert shown[0].startswith(
        "⚪ Weekly look of 8 Jun 2026 – 36 checks: 5 drift, 15 stable, 15 not enough evidence yet"
    )
    assert shown[1] == "3 decisions needed."
    waiting = shown[shown.index("Not enough evidence yet") + 1 :]
    assert waiting[0].startswith("Enterprise fintech")
    assert waiting[0].endswith("needs 3 more deals, about 2 weeks")


def test_a_digest_of_nothing_does_not_say_that_all_is_well() -> None:
    message = digest([], date(2026, 6, 8), STYLE, decisions=0)
    assert message.text == "⚪ Weekly look of 8 Jun 2026 – 0 checks: nothing could be judged. No decision needed."


def test_a_data_problem_names_the_fields_the_cure_and_what_waits() -> None:
    check = CheckResult(
        "fill_rate", "accounts", "industry", "failed", "industry is known for 9 of 90", suggestion="map it"
    )
    message = data_problem([check], 1, date(2026, 6, 8), "a-1", STYLE)
    assert message.channel == "#icp-ops"
    assert lines(message) == [
        "🟠 Data problem – 1 verdict paused (accounts.industry)",
        "What failed",
        "industry is known for 9 of 90",
        "What would cure it",
        "map it",
        "Data as of 8 Jun 2026. This says nothing about customers.",
    ]


def test_a_failed_run_shows_the_error_without_the_password_in_it() -> None:
    error = "Traceback\n  cannot reach postgresql+psycopg://icp:s3cret@db.example/icp"
    message = failed_run("icp_monitor_daily", "score", "scheduled__2026-10-05", error, "#icp-ops")
    assert "s3cret" not in json.dumps([message.text, *message.blocks])
    assert "db.example/icp" in message.text
    assert "Traceback\ncannot reach" in lines(message)[1]


def test_a_failed_run_has_a_key_that_is_short_and_its_own() -> None:
    long = [failed_run("d" * 250, task, "manual__" + "r" * 200, "boom", "#icp-ops").key for task in ("score", "pull")]
    assert max(map(len, long)) <= 100
    assert len(set(long)) == 2
    assert failed_run("daily", "score", "manual__1", "boom", "#ops").key == "failed-daily-manual__1-score"


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "https://example.com/" + "x" * 4_000])
def test_there_is_no_button_without_an_address_that_opens(url: str | None) -> None:
    message = digest(VERDICTS, date(2026, 6, 8), Style(NAMES, Alerting(report_url=url), "revops"), 0)
    assert "actions" not in {block["type"] for block in message.blocks}
