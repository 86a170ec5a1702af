"""What can be computed follows from what is there, and what is missing is named."""

from __future__ import annotations

from icp_monitor.config.canonical import CANONICAL
from icp_monitor.config.icp import IcpConfig
from icp_monitor.pipeline.doctor.capability import Present, capabilities, unlocks
from icp_monitor.pipeline.doctor.needs import METRICS, TESTS, Need, needs_of

AMOUNT = Need("amounts", "metric", ((("opportunities", "amount"),),))
RECURRING = Need("retention", "metric", ((("subscriptions", "monthly_amount"), ("revenue", "monthly_amount")),))
PROFIT = Need("profit", "metric", (*RECURRING.groups, (("costs", "amount"),)))


def test_one_field_of_each_group_is_enough() -> None:
    present = {"revenue": Present(3, {"monthly_amount": 2}), "costs": Present(3, {"amount": 3})}
    assert [item.computable for item in capabilities([RECURRING, PROFIT], present)] == [True, True]


def test_a_missing_table_an_unmapped_column_and_an_empty_one_are_told_apart() -> None:
    def lacks(present: dict[str, Present]) -> tuple[str, ...]:
        return capabilities([AMOUNT], present)[0].lacks

    assert lacks({}) == ("the table opportunities",)
    assert lacks({"opportunities": Present(9, {"stage": 9})}) == ("opportunities.amount (not mapped)",)
    assert lacks({"opportunities": Present(9, {"amount": 0})}) == ("opportunities.amount (no value yet)",)


def test_what_unlocks_the_most_comes_first() -> None:
    found = unlocks([AMOUNT, RECURRING, PROFIT], {"costs": Present(1, {"amount": 1})})
    assert [(item.what, item.unlocks) for item in found] == [
        ("the table subscriptions or the table revenue", ("retention", "profit")),
        ("the table opportunities", ("amounts",)),
    ]


def test_every_need_asks_for_fields_that_can_be_mapped(icp: IcpConfig) -> None:
    attributes = {attribute.id for attribute in icp.attributes}
    asked = {field for need in needs_of(icp) for group in need.groups for field in group}
    for table, column in asked:
        assert column in CANONICAL[table].columns or (table == "accounts" and column in attributes)
    assert {need.kind for need in METRICS} == {"metric"}
    assert {need.kind for need in TESTS} == {"test"}
