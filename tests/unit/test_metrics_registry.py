"""Every metric is defined in one place, from which the documentation is made."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

from icp_monitor.metrics.economic_metrics import conversion_name, customer_values
from icp_monitor.metrics.funnel import LEVELS, STEPS
from icp_monitor.metrics.group_economics import Costs, GroupEconomics, Revenue
from icp_monitor.metrics.registry import DEFINITIONS, as_markdown
from icp_monitor.metrics.segment_metrics import COMPANY_WIDE, Counts, segment_metrics
from icp_monitor.periods import Quarter

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "economics.md"
NOTHING: dict[str, list[int]] = {}


def empty(*columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="int64") for name in columns})


def of_customers() -> dict[str, str]:
    """The metrics of a company without a customer, with their units."""
    revenue = Revenue(
        movements=empty("month", "n", "before_minor", "after_minor", "largest_minor", "squared"),
        retention=empty(
            *("month", "n", "n_stayed", "start_minor", "kept_minor", "end_minor"),
            *("start_squared", "kept_squared", "end_squared", "start_kept", "start_end"),
        ),
        lives=empty("month", "tenure", "at_risk", "churned", "revenue_minor"),
        values=empty("month", "n", "revenue_minor", "squared"),
        starting=empty("month", "segment", "tier", "n", "low_minor", "high_minor"),
    )
    costs = Costs("volume", empty("month", "purpose"), empty("month", "method", "cost_minor", "customers"))
    values = customer_values(GroupEconomics(revenue, costs, COMPANY_WIDE, 24_300, 0.90))
    return {value.metric: value.unit for value in values}


def of_deals() -> dict[str, str]:
    cells = ("cohort", "segment", "tier", "channel", "outcome", "age", "n", "n_watched", "n_amount", "amount_minor")
    logs = ("log_amount", "log_amount_squared")
    closes = empty(
        "closed_in", "segment", "tier", "outcome", "n", "n_value", "value_minor", "value_squared", *cells[6:], *logs
    )
    counts = Counts(
        empty(*cells, *logs), closes.loc[:, ~closes.columns.duplicated()], empty("segment", "tier", "n", "amount_minor")
    )
    rows = segment_metrics(counts, [Quarter(2025, 1)], ("a",), 90, 0.90)
    return dict(zip(rows["metric"], rows["unit"], strict=True))


def test_every_metric_that_is_measured_is_defined_with_its_unit() -> None:
    conversions = {conversion_name(level, *step): "share" for level in LEVELS for step in STEPS}
    measured = {**of_deals(), **of_customers(), **conversions}
    defined = {item.metric: item.unit for item in DEFINITIONS}
    assert set(measured) | {"cycle"} == set(defined)
    assert {name: unit.removesuffix(" of revenue") for name, unit in measured.items()} == {
        name: unit for name, unit in defined.items() if name in measured
    }


def test_no_metric_is_defined_twice() -> None:
    assert max(Counter(item.metric for item in DEFINITIONS).values()) == 1


def test_the_documentation_has_the_table_of_the_registry() -> None:
    assert as_markdown() in DOCUMENTATION.read_text("utf-8")
