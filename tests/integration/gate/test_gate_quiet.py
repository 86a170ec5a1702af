"""A company in which nothing has happened passes the gate."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_nothing_fails_where_nothing_has_happened(gate: Any, company: Any) -> None:
    gate.load(company)
    found = gate.check()
    assert found.failed == set()
    assert not found.waits("win_rate")
