"""`pytest tests/golden --renew-golden` writes what the code says now; the difference is reviewed before it is kept."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def renew_golden(request: pytest.FixtureRequest) -> bool:
    """Whether to write the golden files; where pytest was not pointed at this folder, there is no such option."""
    return bool(request.config.getoption("--renew-golden", default=False))
