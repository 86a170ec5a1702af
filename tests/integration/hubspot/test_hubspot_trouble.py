"""What goes wrong on the way leaves no trace in what is stored, however much there is to read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest

from icp_monitor.errors import SourceError
from tests.counterparts.hubspot.server import Fault, Server
from tests.integration.hubspot.installation import HOUR, KEYS, Installation, assert_stored_is_true


@pytest.mark.slow
def test_more_than_ten_thousand_changes_that_share_their_moments_are_all_stored(installation: Installation) -> None:
    """A search gives no more than 10,000 results and refuses to page beyond them; an import changes as many at once."""
    installation.pull()
    portal = installation.portal
    portal.now += HOUR
    for number in range(10_350):
        portal.create("companies", name=f"Company {number}", industry="BANKING", at=portal.now)
    summary = installation.pull(after=timedelta(minutes=1))
    assert summary.changed["raw_accounts"] == 10_350
    assert_stored_is_true(installation)


TROUBLE: dict[str, Callable[[], list[Fault]]] = {
    "429 everywhere": lambda: [Fault(path, status=429, times=2) for path in ("/objects", "/search", "/properties")],
    "503 bursts": lambda: [Fault(path, status=503, times=2, after=2) for path in ("/objects", "/associations")],
    "sockets that drop mid-page": lambda: [Fault(path, times=1) for path in ("objects/deals", "companies/", "/search")],
}


@pytest.mark.parametrize("faults", TROUBLE.values(), ids=TROUBLE)
def test_trouble_on_the_way_leaves_no_trace_in_what_is_stored(
    installation: Installation, server: Server, waits: list[float], faults: Callable[[], list[Fault]]
) -> None:
    for _ in range(2):
        server.faults = faults()
        installation.pull()
        assert_stored_is_true(installation)
        assert any(fault.times == 0 for fault in server.faults)
        for record in server.portal.alive("companies"):
            server.portal.update("companies", record.id, industry="RETAIL")
    assert waits


def test_a_pull_that_meets_the_days_limit_stores_nothing_and_the_next_one_is_complete(
    installation: Installation, server: Server, waits: list[float]
) -> None:
    installation.pull()
    before = installation.stored("raw_accounts")
    server.portal.update("companies", server.portal.alive("companies")[0].id, industry="RETAIL")
    server.faults = [Fault("objects/deals/batch/read", status=429, times=99, policy="DAILY")]
    server.portal.update("deals", server.portal.alive("deals")[0].id, amount="1")
    with pytest.raises(SourceError, match="limit of requests is used up, got daily"):
        installation.pull()
    assert installation.stored("raw_accounts") == before
    server.faults = []
    installation.pull(after=20 * HOUR)
    assert_stored_is_true(installation)
    assert waits


def test_a_pull_that_is_killed_between_two_pages_stores_nothing_and_the_next_one_is_complete(
    installation: Installation, server: Server
) -> None:
    reached, go_on = Event(), Event()

    def hold() -> None:
        reached.set()
        go_on.wait(60)

    server.before_path = ("/associations/", hold)
    environment = {**os.environ, **installation.environment}  # noqa: TID251 - what the tests were started with
    command = [sys.executable, "-m", "icp_monitor.cli", "pull"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        assert reached.wait(60)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    go_on.set()
    assert all(installation.stored(name) == [] for name in KEYS)
    installation.pull()
    assert_stored_is_true(installation)
    assert installation.pull().changed["raw_accounts"] == 0
