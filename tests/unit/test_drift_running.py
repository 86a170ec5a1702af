"""Running sums give the counts of any stretch of weeks that the rows themselves give."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.drift.looks.running import running

WEEKS = 12
rows = st.lists(
    st.tuples(st.integers(-3, WEEKS + 3), st.sampled_from("abc"), st.sampled_from("xy"), st.integers(1, 9)), max_size=30
)


@given(rows, st.integers(0, WEEKS), st.integers(0, WEEKS))
def test_any_stretch_counts_what_its_rows_count(found: list[tuple[int, str, str, int]], first: int, last: int) -> None:
    frame = pd.DataFrame(found, columns=["week", "segment", "value", "n"])
    frame["n_won"] = frame["n"] // 2
    weeks = range(min(first, last), max(first, last))
    counted = running(frame, "week", ("segment", "value"), ("n", "n_won"), WEEKS).between(weeks)
    within = frame[frame["week"].isin(weeks)]
    expected = within.groupby(["segment", "value"], as_index=False)[["n", "n_won"]].sum()
    assert counted.to_dict("list") == expected.to_dict("list")
