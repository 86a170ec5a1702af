"""Rows that are computed once for several statements, on every engine."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.warehouse import Warehouse

pytestmark = pytest.mark.postgres

LOAD = {"load": 1}
CLOCKS = {"source": "crm", "known_on": date(2026, 1, 5), "valid_from": date(2026, 1, 5), "deleted": False}


def reasons(*given: str) -> pa.Table:
    """A load of win-loss reasons, one for each opportunity."""
    rows = enumerate(given)
    assumed = {"assumed": False}
    return pa.Table.from_pylist(
        [{**CLOCKS, **assumed, "opportunity_id": str(n), "origin": "rep", "reason": reason} for n, reason in rows]
    )


def test_several_statements_read_what_was_computed(warehouse: Warehouse, catalogue: Catalogue) -> None:
    table = catalogue.raw_win_loss.table
    warehouse.replace_partition(catalogue.raw_win_loss, LOAD, reasons("price", "price", "timing"))
    by_reason = sa.select(table.c.reason, sa.func.count().label("n")).group_by(table.c.reason)
    with warehouse.computed(by_reason) as counted:
        total = warehouse.read(sa.select(sa.cast(sa.func.sum(counted.c.n), sa.BigInteger).label("total")))
        rows = warehouse.read(sa.select(counted.c.reason, counted.c.n).order_by(counted.c.reason))
    assert total.to_pylist() == [{"total": 3}]
    assert rows.to_pylist() == [{"reason": "price", "n": 2}, {"reason": "timing", "n": 1}]


def test_what_was_computed_can_be_computed_with(warehouse: Warehouse, catalogue: Catalogue) -> None:
    table = catalogue.raw_win_loss.table
    warehouse.replace_partition(catalogue.raw_win_loss, LOAD, reasons("price", "timing"))
    with (
        warehouse.computed(sa.select(table.c.opportunity_id, table.c.reason)) as all_of_them,
        warehouse.computed(sa.select(all_of_them).where(all_of_them.c.reason == "price")) as priced,
    ):
        both = sa.select(all_of_them.c.opportunity_id, priced.c.reason).select_from(
            all_of_them.outerjoin(priced, priced.c.opportunity_id == all_of_them.c.opportunity_id)
        )
        rows = warehouse.read(both.order_by(all_of_them.c.opportunity_id)).to_pylist()
    assert [row["reason"] for row in rows] == ["price", None]


def test_a_literal_behind_an_outer_join_is_stored_as_null_where_nothing_was_joined(
    warehouse: Warehouse, catalogue: Catalogue
) -> None:
    dataset = catalogue.raw_win_loss
    warehouse.replace_partition(dataset, LOAD, reasons("price", "timing"))
    old, new = dataset.table, dataset.table.alias("new")
    marked = sa.select(new.c.opportunity_id, sa.literal("x", sa.Text).label("competitor")).where(
        new.c.reason == "price"
    )
    marks = marked.subquery("marks")
    kept = [column for column in old.c if column.name not in ("load", "competitor")]
    joined = sa.select(*kept, marks.c.competitor).select_from(
        old.outerjoin(marks, marks.c.opportunity_id == old.c.opportunity_id)
    )
    warehouse.replace_partition(dataset, {"load": 2}, joined.where(old.c.load == 1))
    stored = sa.select(old.c.competitor).where(old.c.load == 2).order_by(old.c.opportunity_id)
    assert warehouse.read(stored).to_pydict() == {"competitor": ["x", None]}
