"""Killed at any moment, a ledger goes on: the same work, done again, ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from icp_monitor.alerts.message import Message, Sent
from icp_monitor.config.icp import IcpConfig
from icp_monitor.ledger import RunKey, open_ledger
from icp_monitor.ledger.alerts import NewAlert
from icp_monitor.periods import Window

MORNING = datetime(2026, 10, 5, 6, tzinfo=UTC)
TODAY = date(2026, 10, 5)
KEY = RunKey("live", TODAY, 1, "c0ffee", "0.1.0+3f9a04c1", "as-was")
ALERT = NewAlert("win_rate:down:fintech-mm:-", TODAY, KEY.run_id, "critical", "#icp-drift", {})
Moment = Callable[[], None]
EVERY = 11  # of the 190 moments of the day; with 1 the test takes a minute and a half


def _a_day(url: str, icp: IcpConfig, at: datetime, channel: Path, moment: Moment) -> None:
    """A day's work as the pipeline does it; ``moment`` is called between any two things that can be told apart."""

    def send(message: Message, in_doubt_since: datetime | None) -> Sent:
        """A channel that can be searched, as Slack's can."""
        if in_doubt_since is None or message.key not in channel.read_text():
            moment()
            with channel.open("a") as file:
                file.write(f"{message.key}\n")
            moment()
        return Sent(message.key)

    with open_ledger(url) as ledger:
        ledger.versions.register(icp, "hash", "ana", at)
        with ledger.loads.pulling():
            if ledger.loads.last_of("crm") is None:
                load = ledger.loads.begin("crm", at)
                moment()
                ledger.loads.finish(
                    load, fingerprint="f", watermarks={}, counts={}, observed_until=TODAY, known_on=TODAY, at=at
                )
        run = ledger.runs.start(KEY, at)
        for step in ("score", "measure", "compare"):
            if step not in run.steps:
                moment()
                ledger.runs.finish_step(KEY.run_id, step, {"rows": 1}, at)
        ledger.baselines.freeze(1, Window(date(2025, 4, 1), date(2026, 4, 1)), {"n": 410}, "ana", at)
        alert = ledger.alerts.open(ALERT, at)
        ledger.messages.queue(Message(alert.alert_id, alert.channel, "text"), at, alert_id=alert.alert_id)
        ledger.messages.hand_over(send, lambda: at)
        ledger.runs.finish(KEY.run_id, at)


def _killed_at(kill: int, day: Callable[[Moment], None]) -> bool:
    """Do the day's work in a process that is killed at its moment number ``kill``; False when it ends before."""
    child = os.fork()
    if child == 0:
        moments = count()

        def moment(*_: object) -> None:
            if next(moments) == kill:
                os.kill(os.getpid(), signal.SIGKILL)

        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            sa.event.listen(sa.Engine, name, moment)
        try:
            day(moment)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _story(url: str) -> object:
    """What a ledger tells, times of day and aborted attempts apart."""
    with open_ledger(url) as ledger:
        run = ledger.runs.get(KEY.run_id)
        load = ledger.loads.last_of("crm")
        assert load is not None
        return (
            [(event.who, event.action) for event in ledger.events.history() if ledger.events.verify_chain()],
            replace(load, finished_at=MORNING),
            (ledger.runs.finished("live", TODAY), run.status, sorted(run.steps)),
            ledger.baselines.of_version(1),
            [
                (alert.alert_id, alert.status, len(ledger.alerts.history(alert.alert_id)))
                for alert in ledger.alerts.all()
            ],
            (
                ledger.messages.unsettled(),
                ledger.messages.hand_over(_nothing_is_due, lambda: MORNING + timedelta(days=9)),
            ),
        )


def _nothing_is_due(message: Message, _: datetime | None) -> Sent:
    pytest.fail(f"{message.key} would be sent again")


@pytest.mark.slow
def test_killed_at_whatever_moment_the_ledger_goes_on(
    new_url: Callable[[], str], tmp_path: Path, profile: Callable[..., IcpConfig]
) -> None:
    icp, undisturbed = profile(), new_url()
    (tmp_path / "undisturbed").touch()
    _a_day(undisturbed, icp, MORNING, tmp_path / "undisturbed", lambda: None)
    expected = _story(undisturbed)
    for kill in count(step=EVERY):
        url, channel = new_url(), tmp_path / f"channel-{kill}"
        channel.touch()
        killed = _killed_at(kill, lambda moment, url=url, channel=channel: _a_day(url, icp, MORNING, channel, moment))
        _a_day(url, icp, MORNING + timedelta(hours=1), channel, lambda: None)
        assert _story(url) == expected, f"killed at moment {kill}"
        assert channel.read_text().split() == [ALERT.alert_id], f"killed at moment {kill}"
        if not killed:
            break
    assert kill > 100
