"""A version comes into force when those agree who have to; every decision leaves a link in the chain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest
import sqlalchemy as sa

from icp_monitor.config.hashing import canonical_hash
from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import ConfigError, NotReadyError, RefusedError, StorageError
from icp_monitor.governance.chain import START
from icp_monitor.ledger import Ledger, open_ledger
from icp_monitor.ledger.decisions import ACTIONS, Decision
from icp_monitor.ledger.versions import StoredVersion

Profile = Callable[..., IcpConfig]
MORNING = datetime(2026, 10, 5, 6, tzinfo=UTC)
QUORUM = {"approval": {"quorum": ["sales", "marketing"], "notice_days": 7}}
STEWARDS = {"stewards": {"sales": "sam", "marketing": "mia"}}


def _register(ledger: Ledger, icp: IcpConfig) -> StoredVersion:
    return ledger.versions.register(icp, canonical_hash(icp), "olga", MORNING)


def _propose(ledger: Ledger, icp: IcpConfig) -> StoredVersion:
    return ledger.decisions.propose(icp, canonical_hash(icp), "ana", MORNING)


def _actions(ledger: Ledger) -> list[tuple[str, str]]:
    return [(event.who, event.action) for event in ledger.events.history()]


@pytest.fixture
def proposed(ledger: Ledger, profile: Profile) -> StoredVersion:
    """Version 2, proposed by Ana while version 1 is in force; Sam and Mia have to agree."""
    _register(ledger, profile(1))
    return _propose(ledger, profile(2, metadata=STEWARDS, effective_from="2026-10-06", **QUORUM))


def test_a_proposal_is_not_in_force(ledger: Ledger, proposed: StoredVersion) -> None:
    assert proposed.status == "proposed"
    assert ledger.versions.in_force(date(2027, 1, 1)).number == 1


@pytest.mark.usefixtures("proposed")
def test_it_comes_into_force_when_the_quorum_is_complete_and_the_notice_has_passed(ledger: Ledger) -> None:
    assert ledger.decisions.record(2, "approve", "sam", "sells", "2026Q3", MORNING).status == "proposed"
    agreed = ledger.decisions.record(2, "approve", "mia", "fits", "2026Q3", MORNING)
    assert (agreed.status, agreed.effective_from) == ("approved", date(2026, 10, 12))
    assert ledger.versions.in_force(date(2026, 10, 11)).number == 1
    assert ledger.versions.in_force(date(2026, 10, 12)).number == 2
    assert _actions(ledger)[1:] == [
        ("ana", "proposed"),
        ("sam", "approved"),
        ("mia", "approved"),
        ("icp-monitor", "agreed"),
    ]


@pytest.mark.usefixtures("proposed")
def test_approvals_of_people_outside_the_quorum_are_recorded_but_do_not_count(ledger: Ledger) -> None:
    ledger.decisions.record(2, "approve", "sam", "sells", None, MORNING)
    assert ledger.decisions.record(2, "approve", "zoe", "like it", None, MORNING).status == "proposed"
    assert ("zoe", "approved") in _actions(ledger)


def test_a_rejected_version_stays_rejected(ledger: Ledger, proposed: StoredVersion) -> None:
    assert ledger.decisions.record(2, "reject", "mia", "too narrow", None, MORNING).status == "rejected"
    ledger.decisions.record(2, "approve", "sam", "sells", None, MORNING)
    assert ledger.decisions.record(2, "approve", "mia", "after all", None, MORNING).status == "rejected"
    with pytest.raises(ConfigError, match="version 2 was rejected"):
        ledger.versions.register(proposed.icp, proposed.icp_hash, "ana", MORNING)


@pytest.mark.parametrize("decision", ["keep", "change", "wait"])
def test_a_proposal_stays_proposed_until_it_is_approved_or_rejected(
    ledger: Ledger, proposed: StoredVersion, decision: Decision
) -> None:
    assert ledger.decisions.record(2, decision, "sam", "not yet", None, MORNING) == proposed


def test_registering_does_not_wave_a_proposal_through(ledger: Ledger, proposed: StoredVersion) -> None:
    assert ledger.versions.register(proposed.icp, proposed.icp_hash, "ana", MORNING) == proposed


@pytest.mark.usefixtures("proposed")
def test_authors_do_not_approve_their_own_version(ledger: Ledger) -> None:
    with pytest.raises(RefusedError, match="ana proposed version 2 and can't approve it"):
        ledger.decisions.record(2, "approve", "ana", "mine", None, MORNING)
    assert ("ana", "approved") not in _actions(ledger)
    assert ledger.decisions.record(2, "reject", "ana", "withdrawn", None, MORNING).status == "rejected"


def test_where_the_profile_allows_it_authors_may_approve(ledger: Ledger, profile: Profile) -> None:
    _propose(ledger, profile(1, approval={"no_self_approval": False, "notice_days": 0}))
    assert ledger.decisions.record(1, "approve", "ana", "alone here", None, MORNING).status == "approved"


def test_a_weight_moves_no_further_at_once_than_the_profile_in_force_allows(ledger: Ledger, profile: Profile) -> None:
    _register(ledger, profile(1, weight=3))
    with pytest.raises(ConfigError, match=r"attribute employees: the weight moves from 3 by more than .* 1, got 5"):
        _propose(ledger, profile(2, weight=5, approval={"max_weight_step": 5}))
    assert _propose(ledger, profile(2, weight=4)).status == "proposed"


def test_a_decision_about_a_version_in_force_is_recorded_and_changes_no_state(ledger: Ledger, profile: Profile) -> None:
    before = _register(ledger, profile())
    for decision in get_args(Decision):
        assert ledger.decisions.record(1, decision, "sam", f"{decision} it", "2026Q3", MORNING) == before
    events = ledger.events.history(1)[1:]
    assert [event.action for event in events] == [ACTIONS[decision] for decision in get_args(Decision)]
    assert {event.payload["quarter"] for event in events} == {"2026Q3"}


@pytest.mark.usefixtures("proposed")
def test_the_same_decision_repeated_is_recorded_once(ledger: Ledger) -> None:
    for hour in (7, 8):
        ledger.decisions.record(2, "approve", "sam", "sells", "2026Q3", MORNING.replace(hour=hour))
    assert _actions(ledger).count(("sam", "approved")) == 1


@pytest.mark.parametrize("reason", ["", "  "])
@pytest.mark.usefixtures("proposed")
def test_a_decision_needs_a_reason(ledger: Ledger, reason: str) -> None:
    with pytest.raises(RefusedError, match="needs a reason"):
        ledger.decisions.record(2, "keep", "sam", reason, None, MORNING)


def test_a_decision_about_an_unknown_version_is_refused(ledger: Ledger) -> None:
    with pytest.raises(NotReadyError, match="no version 9"):
        ledger.decisions.record(9, "keep", "sam", "why not", None, MORNING)


@pytest.mark.usefixtures("proposed")
def test_the_chain_holds_and_its_head_is_the_newest_event(ledger: Ledger) -> None:
    ledger.decisions.record(2, "approve", "sam", "sells – “very well”", "2026Q3", MORNING)
    assert ledger.events.verify_chain() == ledger.events.history()[-1].hash


def test_the_chain_of_an_empty_ledger_holds(ledger: Ledger) -> None:
    assert ledger.events.verify_chain() == START


def test_whoever_alters_an_event_past_the_guard_of_the_database_breaks_the_chain(
    tmp_path: Path, profile: Profile
) -> None:
    url = f"sqlite:///{tmp_path / 'altered.db'}"
    with open_ledger(url) as ledger:
        _register(ledger, profile())
        ledger.decisions.record(1, "keep", "sam", "still right", "2026Q3", MORNING)
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER icp_events_keep")
            connection.exec_driver_sql("UPDATE icp_events SET reason = 'wrong' WHERE seq = 2")
        engine.dispose()
        with pytest.raises(StorageError, match=r"event 2 \(kept by sam\)"):
            ledger.events.verify_chain()
