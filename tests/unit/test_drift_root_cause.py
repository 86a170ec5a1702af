"""Who carries a change: hand-computed influence, and rightly named reps, channels and values."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from icp_monitor.drift.cohort import CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.root_cause import RootCause, carried_by, root_cause, ruled_out
from icp_monitor.periods import Window

WINDOW = Window(date(2026, 1, 1), date(2026, 4, 1))
MINUS = "\N{MINUS SIGN}"
Counts = dict[str, tuple[int, int]]  # deals and wins by value


def cohort(**dimensions: Counts) -> Cohort:
    rows = [
        ("a", dimension, value, n, won)
        for dimension, counts in dimensions.items()
        for value, (n, won) in counts.items()
    ]
    return Cohort(
        WINDOW,
        date(2026, 8, 1),
        date(2026, 8, 1),
        90,
        pd.DataFrame(columns=[*CELL_KEYS, *CELL_SUMS]),
        pd.DataFrame(columns=["attribute", "value", "n", "n_won"]),
        1.0,
        carriers=pd.DataFrame(rows, columns=["segment", "dimension", "value", "n", "n_won"]),
    )


def cause(before: Cohort, after: Cohort) -> RootCause:
    found = root_cause(before, after)
    assert found is not None
    return found


def names(found: RootCause) -> list[tuple[str, str]]:
    return [(item.dimension, item.value) for item in found.carriers]


def test_contributions_and_influence_are_those_computed_by_hand() -> None:
    """Won share 80/200 = 40 % before, 45/200 = 22.5 % after; ann's 100 deals fell from 40 % to 5 %, ben's didn't."""
    found = cause(cohort(owner={"ann": (100, 40), "ben": (100, 40)}), cohort(owner={"ann": (100, 5), "ben": (100, 40)}))
    ann, ben = found.contributions
    assert found.change == pytest.approx(-0.175)
    assert (ann.share, ann.mix, ann.without) == pytest.approx((-0.175, 0, 0))
    assert (ben.share, ben.mix, ben.without) == pytest.approx((0, 0, -0.35))
    assert names(found) == [("owner", "ann")]
    assert carried_by(found) == (
        f"owner ann: without it the change would be 0.0 points, not {MINUS}17.5 points "
        "(5 % of 100 won against 40 % of 100 won)",
    )
    assert ruled_out(found) == ()


def test_trap_5_14_a_rep_who_leaves_is_named_and_the_segment_is_not_blamed() -> None:
    """The best rep closed half of the deals at 50 %, then is gone; everyone else wins 20 % as ever."""
    others = {"ben": (100, 20), "cem": (100, 20)}
    found = cause(cohort(owner={"ann": (200, 100), **others}), cohort(owner=dict.fromkeys(others, (90, 18))))
    assert names(found) == [("owner", "ann")]
    (said,) = carried_by(found)
    assert said == (
        f"owner ann: without it the change would be 0.0 points, not {MINUS}15.0 points "
        "(no deals against 50 % of 200 won)"
    )


def test_a_fall_that_everyone_shares_is_carried_by_no_one_and_says_so() -> None:
    owners = dict.fromkeys(("ann", "ben", "cem"), (150, 60))
    channels = {"inbound": (300, 120), "outbound": (150, 60)}
    fallen = dict.fromkeys(owners, (50, 10))
    found = cause(
        cohort(owner=owners, channel=channels),
        cohort(owner=fallen, channel={"inbound": (100, 20), "outbound": (50, 10)}),
    )
    assert names(found) == []
    assert carried_by(found) == ()
    assert ruled_out(found) == (
        f"no single channel or owner: without any one the change would be {MINUS}20.0 points to {MINUS}20.0 points",
    )


def test_a_value_with_a_handful_of_deals_is_not_blamed() -> None:
    """Three lost deals of a rep who won two of three before are no reason."""
    found = cause(
        cohort(owner={"ann": (3, 2), "ben": (200, 80), "cem": (200, 80)}),
        cohort(owner={"ann": (3, 0), "ben": (60, 15), "cem": (60, 15)}),
    )
    assert names(found) == []


def test_without_carriers_in_a_cohort_nothing_is_said() -> None:
    known = cohort(owner={"ann": (3, 2), "ben": (20, 8)})
    assert root_cause(known, known.with_tables({"carriers": None})) is None
    assert root_cause(known, cohort()) is None
    assert root_cause(known, cohort(owner={"ann": (0, 0)})) is None


counts = st.tuples(st.integers(0, 80), st.floats(0, 1)).map(lambda pair: (pair[0], int(pair[0] * pair[1])))
owners = st.fixed_dictionaries(dict.fromkeys(("ann", "ben", "cem"), counts))


@settings(max_examples=50, deadline=None)
@given(owners, owners)
def test_contributions_sum_to_the_change_and_swap_with_the_cohorts(before: Counts, after: Counts) -> None:
    there, back = (
        root_cause(cohort(owner=before), cohort(owner=after)),
        root_cause(cohort(owner=after), cohort(owner=before)),
    )
    if there is None or back is None:
        sizes = [sum(n for n, _ in side.values()) for side in (before, after)]
        assert min(sizes) == 0 or sum(before[name][0] + after[name][0] > 0 for name in before) < 2
        return
    shares = [sum(won for _, won in side.values()) / sum(n for n, _ in side.values()) for side in (before, after)]
    assert there.change == pytest.approx(shares[1] - shares[0], abs=1e-12)
    assert back.change == pytest.approx(-there.change, abs=1e-12)
    for one, other in zip(there.contributions, back.contributions, strict=True):
        assert (one.share, one.mix) == pytest.approx((-other.share, -other.mix), abs=1e-12)


@pytest.mark.slow
def test_nobody_is_blamed_by_chance_and_the_culprit_usually_is() -> None:
    """Eight reps with 40 deals a year; all lose 12 points, or one of them all of it (150 draws of each)."""
    rng = np.random.default_rng(20261122)
    reps = [f"rep {number}" for number in range(8)]

    def drawn(n: int, shares: list[float]) -> Counts:
        return {name: (n, int(rng.binomial(n, share))) for name, share in zip(reps, shares, strict=True)}

    runs = 150
    shared = [cause(cohort(owner=drawn(40, [0.4] * 8)), cohort(owner=drawn(15, [0.28] * 8))) for _ in range(runs)]
    blamed = sum(bool(names(item)) for item in shared)
    one = [0.85, *[0.4] * 7]
    culprit = [cause(cohort(owner=drawn(160, one)), cohort(owner=drawn(60, [0.1, *one[1:]]))) for _ in range(runs)]
    named = sum(names(item) == [("owner", "rep 0")] for item in culprit)
    print(f"blamed by chance {blamed / runs:.3f}, culprit named {named / runs:.3f}")  # noqa: T201
    assert blamed <= stats.binom.ppf(0.999, runs, 0.05)
    assert named >= 0.95 * runs
