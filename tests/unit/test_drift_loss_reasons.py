"""Reasons for losing: what became more frequent beyond chance is named, with how many losses have a reason at all."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from icp_monitor.drift.cohort import ATTRIBUTE_COLUMNS, CELL_KEYS, CELL_SUMS, Cohort
from icp_monitor.drift.loss_reasons import loss_reasons, told
from icp_monitor.periods import Window

WINDOW = Window(date(2026, 1, 1), date(2026, 4, 1))


def cohort(won: int, **reasons: int) -> Cohort:
    """So many deals won, and lost for each reason."""
    rows = [("a", "tier_1", "web", "won", 7, won), ("a", "tier_1", "web", "lost", 7, sum(reasons.values()))]
    cells = pd.DataFrame(rows, columns=[*CELL_KEYS, "n"]).assign(**dict.fromkeys(CELL_SUMS[1:], 0))
    attributes = pd.DataFrame(columns=list(ATTRIBUTE_COLUMNS))
    lost = pd.DataFrame([("a", name, n) for name, n in reasons.items()], columns=["segment", "reason", "n"])
    return Cohort(WINDOW, date(2026, 8, 1), date(2026, 8, 1), 90, cells, attributes, 1.0, reasons=lost)


BEFORE = cohort(400, price=200, timing=200, unknown=200)


def test_the_changes_sum_to_that_of_the_lost_share() -> None:
    """From 60 % to 75 % lost: price +15 points, timing and no reason as they were."""
    found = loss_reasons(BEFORE, cohort(50, price=70, timing=40, unknown=40))
    assert [(reason.name, reason.change) for reason in found] == [
        ("price", pytest.approx(0.15)),
        ("timing", pytest.approx(0)),
        ("unknown", pytest.approx(0)),
    ]
    assert list(told(found)) == [
        "lost for price: 35 % of decided deals against 20 % (+15.0 points; 73 % of losses have a reason)"
    ]


def test_what_chance_explains_and_what_has_no_reason_is_not_told() -> None:
    assert list(told(loss_reasons(BEFORE, cohort(36, price=22, timing=20, unknown=22)))) == []
    assert list(told(loss_reasons(BEFORE, cohort(50, price=40, timing=40, unknown=150)))) == []


def test_without_reasons_or_resolved_deals_nothing_is_told() -> None:
    assert loss_reasons(BEFORE.with_tables({"reasons": None}), BEFORE) == ()
    assert loss_reasons(BEFORE, cohort(0)) == ()
