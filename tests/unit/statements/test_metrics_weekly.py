"""What happened week by week is counted once, in the week in which it happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.attributes import bucket_keys
from icp_monitor.metrics.deals import Deals
from icp_monitor.metrics.weekly import (
    BAND_POINTS,
    account_counts,
    account_of,
    weekly_amounts,
    weekly_created_values,
    weekly_deals,
    weekly_resolved_values,
)

ORIGIN = date(2025, 1, 6)
DEALS = sa.Table(
    "deals",
    sa.MetaData(),
    sa.Column("opportunity_id", sa.Text),
    sa.Column("account_id", sa.Text),
    sa.Column("anchor_on", sa.Date),
    sa.Column("closed_on", sa.Date),
    sa.Column("age_days", sa.Integer),
    sa.Column("outcome", sa.Text),
    sa.Column("segment", sa.Text),
    sa.Column("score", sa.Double),
    sa.Column("log_amount", sa.BigInteger),
    sa.Column("industry", sa.Text),
    sa.Column("employees", sa.Double),
    sa.Column("maturity", sa.Double),
    sa.Column("technologies", sa.Text),
)
Row = Mapping[str, Any]


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as opened:
        DEALS.create(opened)
        yield opened


def _deal(number: int, created: int, closed: int | None, outcome: str = "open", **others: Any) -> Row:
    """A deal by the days, counted from the origin, on which it was created and closed."""
    row = {"opportunity_id": f"O{number}", "account_id": "A", "segment": "other", "score": 50.0, "outcome": outcome}
    closed_on = None if closed is None else ORIGIN + timedelta(days=closed)
    ages = {"age_days": None if closed is None else closed - created}
    return {**row, "anchor_on": ORIGIN + timedelta(days=created), "closed_on": closed_on, **ages, **others}


def _rows(connection: sa.Connection, deals: list[Row], statement: sa.Select[Any]) -> list[tuple[Any, ...]]:
    connection.execute(DEALS.delete())
    for deal in deals:
        connection.execute(DEALS.insert().values(**deal))
    return sorted((tuple(row) for row in connection.execute(statement)), key=repr)


def _deals(icp: IcpConfig | None = None) -> Deals:
    keys = bucket_keys(icp.attributes, DEALS) if icp else []
    return Deals(sa.select(*DEALS.c, account_of(DEALS), *keys).subquery("scored"))


def test_a_deal_is_counted_in_the_weeks_of_its_dates(connection: sa.Connection) -> None:
    deals = [
        _deal(1, -1, 0, "won", score=80.0),
        _deal(2, 0, 6, "lost", score=79.999),
        _deal(3, 6, 7, "lost", score=None),
        _deal(4, -8, None, score=100.0),
        _deal(5, -20, -1, "won"),
    ]
    assert _rows(connection, deals, weekly_deals(_deals(), ORIGIN)) == [
        ("other", -1, 0, "won", 16, 1),
        ("other", -2, None, "open", 20, 1),
        ("other", 0, 0, "lost", 15, 1),
        ("other", 0, 1, "lost", -1, 1),
    ]


@given(created=st.integers(-3000, 3000), days=st.integers(0, 2000))
def test_weeks_are_those_of_the_calendar_however_far_away(created: int, days: int) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        DEALS.create(connection)
        found = _rows(connection, [_deal(1, created, created + days, "won")], weekly_deals(_deals(), ORIGIN))
    expected = [("other", created // 7, (created + days) // 7, "won", 10, 1)] if created + days >= 0 else []
    assert found == expected


def test_amounts_are_summed_in_tenths_of_a_logarithm(connection: sa.Connection) -> None:
    deals = [
        _deal(1, 0, 1, "won", log_amount=13_199_999_999),
        _deal(2, 0, 2, "won", log_amount=13_100_000_000),
        _deal(3, 0, 2, "won", log_amount=13_200_000_000),
        _deal(4, 0, 2, "lost", log_amount=None),
        _deal(5, 0, None, log_amount=13_200_000_000),
        _deal(6, -9, -2, "won", log_amount=13_200_000_000),
    ]
    assert _rows(connection, deals, weekly_amounts(_deals(), ORIGIN)) == [
        ("other", 0, "won", 13_100_000_000, 2, 26_299_999_999),
        ("other", 0, "won", 13_200_000_000, 1, 13_200_000_000),
    ]


def test_every_attribute_counts_every_deal_once(connection: sa.Connection, icp: IcpConfig) -> None:
    deals = [
        _deal(1, 0, 15, "won", industry="fintech", employees=300.0),
        _deal(2, 8, 16, "lost", industry="fintech"),
        _deal(3, 8, None, industry=None, technologies="|salesforce|"),
        _deal(4, -1, 20, "lost", industry="retail"),
    ]
    created = _rows(connection, deals, weekly_created_values(_deals(icp), icp.attributes, ORIGIN))
    resolved = _rows(connection, deals, weekly_resolved_values(_deals(icp), icp.attributes, ORIGIN))
    assert [row for row in created if row[1] == "industry"] == [
        (0, "industry", "fintech", 1),
        (1, "industry", "fintech", 1),
        (1, "industry", "unknown", 1),
    ]
    assert [row for row in resolved if row[3] == "industry"] == [
        (2, 12, 1, "industry", "fintech", 2, 1),
        (2, 12, 4, "industry", "other", 1, 0),
    ]
    for item in icp.attributes:
        assert sum(row[-1] for row in created if row[1] == item.id) == 3
        assert sum(row[-2] for row in resolved if row[3] == item.id) == 3


@given(score=st.floats(0, 100), age=st.integers(-30, 1500))
def test_values_are_counted_under_the_middle_of_a_quarter_of_the_scale_and_of_three_weeks(
    icp: IcpConfig, score: float, age: int
) -> None:
    deals = [_deal(1, -age, 0, "won", score=score), _deal(2, -age, 0, "won", score=None)]
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        DEALS.create(connection)
        found = _rows(connection, deals, weekly_resolved_values(_deals(icp), icp.attributes[:1], ORIGIN))
    bands, weeks = {row[1] for row in found}, {row[2] for row in found}
    assert min(bands) == -1
    assert abs((max(bands) + 0.5) * BAND_POINTS - score) <= 100 / 4 / 2
    assert [abs(week - age // 7) <= 1 for week in weeks] == [True]


def test_accounts_are_counted_by_their_deals_and_those_without_one_stand_alone(connection: sa.Connection) -> None:
    deals = [
        _deal(1, 0, 1, "won", account_id="A"),
        _deal(2, 0, 2, "lost", account_id="A"),
        _deal(3, 0, 3, "lost", account_id="B"),
        _deal(4, 0, 3, "lost", account_id=None),
        _deal(5, 0, 3, "lost", account_id=None),
        _deal(6, 0, 700, "won", account_id="B"),
        _deal(7, 0, None, account_id="B"),
    ]
    counts = account_counts(_deals(), ORIGIN, ORIGIN + timedelta(weeks=52))
    assert _rows(connection, deals, counts) == [("other", 1, 0, 3), ("other", 2, 1, 1)]
