"""Invented names."""

from __future__ import annotations

import numpy as np
import pytest

from icp_monitor.synthetic.names import TRADES, company_names


def test_names_stay_different_when_the_words_run_out() -> None:
    names = company_names(np.zeros(300_000, dtype=np.int64)).to_pylist()
    assert len(set(names)) == 300_000
    assert names[-1].endswith(" 2")


@pytest.mark.parametrize(("trade", "word"), [("finance", "Payments"), ("health", "Clinics"), ("software", "Cloud")])
def test_a_name_says_its_companys_trade_and_no_other(trade: str, word: str) -> None:
    """Each of a trade's six words ends up in about a sixth of its names, and in none of another trade."""
    position = TRADES.index(trade)
    own = company_names(np.full(600, position)).to_pylist()
    others = company_names(np.arange(600) % len(TRADES)).to_pylist()
    assert sum(word in name for name in own) == pytest.approx(100, abs=40)
    assert not any(word in name for number, name in enumerate(others) if number % len(TRADES) != position)
