"""A message is queued once and sent at most once; one in doubt is looked for before anything else happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from icp_monitor.alerts.message import Message, Sent, Uncertain
from icp_monitor.errors import DeliveryError, NotReadyError, RefusedError
from icp_monitor.ledger import Ledger
from icp_monitor.ledger.messages import SETTLING, Send

MORNING = datetime(2026, 10, 5, 6, tzinfo=UTC)
ALERT = Message("a-1", "#icp-drift", "Win rate fell", ({"type": "divider"},))
DIGEST = Message("digest-2026-10-05", "#icp-drift", "0 decisions needed")
Seen = list[tuple[Message, datetime | None]]


def _at(minutes: float) -> Callable[[], datetime]:
    return lambda: MORNING + timedelta(minutes=minutes)


def _sending(seen: Seen, outcome: Sent | Uncertain | Exception | None = None) -> Send:
    def send(message: Message, in_doubt_since: datetime | None) -> Sent | Uncertain:
        seen.append((message, in_doubt_since))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome or Sent(f"C1/{len(seen)}", f"17.{len(seen)}")

    return send


def test_what_is_due_is_sent_once_in_the_order_of_queueing(ledger: Ledger) -> None:
    seen: Seen = []
    assert ledger.messages.queue(DIGEST, MORNING)
    assert ledger.messages.queue(ALERT, MORNING)
    first = ledger.messages.hand_over(_sending(seen), _at(0))
    assert seen == [(DIGEST, None), (ALERT, None)]
    assert [item.outcome for item in first] == [Sent("C1/1", "17.1"), Sent("C1/2", "17.2")]
    assert ledger.messages.hand_over(_sending(seen), _at(60)) == ()
    assert len(seen) == 2


def test_a_key_is_queued_once(ledger: Ledger) -> None:
    seen: Seen = []
    assert ledger.messages.queue(ALERT, MORNING)
    assert not ledger.messages.queue(ALERT, MORNING)
    ledger.messages.hand_over(_sending(seen), _at(0))
    assert not ledger.messages.queue(ALERT, MORNING)
    assert ledger.messages.hand_over(_sending(seen), _at(60)) == ()


def test_a_refused_message_stays_due_and_is_not_in_doubt(ledger: Ledger) -> None:
    seen: Seen = []
    ledger.messages.queue(ALERT, MORNING)
    (tried,) = ledger.messages.hand_over(_sending(seen, DeliveryError("channel_not_found")), _at(0))
    assert isinstance(tried.outcome, DeliveryError)
    (tried,) = ledger.messages.hand_over(_sending(seen), _at(1))
    assert isinstance(tried.outcome, Sent)
    assert [since for _, since in seen] == [None, None]


def test_a_refused_message_does_not_hold_up_the_next(ledger: Ledger) -> None:
    ledger.messages.queue(ALERT, MORNING)
    ledger.messages.queue(DIGEST, MORNING)

    def send(message: Message, _: datetime | None) -> Sent:
        if message.key == ALERT.key:
            raise DeliveryError("channel_not_found")
        return Sent("C1/1")

    outcomes = [item.outcome for item in ledger.messages.hand_over(send, _at(0))]
    assert [type(outcome) for outcome in outcomes] == [DeliveryError, Sent]


def test_an_uncertain_message_rests_and_is_then_tried_with_since_when_it_is_in_doubt(ledger: Ledger) -> None:
    seen: Seen = []
    ledger.messages.queue(ALERT, MORNING)
    ledger.messages.hand_over(_sending(seen, Uncertain("time-out")), _at(0))
    assert ledger.messages.hand_over(_sending(seen), _at(SETTLING.total_seconds() / 60 - 1)) == ()
    ledger.messages.hand_over(_sending(seen, Uncertain("no scope")), _at(10))
    ledger.messages.hand_over(_sending(seen), _at(20))
    assert [since for _, since in seen] == [None, MORNING, MORNING]
    assert ledger.messages.unsettled() == ()


def test_a_process_that_dies_while_sending_leaves_the_message_in_doubt(ledger: Ledger) -> None:
    seen: Seen = []
    ledger.messages.queue(ALERT, MORNING)
    with pytest.raises(KeyboardInterrupt):
        ledger.messages.hand_over(_dying(seen), _at(0))
    assert ledger.messages.hand_over(_sending(seen), _at(1)) == ()
    ledger.messages.hand_over(_sending(seen), _at(6))
    assert [since for _, since in seen] == [None, MORNING]


def _dying(seen: Seen) -> Send:
    def send(message: Message, in_doubt_since: datetime | None) -> Sent:
        seen.append((message, in_doubt_since))
        raise KeyboardInterrupt

    return send


def test_a_reply_waits_for_its_parent_and_goes_into_its_thread(ledger: Ledger) -> None:
    seen: Seen = []
    ledger.messages.queue(ALERT, MORNING)
    ledger.messages.queue(Message("a-1-recovered", "#icp-drift", "Recovered"), MORNING, reply_to="a-1")
    ledger.messages.hand_over(_sending(seen, Uncertain("time-out")), _at(0))
    assert [message.key for message, _ in seen] == ["a-1"]
    ledger.messages.hand_over(_sending(seen), _at(6))
    assert seen[-1][0] == Message("a-1-recovered", "#icp-drift", "Recovered", (), thread_ts="17.2")


def test_a_reply_to_nothing_is_refused(ledger: Ledger) -> None:
    with pytest.raises(NotReadyError, match="digest-2026-10-05 replies to a-1, which was never queued"):
        ledger.messages.queue(DIGEST, MORNING, reply_to="a-1")


def test_a_message_written_for_a_thread_keeps_it(ledger: Ledger) -> None:
    seen: Seen = []
    message = Message("note", "C1", "for the thread", thread_ts="16.9")
    ledger.messages.queue(message, MORNING)
    ledger.messages.hand_over(_sending(seen), _at(0))
    assert seen == [(message, None)]


@pytest.mark.parametrize("arrived", [True, False])
def test_a_person_settles_what_no_machine_can_tell(ledger: Ledger, arrived: bool) -> None:
    seen: Seen = []
    ledger.messages.queue(ALERT, MORNING)
    ledger.messages.hand_over(_sending(seen, Uncertain("no scope")), _at(0))
    (doubt,) = ledger.messages.unsettled()
    assert (doubt.key, doubt.in_doubt_since, doubt.note) == ("a-1", MORNING, "no scope")
    ledger.messages.settle("a-1", arrived=arrived, who="ana", at=MORNING)
    assert ledger.messages.unsettled() == ()
    tried = ledger.messages.hand_over(_sending(seen), _at(60))
    assert [item.message for item in tried] == ([] if arrived else [ALERT])
    assert [since for _, since in seen] == ([None] if arrived else [None, None])


@pytest.mark.parametrize("key", ["a-1", "unheard-of"])
def test_only_what_is_uncertain_can_be_settled(ledger: Ledger, key: str) -> None:
    ledger.messages.queue(ALERT, MORNING)
    with pytest.raises(RefusedError, match=f"Message {key} is (due|unknown)"):
        ledger.messages.settle(key, arrived=True, who="ana", at=MORNING)
