"""What deals were worth when they began, for the share of the money that was won."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.cohorts import close_counts
from icp_monitor.metrics.deals import Deals
from icp_monitor.metrics.value_rate import value_rate
from icp_monitor.periods import Window
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.stages import valued

Row = Mapping[str, Any]
JULY = date(2026, 7, 1)
NOW = Asof(JULY, "as-was", 9, JULY)
CREATED, CLOSED = date(2026, 1, 10), date(2026, 3, 1)


def deal(number: int, outcome: str, amount: int) -> Row:
    """A deal of opportunity_scores, worth ``amount`` now."""
    provenance = {"run_set": "live", "as_of": JULY, "icp_version": 1, "config_hash": "c", "code_version": "v"}
    score = {"segment": "other", "tier": "tier_1", "tier_certain": True, "coverage": 1.0, "anchor_known": True}
    facts = {"opportunity_id": f"d{number}", "anchor_on": CREATED, "closed_on": CLOSED, "age_days": 50}
    amounts = {"amount_minor": amount, "log_amount": 0, "log_amount_squared": 0}
    return {**provenance, "knowledge": "as-was", **score, **facts, **amounts, "outcome": outcome}


def entry(number: int, day: date, amount: int | None) -> Row:
    return {
        "opportunity_id": f"d{number}", "entered_on": day, "stage": f"s{day.day}", "outcome": "open",
        "amount_minor": amount, "known_on": day, "valid_from": day,
    }  # fmt: skip


@pytest.mark.parametrize(("has_stage_amounts", "share"), [(True, 0.5), (False, 0.4)])
def test_trap_5_12_a_discount_at_the_close_is_no_loss_of_win_rate_by_value(
    profile: Callable[..., IcpConfig], run: Callable[..., list[Row]], has_stage_amounts: bool, share: float
) -> None:
    """What is won was bargained down by a third, what is lost keeps its list price: at first both were the same."""
    catalogue = catalogue_of(profile({"id": "size", "weight": 1, "type": "category", "match": {"full": ["large"]}}))
    numbers = range(20)
    tables = {
        "opportunity_scores": [
            *(deal(number, "won", 20_000) for number in numbers[:10]),
            *(deal(number, "lost", 30_000) for number in numbers[10:]),
        ],
        "raw_opportunities": [
            {"opportunity_id": f"d{number}", "created_on": CREATED, "outcome": "open"} for number in numbers
        ],
        "raw_stage_events": [
            row
            for number in numbers
            for row in (
                entry(number, CREATED, None),
                entry(number, date(2026, 1, 20), 30_000),
                entry(number, date(2026, 2, 20), 25_000),
            )
        ],
    }
    asof = replace(NOW, has_stage_amounts=has_stage_amounts)
    deals = Deals(valued(catalogue, asof, catalogue.opportunity_scores.table))
    closes = pd.DataFrame(run(catalogue, tables, close_counts(deals, [Window(date(2026, 1, 1), JULY)])))
    n, rate = value_rate(closes, 0.90)
    assert n == 20
    assert rate is not None
    assert rate.value == pytest.approx(share)
