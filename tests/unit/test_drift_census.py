"""A calendar life table counts each deal at each age that it reached in the weeks looked at."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.drift.looks.census import SCORE_KINDS, Census, census_of
from icp_monitor.drift.weekly import COLUMNS, OPEN, WeeklyTables

WEEKS = 24
SEGMENTS = ("mid", "other")
Cell = tuple[str, int, int, str, int, int]


def census(rows: list[Cell], horizon_weeks: int) -> Census:
    empty = {name: pd.DataFrame(columns=list(columns)) for name, columns in COLUMNS.items()}
    deals = pd.DataFrame(rows, columns=list(COLUMNS["deals"]))
    tables = WeeklyTables(date(2025, 1, 6), WEEKS, 1, (1,) * WEEKS, SEGMENTS, **{**empty, "deals": deals})
    return census_of(tables, horizon_weeks * 7)


@st.composite
def deals(draw: st.DrawFn) -> list[Cell]:
    rows = []
    for _ in range(draw(st.integers(1, 12))):
        created = draw(st.integers(-10, WEEKS + 2))
        outcome = draw(st.sampled_from(["won", "lost", "no_decision", "open"]))
        resolved = OPEN if outcome == "open" else max(created + draw(st.integers(0, 12)), 0)
        segment, band = draw(st.sampled_from(SEGMENTS)), draw(st.integers(-1, 20))
        rows.append((segment, created, resolved, outcome, band, draw(st.integers(1, 5))))
    return rows


def test_a_deal_enters_at_the_age_that_it_had_and_leaves_with_the_last_week() -> None:
    rows: list[Cell] = [
        ("mid", -2, 1, "won", 3, 2),
        ("mid", 0, OPEN, "open", 3, 3),
        ("other", 1, 1, "lost", -1, 5),
        ("mid", 4, 5, "won", 3, 7),
    ]
    table = census(rows, 3).life_table(range(4))
    assert table.at_risk.tolist() == [3 + 5, 3, 2 + 3, 2 + 3]
    assert table.won.tolist() == [0, 0, 0, 2]
    assert table.lost.tolist() == [5, 0, 0, 0]


@given(deals(), st.integers(0, 12), st.integers(1, 12), st.integers(0, 11))
def test_neighbouring_stretches_add_up(rows: list[Cell], start: int, length: int, cut: int) -> None:
    middle = start + min(cut, length)
    stretches = range(start, start + length), range(start, middle), range(middle, start + length)
    whole, *parts = (census(rows, 8).life_table(weeks) for weeks in stretches)
    for name in ("at_risk", "won", "lost"):
        assert np.array_equal(getattr(whole, name), sum(getattr(part, name) for part in parts))


@given(deals())
def test_kinds_and_segments_add_up_to_all_deals(rows: list[Cell]) -> None:
    found = census(rows, 8)
    whole = found.life_table(range(3, 20))
    parts = [found.life_table(range(3, 20), name, kind) for name in SEGMENTS for kind in range(len(SCORE_KINDS))]
    for name in ("at_risk", "won", "lost"):
        assert np.array_equal(getattr(whole, name), sum(getattr(part, name) for part in parts))


@given(deals())
def test_it_counts_what_a_walk_through_the_weeks_counts(rows: list[Cell]) -> None:
    table = census(rows, 6).life_table(range(2, 21))
    at_risk, won = np.zeros(7), np.zeros(7)
    for week in range(2, 21):
        for _, created, resolved, outcome, _, n in rows:
            age = week - created
            if 0 <= age <= 6 and resolved >= week:
                at_risk[age] += n
                won[age] += n * (resolved == week and outcome == "won")
    assert table.at_risk.tolist() == at_risk.tolist()
    assert table.won.tolist() == won.tolist()
