"""The fiscal timetable as tables: which quarter, and when its run starts. Moments are UTC unless they say otherwise."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any
from unittest import mock

import pendulum
import pytest

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.skipif(importlib.util.find_spec("airflow") is None, reason="the airflow extra is not installed"),
]

PLUGINS = Path(__file__).parents[2] / "plugins"
NEW_YORK, LAG = "America/New_York", 120


@pytest.fixture(scope="module")
def timetable_class(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The class as Airflow imports it; importing Airflow makes its home, which must not be a person's."""
    home = str(tmp_path_factory.mktemp("airflow"))
    with mock.patch.dict(os.environ, {"AIRFLOW_HOME": home}), pytest.MonkeyPatch.context() as patch:  # noqa: TID251
        patch.syspath_prepend(str(PLUGINS))
        yield importlib.import_module("icp_fiscal_timetable").FiscalQuarterTimetable


@pytest.fixture(scope="module")
def base(timetable_class: Any) -> Any:
    """Airflow's words for intervals and restrictions."""
    assert timetable_class is not None
    return importlib.import_module("airflow.timetables.base")


@pytest.fixture(scope="module")
def february(timetable_class: Any) -> Any:
    """Fiscal years from February, mature after 120 days, in New York."""
    return timetable_class(2, LAG, NEW_YORK)


def at(text: str, timezone: str = "UTC") -> pendulum.DateTime:
    moment = pendulum.parse(text, tz=timezone)
    assert isinstance(moment, pendulum.DateTime)
    return moment


def days(interval: Any, timezone: str = NEW_YORK) -> tuple[str, str]:
    return tuple(moment.in_timezone(timezone).format("YYYY-MM-DD HH:mm") for moment in interval)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("pressed", "start"),
    [
        ("2025-08-28T12:00", "2024-11-01 00:00"),  # 119 days after April: 2025Q1 is not yet mature
        ("2025-08-29T03:59", "2024-11-01 00:00"),  # a minute before midnight in New York
        ("2025-08-29T04:00", "2025-02-01 00:00"),
        ("2025-11-28T12:00", "2025-02-01 00:00"),
        ("2025-11-29T12:00", "2025-05-01 00:00"),
    ],
)
def test_a_manual_run_takes_the_newest_quarter_that_has_matured(february: Any, pressed: str, start: str) -> None:
    assert days(february.infer_manual_data_interval(run_after=at(pressed)))[0] == start


@pytest.mark.parametrize(
    ("first_month", "pressed", "interval"),
    [
        (1, "2026-01-01", ("2025-10-01 00:00", "2026-01-01 00:00")),
        (2, "2026-01-31", ("2025-08-01 00:00", "2025-11-01 00:00")),
        (4, "2026-04-01", ("2026-01-01 00:00", "2026-04-01 00:00")),
        (10, "2026-03-31", ("2025-10-01 00:00", "2026-01-01 00:00")),
        (12, "2026-03-01", ("2025-12-01 00:00", "2026-03-01 00:00")),
    ],
)
def test_quarters_follow_the_fiscal_year(
    timetable_class: Any, first_month: int, pressed: str, interval: tuple[str, str]
) -> None:
    found = timetable_class(first_month).infer_manual_data_interval(run_after=at(pressed))
    assert days(found, "UTC") == interval


@pytest.mark.parametrize(
    ("earliest", "start", "run_after"),
    [
        ("2024-11-01T00:00", "2024-11-01 00:00", "2025-06-01 00:00"),
        ("2024-11-01T00:01", "2025-02-01 00:00", "2025-08-29 00:00"),
        ("2025-01-01T00:00", "2025-02-01 00:00", "2025-08-29 00:00"),
    ],
)
def test_with_catchup_the_first_run_is_of_the_first_whole_quarter(
    february: Any, base: Any, earliest: str, start: str, run_after: str
) -> None:
    restriction = base.TimeRestriction(at(earliest, NEW_YORK), None, catchup=True)
    info = february.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert days(info.data_interval)[0] == start
    assert info.run_after.in_timezone(NEW_YORK).format("YYYY-MM-DD HH:mm") == run_after


def test_each_run_follows_the_last_and_its_midnights_hold_across_the_clock_changes(february: Any, base: Any) -> None:
    restriction = base.TimeRestriction(at("2024-02-01", NEW_YORK), at("2025-02-01", NEW_YORK), catchup=True)
    found, last = [], None
    while (info := february.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)) is not None:
        found.append((*days(info.data_interval), info.run_after.in_timezone(NEW_YORK).format("YYYY-MM-DD HH:mm")))
        last = info.data_interval
    assert found == [
        ("2024-02-01 00:00", "2024-05-01 00:00", "2024-08-29 00:00"),
        ("2024-05-01 00:00", "2024-08-01 00:00", "2024-11-29 00:00"),
        ("2024-08-01 00:00", "2024-11-01 00:00", "2025-03-01 00:00"),
        ("2024-11-01 00:00", "2025-02-01 00:00", "2025-06-01 00:00"),
        ("2025-02-01 00:00", "2025-05-01 00:00", "2025-08-29 00:00"),
    ]


@pytest.mark.parametrize(
    ("now", "last_start", "expected"),
    [
        ("2025-09-20", None, "2025-02-01 00:00"),
        ("2025-09-20", "2023-08-01", "2025-02-01 00:00"),
        ("2025-09-20", "2025-02-01", "2025-05-01 00:00"),
        ("2025-09-20", "2024-11-01", "2025-02-01 00:00"),
    ],
)
def test_without_catchup_missed_quarters_are_skipped(
    february: Any, base: Any, monkeypatch: pytest.MonkeyPatch, now: str, last_start: str | None, expected: str
) -> None:
    restriction = base.TimeRestriction(at("2023-01-01", NEW_YORK), None, catchup=False)
    last = last_start and february.infer_manual_data_interval(
        run_after=at(last_start, NEW_YORK).add(months=3, days=LAG)
    )
    monkeypatch.setattr(pendulum, "now", lambda _timezone: at(now))
    info = february.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
    assert days(info.data_interval)[0] == expected


def test_a_start_in_the_future_is_waited_for(february: Any, base: Any) -> None:
    restriction = base.TimeRestriction(at("2999-01-01", NEW_YORK), None, catchup=False)
    info = february.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert days(info.data_interval)[0] == "2999-02-01 00:00"


@pytest.mark.parametrize(("latest", "runs"), [("2025-02-01T00:00", True), ("2025-01-31T23:59", False)])
def test_no_quarter_begins_after_the_latest_date(february: Any, base: Any, latest: str, runs: bool) -> None:
    restriction = base.TimeRestriction(at("2025-01-01", NEW_YORK), at(latest, NEW_YORK), catchup=True)
    info = february.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert (info is not None) == runs


def test_without_any_date_nothing_is_scheduled(february: Any, base: Any) -> None:
    nothing = base.TimeRestriction(None, None, catchup=True)
    assert february.next_dagrun_info(last_automated_data_interval=None, restriction=nothing) is None


def test_what_is_serialized_comes_back_as_the_same_timetable(timetable_class: Any, february: Any) -> None:
    again = timetable_class.deserialize(february.serialize())
    assert vars(again) == vars(february) == {"first_month": 2, "lag_days": LAG, "timezone": NEW_YORK}
    assert again.summary == "fiscal quarters from month 2, 120 days after each ends"
