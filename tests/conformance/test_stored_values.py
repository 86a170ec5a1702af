"""What is stored comes back as it was, and equal from every engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from icp_monitor.catalogue import Catalogue
from icp_monitor.warehouse import Warehouse
from icp_monitor.warehouse.arrow_types import arrow_type

pytestmark = pytest.mark.postgres

Agree = Callable[[sa.Select[Any]], pa.Table]
DAY = {"run_set": "round trip", "as_of": date(2026, 1, 5)}
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
NUMBERS = st.floats(allow_infinity=False)
METRICS = st.fixed_dictionaries(
    {
        "icp_version": st.integers(-(2**31), 2**31 - 1),
        "cohort": st.dates(),
        "metric": TEXTS,
        "segment": TEXTS,
        "tier": TEXTS,
        "value": st.none() | NUMBERS,
        "low": st.none() | NUMBERS,
        "high": st.none() | st.sampled_from([0.1, 5e-324, 1.7976931348623157e308, -0.0, 1e-7]),
        "n": st.integers(-(2**63), 2**63 - 1),
    }
)
CONSTANT = {"code_version": "1", "knowledge": "as-was", "unit": "share", "maturity": None}
storing = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def schema(catalogue: Catalogue) -> pa.Schema:
    """The columns of segment_metrics that are stored inside a partition."""
    columns = catalogue.segment_metrics.table.columns
    return pa.schema([(column.name, arrow_type(column.type)) for column in columns if column.name not in DAY])


@pytest.fixture(scope="module", autouse=True)
def _leave_nothing_behind(engines: Mapping[str, Warehouse], catalogue: Catalogue) -> Iterator[None]:
    yield
    for warehouse in engines.values():
        warehouse.drop_partition(catalogue.segment_metrics, DAY)


@storing
@given(rows=st.lists(METRICS, max_size=8))
def test_rows_come_back_as_they_were_with_nan_as_null(
    engines: Mapping[str, Warehouse], agree: Agree, catalogue: Catalogue, schema: pa.Schema, rows: list[dict[str, Any]]
) -> None:
    complete = [{**CONSTANT, **row, "config_hash": f"{number:03d}"} for number, row in enumerate(rows)]
    for warehouse in engines.values():
        table = pa.Table.from_pylist(complete, schema=schema)
        assert warehouse.replace_partition(catalogue.segment_metrics, DAY, table) == len(rows)
    metrics = catalogue.segment_metrics.table
    read = agree(sa.select(metrics).order_by(metrics.c.config_hash)).to_pylist()
    assert read == [{**DAY, **{name: _stored(value) for name, value in row.items()}} for row in complete]


def _stored(value: object) -> object:
    return None if isinstance(value, float) and math.isnan(value) else value
