"""Whatever an engine answers in, a result has the Arrow types of its statement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from icp_monitor.warehouse.arrow_types import arrow_type, result_table, result_types


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        (sa.Boolean(), pa.bool_()),
        (sa.SmallInteger(), pa.int64()),
        (sa.BigInteger(), pa.int64()),
        (sa.Double(), pa.float64()),
        (sa.Numeric(18, 3), pa.float64()),
        (postgresql.DOUBLE_PRECISION(), pa.float64()),
        (sa.Text(), pa.string()),
        (sa.Date(), pa.date32()),
    ],
)
def test_a_column_type_has_one_arrow_type(type_: sa.types.TypeEngine[object], expected: pa.DataType) -> None:
    assert arrow_type(type_) == expected


def test_a_moment_in_time_has_no_arrow_type_since_statements_only_know_dates() -> None:
    with pytest.raises(TypeError, match="DateTime"):
        arrow_type(sa.DateTime())


@pytest.mark.parametrize(
    ("values", "type_", "expected"),
    [
        ([Decimal(2**60), None], pa.int64(), [2**60, None]),
        ([1, 0, None], pa.bool_(), [True, False, None]),
        ([None, None], pa.date32(), [None, None]),
        ([date(2026, 1, 5)], pa.date32(), [date(2026, 1, 5)]),
        ([1, 2.5], pa.float64(), [1.0, 2.5]),
        ([], pa.string(), []),
    ],
)
def test_python_values_become_the_type(values: list[object], type_: pa.DataType, expected: list[object]) -> None:
    table = result_table(["x"], [values], [type_])
    assert table.schema.field("x").type == type_
    assert table.column("x").to_pylist() == expected


@given(number=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6))
def test_a_decimal_becomes_the_nearest_double(number: Decimal) -> None:
    for column in ([number], pa.chunked_array([pa.array([number])])):
        assert result_table(["x"], [column], [pa.float64()]).column("x").to_pylist() == [float(number)]


def test_a_fraction_is_not_cut_off_to_fit_an_integer() -> None:
    with pytest.raises(pa.ArrowInvalid):
        result_table(["x"], [[Decimal("2.5")]], [pa.int64()])


def test_a_result_without_a_type_is_named() -> None:
    with pytest.raises(TypeError, match=r"'m' has no type; give its function a type_, or cast it"):
        result_types(sa.select(sa.func.avg(sa.column("x", sa.Double)).label("m")))
