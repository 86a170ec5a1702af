"""Ten processes at once: nobody is turned away, nothing is lost, and the chain holds."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from icp_monitor.alerts.message import Message, Sent
from icp_monitor.config.icp import IcpConfig
from icp_monitor.ledger import Ledger, RunKey, open_ledger

MORNING = datetime(2026, 10, 5, 6, tzinfo=UTC)
TODAY = date(2026, 10, 5)
KEY = RunKey("live", TODAY, 1, "c0ffee", "0.1.0+3f9a04c1", "as-was")
PROCESSES = range(10)

pytestmark = pytest.mark.slow


def _together(work: Callable[[int], None]) -> None:
    """Do ``work`` in ten processes that begin at the same moment; all have to succeed."""
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(len(PROCESSES))

    def run(number: int) -> None:
        gate.wait()
        work(number)

    processes = [context.Process(target=run, args=(number,)) for number in PROCESSES]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def _pull(ledger: Ledger) -> None:
    with ledger.loads.pulling(patience=60):
        load = ledger.loads.begin("crm", MORNING)
        ledger.loads.finish(
            load, fingerprint="f", counts={}, watermarks={}, observed_until=TODAY, known_on=TODAY, at=MORNING
        )


def test_ten_processes_may_open_a_new_ledger_and_write_to_it_at_once(
    ledger_url: str, profile: Callable[..., IcpConfig]
) -> None:
    icp = profile()

    def work(number: int) -> None:
        with open_ledger(ledger_url) as ledger:
            ledger.versions.register(icp, "hash", f"person-{number}", MORNING)
            _pull(ledger)
            key = replace(KEY, as_of=TODAY + timedelta(days=number))
            ledger.runs.start(key, MORNING)
            for step in ("pull", "score"):
                ledger.decisions.record(1, "keep", f"person-{number}", f"after {step}", None, MORNING)
                ledger.runs.finish_step(key.run_id, step, {}, MORNING)
            ledger.runs.finish(key.run_id, MORNING)

    _together(work)
    with open_ledger(ledger_url) as ledger:
        actions = [event.action for event in ledger.events.history()]
        assert (actions.count("registered"), actions.count("kept")) == (1, 2 * len(PROCESSES))
        assert ledger.events.verify_chain() == ledger.events.history()[-1].hash
        assert ledger.loads.last() == len(PROCESSES)
        keys = ledger.runs.finished_keys("live", TODAY, TODAY + timedelta(days=30))
        assert [key.as_of for key in keys] == [TODAY + timedelta(days=number) for number in PROCESSES]
        assert all(list(ledger.runs.get(key.run_id).steps) == ["pull", "score"] for key in keys)


def test_ten_processes_that_hand_over_the_same_queue_send_each_message_once(ledger_url: str, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.touch()

    def send(message: Message, _: datetime | None) -> Sent:
        with sent.open("a") as file:
            file.write(f"{message.key}\n")
        return Sent(message.key)

    with open_ledger(ledger_url) as ledger:
        for number in range(5):
            ledger.messages.queue(Message(f"first-{number}", "#icp-drift", "text"), MORNING)

    def work(number: int) -> None:
        with open_ledger(ledger_url) as ledger:
            ledger.messages.queue(Message(f"own-{number}", "#icp-drift", "text"), MORNING)
            ledger.messages.queue(Message("shared", "#icp-drift", "text"), MORNING)
            ledger.messages.hand_over(send, lambda: MORNING)

    _together(work)
    keys = [f"first-{number}" for number in range(5)] + [f"own-{number}" for number in PROCESSES] + ["shared"]
    assert sorted(sent.read_text().split()) == sorted(keys)
