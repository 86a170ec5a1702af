"""A frozen baseline has one name, survives JSON, and can't be changed behind the profile's back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from icp_monitor.drift.baseline import FrozenBaseline, refuse_left_censored
from icp_monitor.drift.cohort import CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.errors import RefusedError
from icp_monitor.periods import Window

WINDOW = Window(date(2025, 1, 1), date(2026, 1, 1))
CELLS = pd.DataFrame(
    [
        ("mid", "tier_1", "web", "won", 14, 3, 3, 9_000_00, 30_000_000_000, 300_000_000_000),
        ("mid", "tier_1", "web", "lost", 7, 5, 0, 0, 0, 0),
        ("other", "unscored", "unknown", "open", 91, 2, 1, 500_00, 6_214_608_098, 38_621_353_818),
    ],
    columns=[*CELL_KEYS, *CELL_SUMS],
)
ATTRIBUTES = pd.DataFrame([("industry", "finance", 8, 2), ("industry", "unknown", 2, 1)])
ATTRIBUTES.columns = pd.Index(["attribute", "value", "n", "n_won"])
COHORT = Cohort(WINDOW, date(2026, 4, 1), date(2026, 4, 1), 90, CELLS, ATTRIBUTES, 0.98)


def test_a_baseline_is_the_same_after_a_round_trip() -> None:
    frozen = FrozenBaseline.freeze(COHORT)
    read = FrozenBaseline.from_json(json.loads(json.dumps(frozen.as_json())))
    assert read.baseline_id == frozen.baseline_id
    pd.testing.assert_frame_equal(read.cohort.cells, frozen.cohort.cells)
    pd.testing.assert_frame_equal(read.cohort.attributes, frozen.cohort.attributes)
    assert (read.cohort.window, read.cohort.horizon_days, read.cohort.maturity) == (WINDOW, 90, 0.98)


def test_order_and_splitting_of_cells_do_not_change_the_name() -> None:
    """One row of 3 won deals written as rows of 2 and 1, last first."""
    first, rest = CELLS.iloc[[0]], CELLS.iloc[1:]
    halves = [first.assign(n=n, n_amount=n, **{name: first[name] * n // 3 for name in CELL_SUMS[2:]}) for n in (2, 1)]
    shuffled = replace(COHORT, cells=pd.concat([rest.iloc[::-1], *halves], ignore_index=True))
    assert FrozenBaseline.freeze(shuffled).baseline_id == FrozenBaseline.freeze(COHORT).baseline_id


@pytest.mark.parametrize(
    "changed",
    [
        replace(COHORT, cells=CELLS.assign(n=CELLS["n"] + 1)),
        replace(COHORT, attributes=ATTRIBUTES.assign(n=9)),
        replace(COHORT, window=Window(date(2025, 1, 1), date(2025, 12, 31))),
        replace(COHORT, maturity=0.97),
    ],
    ids=["cells", "attributes", "window", "maturity"],
)
def test_other_content_has_another_name(changed: Cohort) -> None:
    assert FrozenBaseline.freeze(changed).baseline_id != FrozenBaseline.freeze(COHORT).baseline_id


def test_the_data_hash_is_about_the_counts_only() -> None:
    later = replace(COHORT, as_of=date(2026, 5, 1))
    assert FrozenBaseline.freeze(later).data_hash == FrozenBaseline.freeze(COHORT).data_hash


def test_the_name_is_the_same_on_every_machine() -> None:
    assert FrozenBaseline.freeze(COHORT).baseline_id == "fbb4db74b9725fed"


def test_a_table_that_came_later_has_its_place_in_the_name_and_none_where_it_is_not_known() -> None:
    """A baseline frozen before scores were counted still loads, under the name that it had."""
    scores = pd.DataFrame([("mid", 16, 3, 5), ("mid", -1, 0, 2)], columns=["segment", "band", "won", "lost"])
    with_scores = FrozenBaseline.freeze(replace(COHORT, scores=scores))
    assert "scores" not in FrozenBaseline.freeze(COHORT).as_json()
    assert (
        FrozenBaseline.from_json(json.loads(json.dumps(FrozenBaseline.freeze(COHORT).as_json()))).cohort.scores is None
    )
    read = FrozenBaseline.from_json(json.loads(json.dumps(with_scores.as_json())))
    assert read.baseline_id == with_scores.baseline_id != FrozenBaseline.freeze(COHORT).baseline_id
    assert read.cohort.scores is not None
    assert read.cohort.scores.to_numpy().tolist() == [["mid", -1, 0, 2], ["mid", 16, 3, 5]]


def test_changed_content_is_refused() -> None:
    data = FrozenBaseline.freeze(COHORT).as_json()
    data["cells"][0][5] += 1
    with pytest.raises(RefusedError, match="was changed after it was frozen"):
        FrozenBaseline.from_json(data)


def test_a_baseline_without_any_deal_can_be_frozen() -> None:
    empty = FrozenBaseline.freeze(replace(COHORT, cells=CELLS.iloc[:0], attributes=ATTRIBUTES.iloc[:0]))
    assert FrozenBaseline.from_json(json.loads(json.dumps(empty.as_json()))).baseline_id == empty.baseline_id


def test_a_window_that_starts_before_the_first_close_is_refused_with_the_reason() -> None:
    with pytest.raises(
        RefusedError, match=r"first close on record is of 2025-03-01.*Cure: start the baseline on 2025-03-01"
    ):
        refuse_left_censored(WINDOW, date(2025, 3, 1))


def test_a_source_without_closes_has_no_baseline() -> None:
    with pytest.raises(RefusedError, match="no closed deal"):
        refuse_left_censored(WINDOW, None)


def test_a_window_that_starts_with_the_first_close_is_accepted() -> None:
    assert refuse_left_censored(WINDOW, WINDOW.start) is None
