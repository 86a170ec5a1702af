"""A watermark says exactly when, whatever a database dates its changes by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.sources.sql.window import before, read_as, written

ZONES = st.none() | st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
WHOLE = st.decimals(allow_nan=False, allow_infinity=False, places=0)
VALUES = st.datetimes(timezones=ZONES) | st.dates() | st.integers() | WHOLE | st.text()


@given(VALUES)
def test_a_watermark_reads_back_as_what_was_written(value: Any) -> None:
    again = read_as(value, written(value))
    assert type(again) is type(value)
    assert again == value


@pytest.mark.parametrize(
    ("like", "watermark", "complaint"),
    [
        (1, "2025-01-31", "invalid literal"),
        (date(2025, 1, 31), "12", "Invalid isoformat"),
        (datetime(2025, 1, 31, tzinfo=UTC), "x", "Invalid isoformat"),
        (Decimal(1), "x", "no number"),
    ],
)
def test_a_watermark_of_another_kind_is_refused(like: Any, watermark: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_as(like, watermark)


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=ZONES), st.sampled_from(["T", " "]))  # noqa: DTZ001
def test_a_moment_kept_as_text_is_set_back_as_a_moment_is_and_sorts_before_it(value: datetime, separator: str) -> None:
    overlap, text = timedelta(minutes=10), value.isoformat(separator)
    set_back = before(text, overlap)
    assert datetime.fromisoformat(set_back) == before(value, overlap).replace(microsecond=0)
    assert set_back < text


@given(st.dates(min_value=date(1900, 1, 1)))
def test_an_overlap_sets_a_day_back_to_the_day_in_which_it_falls(value: date) -> None:
    assert before(value, timedelta(minutes=10)) == value - timedelta(days=1)
    assert before(value.isoformat(), timedelta(minutes=10)) == (value - timedelta(days=1)).isoformat()


@given(st.integers() | st.text(alphabet="abc"))
def test_a_count_of_changes_has_no_overlap(value: Any) -> None:
    assert before(value, timedelta(minutes=10)) == value
