"""The clock tells the machine's time, or the moment that a replay was frozen at."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from icp_monitor.errors import ConfigError
from icp_monitor.settings import Clock


def test_a_clock_that_is_not_frozen_tells_the_time_of_the_machine_in_utc() -> None:
    before = time.time()
    told = Clock.reading(None).now()
    assert before <= told.timestamp() <= time.time()
    assert told.utcoffset() == timedelta(0)


def test_a_frozen_clock_always_tells_its_moment_in_utc() -> None:
    clock = Clock.reading("2026-10-05T08:00:00+02:00")
    assert clock.now() == clock.now() == datetime(2026, 10, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-10-05T03:59:59Z", "America/New_York", date(2026, 10, 4)),
        ("2026-10-05T04:00:00Z", "America/New_York", date(2026, 10, 5)),
        ("2026-11-02T04:59:59Z", "America/New_York", date(2026, 11, 1)),
        ("2026-10-04T11:00:00Z", "Pacific/Auckland", date(2026, 10, 5)),
    ],
)
def test_the_business_date_changes_at_midnight_of_the_business_zone(moment: str, zone: str, day: date) -> None:
    assert Clock.reading(moment).business_date(ZoneInfo(zone)) == day


@pytest.mark.parametrize("text", ["yesterday", "2026-10-05", "2026-10-05T06:00:00"])
def test_a_moment_without_an_offset_is_refused_because_it_could_mean_several(text: str) -> None:
    with pytest.raises(ConfigError, match=r"ICP_NOW=.*2026-10-05T06:00:00Z"):
        Clock.reading(text)
