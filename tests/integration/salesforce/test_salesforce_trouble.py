"""A server that is busy, a connection that breaks and a session that ends cost only time; a limit ends the day."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from icp_monitor.config.connection import Connection
from icp_monitor.errors import SourceError
from icp_monitor.sources.salesforce import SalesforceObjects
from tests.counterparts.salesforce.exchange import Mishap, RefusalError
from tests.counterparts.salesforce.server import Counterpart
from tests.integration.salesforce.reading import Reader, rows_in, sorted_by_id, source_of, truth

COLUMNS = ("Id", "Name", "Industry")
ROOT = r"/services/data/v59\.0/$"  # asked for the time alone
BUSY = RefusalError(503, "SERVER_UNAVAILABLE", "too busy")


@pytest.fixture
def full(salesforce: Counterpart) -> Counterpart:
    """An org of eleven accounts that are handed over in pages of three."""
    for position in range(11):
        salesforce.org.create("Account", Name=f"Company {position}")
    salesforce.org.wait(minutes=1)
    salesforce.rest.page_size = salesforce.bulk.page_size = 3
    return salesforce


def assert_complete(full: Counterpart, rows: list[Any]) -> None:
    """No record is lost, none comes twice."""
    assert sorted_by_id(rows) == truth(full.org, "Account", COLUMNS)


def long_ago(full: Counterpart) -> str:
    """A watermark after which everything changed, though not so long ago that everything is read anew."""
    full.org.wait(days=1)
    return str(full.org.records("Account")[0]["CreatedDate"].isoformat())


RESOURCES = ["/query", "/queryAll/01g", "/sobjects/Account/describe", ROOT, "oauth2/token"]
JOBS = ["/jobs/query", "/jobs/query/750", "/results"]


@pytest.mark.parametrize("path", RESOURCES)
@pytest.mark.parametrize(
    "mishap",
    [
        {"refusal": BUSY, "times": 4},
        {"refusal": RefusalError(429, "TOO_MANY_REQUESTS", "slow down", **{"Retry-After": "7"})},
        {"refusal": RefusalError(502, "BAD_GATEWAY", "try again")},
        {"cut": True, "times": 2},
    ],
    ids=["503", "429", "502", "cut"],
)
def test_a_burst_of_trouble_anywhere_in_an_increment_loses_and_doubles_nothing(
    full: Counterpart, read: Reader, path: str, mishap: dict[str, Any]
) -> None:
    since = long_ago(full)
    planned = Mishap(path, **mishap)
    full.mishaps.append(planned)
    rows, _ = read("Account", *COLUMNS, since=since)
    assert_complete(full, rows)
    assert planned.times == 0


@pytest.mark.parametrize("path", JOBS)
@pytest.mark.parametrize("mishap", [{"refusal": BUSY, "times": 3}, {"cut": True}], ids=["503", "cut"])
def test_a_burst_of_trouble_anywhere_in_a_bulk_job_loses_and_doubles_nothing(
    full: Counterpart, read: Reader, path: str, mishap: dict[str, Any]
) -> None:
    planned = Mishap(path, after=1 if path == "/results" else 0, **mishap)
    full.mishaps.append(planned)
    rows, _ = read("Account", *COLUMNS)
    assert_complete(full, rows)
    assert planned.times == 0


def test_the_server_says_how_long_to_wait(full: Counterpart, read: Reader, waits: list[float]) -> None:
    refusal = RefusalError(429, "TOO_MANY_REQUESTS", "slow down", **{"Retry-After": "7"})
    full.mishaps.append(Mishap(ROOT, refusal))
    read("Account", *COLUMNS)
    assert waits[0] == 7


def test_pauses_grow_and_no_two_clients_keep_step(full: Counterpart, read: Reader, waits: list[float]) -> None:
    full.mishaps.append(Mishap(ROOT, BUSY, times=5))
    read("Account", *COLUMNS)
    pauses = waits[:4]
    for pause, least in zip(pauses, (2, 4, 8, 16), strict=True):
        assert least <= pause <= least + 1
    assert all(pause % 1 for pause in pauses)


def test_patience_ends_and_the_refusal_says_what_to_do(full: Counterpart, read: Reader) -> None:
    full.mishaps.append(Mishap(ROOT, BUSY, times=100))
    with pytest.raises(SourceError, match=r"Account: Salesforce refuses: SERVER_UNAVAILABLE.*pull again later"):
        read("Account", *COLUMNS)
    assert sum(re.search(ROOT, request.path) is not None for request in full.requests) == 6


def test_a_server_that_asks_for_an_hour_is_not_waited_for(full: Counterpart, read: Reader, waits: list[float]) -> None:
    refusal = RefusalError(503, "SERVER_UNAVAILABLE", "maintenance", **{"Retry-After": "3600"})
    full.mishaps.append(Mishap(ROOT, refusal))
    with pytest.raises(SourceError, match="maintenance"):
        read("Account", *COLUMNS)
    assert waits == []


def test_a_connection_that_keeps_breaking_is_named(full: Counterpart, read: Reader) -> None:
    full.mishaps.append(Mishap("/jobs/query", cut=True, times=100))
    with pytest.raises(SourceError, match=r"connection crm: Account: Salesforce can't be reached"):
        read("Account", *COLUMNS)


@pytest.mark.parametrize("path", ["/jobs/query", "/jobs/query/750", "/results"])
@pytest.mark.parametrize("pages", [0, 1])
def test_a_session_that_ends_amid_a_bulk_job_is_renewed_and_the_same_job_goes_on(
    full: Counterpart, read: Reader, path: str, pages: int
) -> None:
    """The client's Bulk API 2.0 doesn't renew a session by itself."""
    full.mishaps.append(Mishap(path, expire=True, after=pages))
    rows, _ = read("Account", *COLUMNS)
    assert_complete(full, rows)
    assert len(full.bulk.jobs) == 1
    assert full.grants == ["client_credentials"] * 2


@pytest.mark.parametrize("path", [ROOT, "/queryAll", "/queryAll/01g"])
def test_a_session_that_ends_amid_an_increment_is_renewed(full: Counterpart, read: Reader, path: str) -> None:
    since = long_ago(full)
    full.mishaps.append(Mishap(path, expire=True))
    rows, _ = read("Account", *COLUMNS, since=since)
    assert_complete(full, rows)


@pytest.mark.parametrize("since", [None, "2026-03-01T00:00:00+00:00"])
def test_a_session_given_by_its_id_can_not_be_renewed_and_the_refusal_says_so(
    full: Counterpart, since: str | None
) -> None:
    extra = {"session_id": full.open_session(), "instance_url": f"https://{full.instance}"}
    full.mishaps.append(Mishap("quer", expire=True))
    connector = SalesforceObjects(source_of("Account", COLUMNS), Connection("crm", extra=extra))
    with pytest.raises(SourceError, match=r"INVALID_SESSION_ID.*log in by JWT"):
        rows_in(connector, COLUMNS, since)


@pytest.mark.parametrize("path", [ROOT, "/jobs/query", "/results"])
def test_the_days_limit_ends_the_reading_at_once_and_says_that_nothing_is_lost(
    full: Counterpart, read: Reader, waits: list[float], path: str
) -> None:
    refusal = RefusalError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    full.mishaps.append(Mishap(path, refusal, times=100))
    with pytest.raises(SourceError, match=r"REQUEST_LIMIT_EXCEEDED.*pull again tomorrow; nothing is lost"):
        read("Account", *COLUMNS)
    assert full.mishaps[0].times == 99
    assert not any(pause > 1 for pause in waits)


def test_the_last_tenth_of_the_days_calls_is_left_to_others(full: Counterpart, read: Reader) -> None:
    full.daily_limit, full.calls = 1000, 896
    with pytest.raises(SourceError, match=r"900 of the organisation's 1,000 calls .* the last 10% are left to others"):
        read("Account", *COLUMNS)
    assert full.calls == 900


@pytest.mark.parametrize(("reserve", "stops"), [("0.5", True), ("0.01", False), (0, False)])
def test_the_connection_says_how_much_is_left_to_others(
    full: Counterpart, client_credentials: Connection, reserve: object, stops: bool
) -> None:
    full.daily_limit, full.calls = 1000, 700
    connection = replace(client_credentials, extra={**client_credentials.extra, "reserve": reserve})
    connector = SalesforceObjects(source_of("Account", COLUMNS), connection)
    if stops:
        with pytest.raises(SourceError, match="the last 50% are left to others"):
            rows_in(connector, COLUMNS, None)
    else:
        assert_complete(full, rows_in(connector, COLUMNS, None)[0])


@pytest.mark.parametrize("reserve", ["a tenth", "1", "-0.1"])
def test_a_reserve_that_is_no_share_is_refused(client_credentials: Connection, reserve: str) -> None:
    connection = replace(client_credentials, extra={**client_credentials.extra, "reserve": reserve})
    with pytest.raises(SourceError, match=r"connection crm: reserve: is no share.*write 0\.1"):
        rows_in(SalesforceObjects(source_of("Account", COLUMNS), connection), COLUMNS, None)


def test_a_job_that_salesforce_gives_up_is_refused_in_its_words(
    full: Counterpart, read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full.bulk, "_fault", lambda _: "QUERY_TIMEOUT: Your query request was running for too long.")
    with pytest.raises(SourceError, match=r"Account: Salesforce gave the query up: QUERY_TIMEOUT"):
        read("Account", *COLUMNS)


def test_a_cursor_that_lapsed_is_refused_with_the_advice_to_pull_again(
    full: Counterpart, read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = long_ago(full)
    full.rest.page_size = 3
    page = full.rest._page

    def lapsing(resource: str, locator: str) -> Any:
        if not locator.endswith("-0"):
            full.rest.forget_cursors()
        return page(resource, locator)

    monkeypatch.setattr(full.rest, "_page", lapsing)
    with pytest.raises(SourceError, match=r"INVALID_QUERY_LOCATOR.*pull again"):
        read("Account", *COLUMNS, since=since)


def test_only_the_environments_authorities_are_trusted(
    full: Counterpart, read: Reader, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No certificate is pinned and none is accepted unseen: the machine's own bundle decides."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", DEFAULT_CA_BUNDLE_PATH)
    with pytest.raises(SourceError, match=r"certificate isn't trusted.*REQUESTS_CA_BUNDLE"):
        read("Account", *COLUMNS)
    assert waits == []
    assert full.requests == []


def test_every_call_has_an_end(full: Counterpart, read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    timeouts = []
    send = HTTPAdapter.send

    def noting(self: HTTPAdapter, *rest: Any, **options: Any) -> Any:
        timeouts.append(options["timeout"])
        return send(self, *rest, **options)

    monkeypatch.setattr(HTTPAdapter, "send", noting)
    read("Account", *COLUMNS)
    assert len(timeouts) == len(full.requests)
    assert set(timeouts) == {(10.0, 180.0)}
