"""The log of score changes adds up to the last millionth, and is the same on every engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.scoring.accounts import account_scores
from icp_monitor.scoring.changes import score_changes
from icp_monitor.scoring.gaps import gap_name, gaps
from icp_monitor.scoring.retracing import State, changed_scores, retraced
from icp_monitor.scoring.weights import points_on
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities

pytestmark = pytest.mark.postgres

Agree = Callable[[sa.Select[Any]], pa.Table]

THEN, NOW = (Asof(day, "restated", 1, day, has_stage_events=True) for day in (date(2026, 1, 1), date(2026, 3, 1)))


def profile(icp: IcpConfig, missing: str, **weights: float) -> IcpConfig:
    """The profile under a policy for missing values, with some weights changed and a knock-out."""
    values = icp.model_dump(by_alias=True)
    attributes = [{**item, "weight": weights.get(item["id"], item["weight"])} for item in values["attributes"]]
    changed = {
        "attributes": attributes,
        "scoring": {"missing": {"default": missing, "coverage_floor": 0.3}},
        "knockouts": ({"id": "huge", "when": "employees > 4000"},) if weights else (),
    }
    return IcpConfig.model_validate({**values, **changed}, strict=False)


def log(catalogue: Catalogue, states: list[State]) -> sa.Select[Any]:
    first, last = states[0], states[-1]
    before, after = (
        account_scores(
            catalogue,
            state.icp,
            state.asof,
            opportunities(catalogue, state.asof).subquery(f"deals_{state.cause}"),
        ).subquery(name)
        for state, name in ((first, "before"), (last, "after"))
    )
    changed = changed_scores(before, after).subquery("changed")
    rows = score_changes(retraced(catalogue, changed, states).subquery("retraced"), states).subquery("rows")
    return sa.select(rows).order_by(rows.c.account_id, rows.c.cause, rows.c.attribute)


@pytest.mark.parametrize("missing", ["zero", "neutral", "renormalise"])
def test_the_parts_add_up_to_the_difference_whatever_counts_for_a_missing_value(
    agree: Agree, catalogue: Catalogue, icp: IcpConfig, missing: str
) -> None:
    old, new = profile(icp, missing), profile(icp, missing, industry=1.7, maturity=0, technologies=3)
    states = [
        State("code", THEN, old, points_on(old, THEN.as_of)),
        State("data", NOW, old, points_on(old, THEN.as_of)),
        State("icp_version", NOW, new, points_on(new, NOW.as_of)),
    ]
    rows = agree(log(catalogue, states)).to_pylist()
    assert len(rows) > 50
    moved: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        moved[row["account_id"]].append(row)
    for parts in moved.values():
        before, after = parts[0]["previous_score"], parts[0]["score"]
        if before is not None and after is not None:
            assert sum(part["millionths"] for part in parts) == round(after * 1e6) - round(before * 1e6)
    assert {row["cause"] for row in rows} == {"icp_version"}
    assert {row["attribute"] for row in rows} >= {"industry", "maturity", "technologies"}
    assert any(row["tier"] == "disqualified" for row in rows)


def test_the_same_profile_and_data_log_nothing(agree: Agree, catalogue: Catalogue, icp: IcpConfig) -> None:
    worth = points_on(icp, NOW.as_of)
    assert agree(log(catalogue, [State("code", NOW, icp, worth), State("data", NOW, icp, worth)])).num_rows == 0


def test_gaps_are_alike(agree: Agree, catalogue: Catalogue, icp: IcpConfig) -> None:
    deals = opportunities(catalogue, NOW).subquery("deals")
    amount = sa.cast(sa.func.sum(deals.c.amount_minor), sa.BigInteger).label("open_minor")
    pipeline = sa.select(deals.c.account_id, amount).where(deals.c.outcome == "open").group_by(deals.c.account_id)
    people = accounts(catalogue, NOW).subquery("people")
    found = gaps(icp, people, pipeline.subquery("pipeline"), points_on(icp, NOW.as_of)).subquery("found")
    counted = [found.c[gap_name(measure, item.id)] for item in icp.attributes for measure in ("missing", "provisional")]
    (row,) = agree(sa.select(*counted)).to_pylist()
    assert min(row.values()) >= 0
    assert max(row.values()) > 10
