"""Scores, accounts and carriers of resolved deals are counted alike on every engine, and every deal once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.attributes import bucket_keys
from icp_monitor.metrics.deals import Deals
from icp_monitor.metrics.resolved import account_clusters, carrier_counts, loss_reasons, score_bands
from icp_monitor.scoring.opportunities import scored_opportunities
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities

pytestmark = pytest.mark.postgres

Agree = Callable[[sa.Select[Any]], pa.Table]
Row = dict[str, Any]

DAY, HORIZON = date(2026, 3, 2), 120
TOO_LARGE = 50_000_000_000  # amounts whose logarithm is beyond that don't exist in any currency


@pytest.fixture
def scored(catalogue: Catalogue, icp: IcpConfig) -> sa.Subquery:
    asof = Asof(DAY, "as-was", 1, DAY)
    snapshot = opportunities(catalogue, asof).subquery("snapshot")
    keys = partial(bucket_keys, icp.attributes)
    rows = scored_opportunities(catalogue, icp, asof, snapshot, keys).subquery("every")
    logs = sa.case((rows.c.log_amount < TOO_LARGE, rows.c.log_amount)).label("log_amount")
    return sa.select(*(logs if column.name == "log_amount" else column for column in rows.c)).subquery("scored")


@pytest.fixture
def resolved(agree: Agree, scored: sa.Subquery) -> list[Row]:
    """The deals themselves, as far as they were resolved within the horizon."""
    names = (
        *("opportunity_id", "account_id", "owner_id", "channel", "segment", "score", "outcome", "age_days"),
        *("log_amount", "log_amount_squared"),
    )
    deals = agree(sa.select(*(scored.c[name] for name in names)).order_by(scored.c.opportunity_id)).to_pylist()
    return [deal for deal in deals if deal["outcome"] != "open" and deal["age_days"] <= HORIZON]


def in_order(statement: sa.Select[Any]) -> sa.Select[Any]:
    rows = statement.subquery("rows")
    return sa.select(rows).order_by(*(column.nulls_first() for column in rows.c))


def test_deals_are_counted_by_band_of_the_score(agree: Agree, scored: sa.Subquery, resolved: list[Row]) -> None:
    found = agree(in_order(score_bands(Deals(scored), HORIZON))).to_pylist()
    expected: Counter[tuple[str, int, bool]] = Counter(
        (deal["segment"], -1 if deal["score"] is None else int(deal["score"] // 5), deal["outcome"] == "won")
        for deal in resolved
    )
    assert len(resolved) > 20
    assert {(row["segment"], row["band"], True): row["won"] for row in found if row["won"]} | {
        (row["segment"], row["band"], False): row["lost"] for row in found if row["lost"]
    } == expected


def test_accounts_are_counted_by_their_deals(agree: Agree, scored: sa.Subquery, resolved: list[Row]) -> None:
    found = agree(in_order(account_clusters(Deals(scored), HORIZON))).to_pylist()
    by_account: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for deal in resolved:
        by_account[deal["segment"], deal["account_id"] or deal["opportunity_id"]].append(deal)
    expected: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (segment, _), deals in by_account.items():
        won = [deal for deal in deals if deal["outcome"] == "won"]
        logs = [deal["log_amount"] for deal in won if deal["log_amount"] is not None]
        sums = expected[segment, len(deals), len(won), len(logs)]
        sums[0] += 1
        sums[1] += sum(logs)
        sums[2] += sum(deal["log_amount_squared"] for deal in won if deal["log_amount"] is not None)
        sums[3] += int((sum(logs) / 1e9) * (sum(logs) / 1e9) * 1e6 + 0.5)
    assert {tuple(list(row.values())[:4]): list(row.values())[4:] for row in found} == expected
    assert max(row["n"] for row in found) > 1


def test_every_dimension_counts_every_deal_once(
    agree: Agree, scored: sa.Subquery, icp: IcpConfig, resolved: list[Row]
) -> None:
    found = agree(in_order(carrier_counts(Deals(scored), icp.attributes, HORIZON))).to_pylist()
    for dimension in ("channel", "owner", *(attribute.id for attribute in icp.attributes)):
        rows = [row for row in found if row["dimension"] == dimension]
        assert sum(row["n"] for row in rows) == len(resolved)
        assert sum(row["n_won"] for row in rows) == sum(deal["outcome"] == "won" for deal in resolved)
    channels = Counter((deal["segment"], deal["channel"] or "unknown") for deal in resolved)
    assert {(row["segment"], row["value"]): row["n"] for row in found if row["dimension"] == "channel"} == channels


def test_a_lost_deal_has_one_reason_the_buyers_before_the_reps(
    agree: Agree, scored: sa.Subquery, resolved: list[Row]
) -> None:
    lost = [deal["opportunity_id"] for deal in resolved if deal["outcome"] != "won"]
    said = [(lost[0], "rep", "price"), (lost[0], "buyer", "missing feature"), (lost[1], "rep", "price")]
    names = ("opportunity_id", "origin", "reason")
    each = (
        sa.select(*(sa.literal(value, sa.Text).label(name) for name, value in zip(names, row, strict=True)))
        for row in said
    )
    rows = sa.union_all(*each).cte("reasons")
    found = agree(in_order(loss_reasons(Deals(scored), rows, HORIZON))).to_pylist()
    by_reason: Counter[str] = Counter()
    for row in found:
        by_reason[row["reason"]] += row["n"]
    assert by_reason == {"missing feature": 1, "price": 1, "unknown": len(lost) - 2}
