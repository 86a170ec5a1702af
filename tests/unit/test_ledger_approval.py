"""Who has to agree to a version, how far its weights may move, and when it may start."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from icp_monitor.config.icp import IcpConfig
from icp_monitor.governance.approval import is_agreed, missing_functions, start_date, weight_steps

STEWARDS = {"sales": "sam", "marketing": "mia"}


def _attribute(name: str, weight: float) -> dict[str, Any]:
    match = {"full": [200, None]}
    return {"id": name, "family": "firmographic", "type": "number", "weight": weight, "match": match}


def _profile(weights: dict[str, float] | None = None, **approval: Any) -> IcpConfig:
    content = {
        "apiVersion": "icp/v1",
        "kind": "IdealCustomerProfile",
        "metadata": {"id": "acme", "name": "Acme", "version": 1, "owner": "olga", "stewards": STEWARDS},
        "attributes": [_attribute(name, weight) for name, weight in (weights or {"employees": 3}).items()],
        "baseline": {"from": "2025-04-01", "to": "2026-04-01"},
        "approval": approval,
        "effective_from": "2026-11-01",
    }
    return IcpConfig.model_validate_json(json.dumps(content))


@pytest.mark.parametrize(
    ("quorum", "approvers", "missing"),
    [
        ([], [], ()),
        (["sales", "marketing"], [], ("sales", "marketing")),
        (["sales", "marketing"], ["mia"], ("sales",)),
        (["sales", "marketing"], ["mia", "sam"], ()),
        (["sales"], ["sales"], ("sales",)),
        (["revops"], ["sam"], ("revops",)),
        (["revops"], ["olga"], ()),
    ],
)
def test_a_function_is_spoken_for_by_its_steward_or_by_the_owner_where_it_has_none(
    quorum: list[str], approvers: list[str], missing: tuple[str, ...]
) -> None:
    assert missing_functions(_profile(quorum=quorum), approvers) == missing


@pytest.mark.parametrize(
    ("quorum", "approvers", "agreed"),
    [([], [], False), ([], ["zoe"], True), (["sales"], ["zoe"], False), (["sales"], ["zoe", "sam"], True)],
)
def test_without_a_quorum_one_person_is_enough_and_with_one_all_its_functions(
    quorum: list[str], approvers: list[str], agreed: bool
) -> None:
    assert is_agreed(_profile(quorum=quorum), approvers) is agreed


@pytest.mark.parametrize(
    ("agreed_on", "start"),
    [
        (date(2026, 10, 5), date(2026, 11, 1)),
        (date(2026, 10, 25), date(2026, 11, 1)),
        (date(2026, 10, 26), date(2026, 11, 2)),
        (date(2026, 12, 24), date(2026, 12, 31)),
    ],
)
def test_a_version_starts_on_its_date_or_after_the_notice(agreed_on: date, start: date) -> None:
    assert start_date(_profile(notice_days=7), agreed_on) == start


@pytest.mark.parametrize(
    ("before", "after", "complaints"),
    [
        ({"employees": 3}, {"employees": 4}, 0),
        ({"employees": 3}, {"employees": 2}, 0),
        ({"employees": 3}, {"employees": 4.5}, 1),
        ({"employees": 3, "revenue": 5}, {"employees": 1, "revenue": 1}, 2),
        ({"employees": 3}, {"employees": 3, "revenue": 5}, 0),
        ({"employees": 3, "revenue": 5}, {"employees": 3}, 0),
    ],
)
def test_every_weight_that_moves_further_than_one_step_is_named(
    before: dict[str, float], after: dict[str, float], complaints: int
) -> None:
    problems = weight_steps(_profile(before, max_weight_step=1), _profile(after, max_weight_step=9))
    assert len(problems) == complaints
    assert all("more than max_weight_step 1" in str(problem) for problem in problems)
