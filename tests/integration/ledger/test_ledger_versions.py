"""Versions are stored once and then frozen; the one in force follows from the date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from icp_monitor.config.hashing import canonical_hash
from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import ConfigError, NotReadyError, RefusedError
from icp_monitor.ledger import Ledger
from icp_monitor.ledger.versions import StoredVersion
from icp_monitor.periods import Window

Profile = Callable[..., IcpConfig]
MORNING = datetime(2026, 10, 5, 6, tzinfo=UTC)
WINDOW = Window(date(2025, 4, 1), date(2026, 4, 1))


def _register(ledger: Ledger, icp: IcpConfig) -> StoredVersion:
    return ledger.versions.register(icp, canonical_hash(icp), "ana", MORNING)


def test_a_stored_version_gives_back_the_profile_that_was_registered(ledger: Ledger, profile: Profile) -> None:
    icp = profile(tier_plays={"tier_1": "abm"}, material={"acv": 0.2})
    stored = _register(ledger, icp)
    assert stored.icp == icp
    assert canonical_hash(stored.icp) == stored.icp_hash
    assert ledger.versions.get(1) == stored
    assert (stored.status, stored.author, stored.effective_from) == ("approved", "ana", date(2026, 7, 1))


def test_registering_the_same_version_again_changes_nothing(ledger: Ledger, profile: Profile) -> None:
    first = _register(ledger, profile())
    again = ledger.versions.register(profile(), canonical_hash(profile()), "bob", MORNING.replace(hour=7))
    assert again == first
    assert [event.who for event in ledger.events.history()] == ["ana"]


def test_a_version_never_changes(ledger: Ledger, profile: Profile) -> None:
    first = _register(ledger, profile(weight=3))
    with pytest.raises(ConfigError, match=r"version 1 is frozen.*Cure: raise metadata.version"):
        _register(ledger, profile(weight=4))
    assert ledger.versions.all() == (first,)


def test_a_ledger_belongs_to_one_profile(ledger: Ledger, profile: Profile) -> None:
    _register(ledger, profile())
    with pytest.raises(ConfigError, match="this ledger belongs to acme-core"):
        _register(ledger, profile(2, metadata={"id": "globex"}))


@pytest.mark.parametrize(
    ("as_of", "version"),
    [
        (date(2026, 7, 1), 1),
        (date(2026, 10, 31), 1),
        (date(2026, 11, 1), 2),
        (date(2026, 11, 30), 2),
        (date(2026, 12, 1), 3),
    ],
)
def test_a_version_is_in_force_from_its_effective_date_until_the_next(
    ledger: Ledger, profile: Profile, as_of: date, version: int
) -> None:
    for number, start in ((1, "2026-07-01"), (2, "2026-11-01"), (3, "2026-12-01")):
        _register(ledger, profile(number, effective_from=start))
    assert ledger.versions.in_force(as_of).number == version


def test_before_the_first_effective_date_no_version_is_in_force(ledger: Ledger, profile: Profile) -> None:
    with pytest.raises(NotReadyError, match="none is registered"):
        ledger.versions.in_force(date(2026, 10, 5))
    _register(ledger, profile())
    with pytest.raises(NotReadyError, match="version 1 takes effect on 2026-07-01"):
        ledger.versions.in_force(date(2026, 6, 30))


def test_a_missing_version_is_named_with_those_that_exist(ledger: Ledger, profile: Profile) -> None:
    _register(ledger, profile(7))
    with pytest.raises(NotReadyError, match=r"no version 8 .*it has: 7"):
        ledger.versions.get(8)


def test_a_baseline_is_given_back_as_it_was_frozen(ledger: Ledger, profile: Profile) -> None:
    _register(ledger, profile())
    assert ledger.baselines.of_version(1) is None
    content = {"life_tables": [[1, "fintech", 0.1 + 0.2, None]], "edges": {"employees": [1.5, 10.0]}}
    frozen = ledger.baselines.freeze(1, WINDOW, content, "ana", MORNING)
    assert ledger.baselines.of_version(1) == frozen
    assert (frozen.content, frozen.window, frozen.version) == (content, WINDOW, 1)


def test_the_same_baseline_again_changes_nothing_and_another_is_refused(ledger: Ledger, profile: Profile) -> None:
    _register(ledger, profile())
    first = ledger.baselines.freeze(1, WINDOW, {"won": 119, "n": 410}, "ana", MORNING)
    assert ledger.baselines.freeze(1, WINDOW, {"n": 410, "won": 119}, "bob", MORNING) == first
    for window, content in ((WINDOW, {"won": 120, "n": 410}), (Window(WINDOW.start, date(2026, 3, 1)), first.content)):
        with pytest.raises(RefusedError, match=r"baseline of version 1 is frozen.*Cure: approve a new version"):
            ledger.baselines.freeze(1, window, content, "ana", MORNING)
    assert ledger.baselines.of_version(1) == first
    assert [event.action for event in ledger.events.history(1)] == ["registered", "baseline frozen"]


def test_a_baseline_belongs_to_a_stored_version(ledger: Ledger) -> None:
    with pytest.raises(NotReadyError, match="no version 1"):
        ledger.baselines.freeze(1, WINDOW, {}, "ana", MORNING)


def test_a_part_of_the_monitor_is_computed_once_and_then_kept(ledger: Ledger, profile: Profile) -> None:
    _register(ledger, profile())
    first = {"thresholds": {"win_rate": 7.4}, "weeks": 52}
    assert ledger.monitors.part(1, "budget 0.7", lambda: first, MORNING) == first
    assert ledger.monitors.part(1, "budget 0.7", lambda: {"thresholds": {}}, MORNING) == first
    assert ledger.monitors.part(1, "budget 0.1", lambda: {"thresholds": {}}, MORNING) == {"thresholds": {}}


def test_of_two_that_compute_a_part_at_once_both_get_that_of_the_first(ledger: Ledger, profile: Profile) -> None:
    _register(ledger, profile())

    def overtaken() -> dict[str, int]:
        ledger.monitors.part(1, "weekly", lambda: {"n": 1}, MORNING)
        return {"n": 2}

    assert ledger.monitors.part(1, "weekly", overtaken, MORNING) == {"n": 1}


def test_a_part_of_the_monitor_belongs_to_a_stored_version(ledger: Ledger) -> None:
    with pytest.raises(NotReadyError, match="no version 1"):
        ledger.monitors.part(1, "weekly", dict, MORNING)
