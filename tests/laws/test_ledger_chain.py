"""The record of decisions shows every change to it; which version is in force follows from the date alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.governance.chain import START, Event, first_break
from icp_monitor.governance.versions import select_version_in_force

MOMENTS = st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1))  # noqa: DTZ001
PAYLOADS = st.dictionaries(
    st.text(), st.none() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False), max_size=3
)
CONTENTS = st.fixed_dictionaries(
    {
        "at": MOMENTS,
        "who": st.text(),
        "action": st.text(),
        "version": st.none() | st.integers(1, 99),
        "reason": st.none() | st.text(),
        "payload": PAYLOADS,
    }
)


def _chain(contents: list[dict[str, Any]]) -> list[Event]:
    events: list[Event] = []
    for content in contents:
        previous = events[-1].hash if events else START
        events.append(Event(seq=len(events) + 1, previous_hash=previous, **content).sealed())
    return events


CHAINS = st.lists(CONTENTS, min_size=1, max_size=5).map(_chain)


@given(CHAINS)
def test_a_chain_holds_as_it_was_written(chain: list[Event]) -> None:
    assert first_break(chain) is None


@given(CHAINS, st.data())
def test_a_changed_field_shows_at_its_event(chain: list[Event], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(chain) - 1))
    field, values = data.draw(
        st.sampled_from(
            [("at", MOMENTS), ("who", st.text()), ("action", st.text()), ("reason", st.text()), ("payload", PAYLOADS)]
        )
    )
    old = chain[position]
    new = replace(old, **{field: data.draw(values.filter(lambda value: value != getattr(old, field)))})
    altered = [*chain[:position], new, *chain[position + 1 :]]
    assert first_break(altered) == new


@given(CHAINS, st.data())
def test_an_event_that_was_altered_and_sealed_again_breaks_the_next(chain: list[Event], data: st.DataObject) -> None:
    chain = [*chain, Event(len(chain) + 1, chain[0].at, "ana", "kept", 1, None, {}, chain[-1].hash).sealed()]
    position = data.draw(st.integers(0, len(chain) - 2))
    forged = replace(chain[position], who=chain[position].who + "x").sealed()
    assert first_break([*chain[:position], forged, *chain[position + 1 :]]) == chain[position + 1]


@given(CHAINS.filter(lambda chain: len(chain) > 1), st.data())
def test_a_missing_event_shows_unless_it_is_the_last(chain: list[Event], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(chain) - 1))
    shortened = chain[:position] + chain[position + 1 :]
    expected = None if position == len(chain) - 1 else chain[position + 1]
    assert first_break(shortened) == expected


@given(CHAINS, st.integers(-12, 12))
def test_the_zone_in_which_a_moment_is_told_does_not_matter(chain: list[Event], hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    assert first_break([replace(event, at=event.at.astimezone(zone)) for event in chain]) is None


@dataclass(frozen=True)
class _Version:
    number: int
    effective_from: date


VERSIONS = st.lists(
    st.builds(_Version, st.integers(1, 50), st.dates(date(2025, 1, 1), date(2027, 1, 1))),
    unique_by=lambda version: version.number,
)


@given(VERSIONS, st.dates(date(2024, 1, 1), date(2028, 1, 1)))
def test_the_version_in_force_has_taken_effect_and_none_that_has_is_newer(versions: list[_Version], day: date) -> None:
    chosen = select_version_in_force(versions, day)
    effective = [version for version in versions if version.effective_from <= day]
    assert (chosen is None) == (not effective)
    if chosen is not None:
        assert chosen in effective
        assert all(version.number <= chosen.number for version in effective)


@given(VERSIONS, st.dates(date(2024, 1, 1), date(2028, 1, 1)), st.integers(0, 400))
def test_a_later_date_never_brings_an_older_version_back(versions: list[_Version], day: date, later: int) -> None:
    before = select_version_in_force(versions, day)
    after = select_version_in_force(versions, day + timedelta(days=later))
    if before is not None:
        assert after is not None
        assert after.number >= before.number
