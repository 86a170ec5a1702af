"""A calendar life table counts each deal at each age that it reached in the weeks looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.drift.looks.calendar_life import life_table_of
from icp_monitor.drift.weekly import OPEN

COLUMNS = ["created", "resolved", "outcome", "n"]


@st.composite
def deals(draw: st.DrawFn) -> pd.DataFrame:
    rows = []
    for _ in range(draw(st.integers(1, 12))):
        created = draw(st.integers(-10, 20))
        outcome = draw(st.sampled_from(["won", "lost", "no_decision", "open"]))
        resolved = OPEN if outcome == "open" else created + draw(st.integers(0, 12))
        rows.append((created, resolved, outcome, draw(st.integers(1, 5))))
    return pd.DataFrame(rows, columns=COLUMNS)


def test_a_deal_enters_at_the_age_that_it_had_and_leaves_with_the_last_week() -> None:
    rows = [(-2, 1, "won", 2), (0, OPEN, "open", 3), (1, 1, "lost", 5), (4, 5, "won", 7), (-9, -1, "won", 11)]
    table = life_table_of(pd.DataFrame(rows, columns=COLUMNS), range(4), horizon_weeks=3)
    assert table.at_risk.tolist() == [3 + 5, 3, 2 + 3, 2 + 3]
    assert table.won.tolist() == [0, 0, 0, 2]
    assert table.lost.tolist() == [5, 0, 0, 0]


@given(deals(), st.integers(0, 15), st.integers(1, 15), st.integers(0, 14))
def test_neighbouring_stretches_add_up(cells: pd.DataFrame, start: int, length: int, cut: int) -> None:
    middle = start + min(cut, length)
    whole, *parts = (
        life_table_of(cells, weeks, 8)
        for weeks in (range(start, start + length), range(start, middle), range(middle, start + length))
    )
    for name in ("at_risk", "won", "lost"):
        assert np.array_equal(getattr(whole, name), sum(getattr(part, name) for part in parts))


@given(deals())
def test_watched_from_birth_to_end_it_is_the_cohort_s_own_life_table(cells: pd.DataFrame) -> None:
    table = life_table_of(cells, range(-10, 40), 60)
    ages = np.where(cells["resolved"] == OPEN, 60, cells["resolved"] - cells["created"])
    at_risk = [int(cells["n"][(ages >= age) & (cells["created"] + age < 40)].sum()) for age in range(61)]
    assert table.at_risk.tolist() == at_risk
    assert table.n == cells["n"].sum()
