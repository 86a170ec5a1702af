"""Which bucket a value of an attribute is counted in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

import pytest

from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.attributes import attribute_distributions, bucket_keys
from icp_monitor.periods import Window
from icp_monitor.snapshots.anchors import accounts_at_anchor
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities

Row = Mapping[str, Any]
Profile = Callable[..., IcpConfig]
Run = Callable[..., list[Row]]
NOW = Asof(date(2026, 7, 1), "as-was", 1, date(2026, 7, 1))
WINDOW = Window(date(2026, 1, 1), date(2026, 4, 1))
MANY = tuple(f"tool{number:02d}" for number in range(70))


@pytest.fixture
def counted(profile: Profile, run: Run) -> Callable[..., dict[str, int]]:
    """The counts by bucket of one attribute: one deal is created in the window for each of the values."""

    def count(match: Row, *values: str | float | None) -> dict[str, int]:
        icp = profile({"id": "trait", "weight": 1, **match})
        catalogue = catalogue_of(icp)
        deal = {"outcome": "open", "created_on": date(2026, 2, 1)}
        ids = [str(number) for number in range(len(values))]
        tables = {
            "raw_accounts": [{"account_id": id_, "trait": value} for id_, value in zip(ids, values, strict=True)],
            "raw_opportunities": [{"opportunity_id": id_, "account_id": id_, **deal} for id_ in ids],
        }
        deals = opportunities(catalogue, NOW).subquery("deals")
        anchored = accounts_at_anchor(catalogue, icp, NOW, deals, partial(bucket_keys, icp.attributes))
        rows = run(catalogue, tables, attribute_distributions(anchored.subquery("rows"), icp.attributes, [WINDOW], 120))
        assert {(row["attribute"], row["cohort"], row["n_won"]) for row in rows} == {("trait", WINDOW.start, 0)}
        return {row["value"]: row["n"] for row in rows}

    return count


def test_the_longest_code_that_fits_names_the_bucket(counted: Callable[..., dict[str, int]]) -> None:
    match = {"type": "category", "match": {"full": ["52", "522"], "partial": {"61": 0.5}, "hierarchy": "prefix"}}
    assert counted(match, "522110", "522", "523", "62", None) == {"522": 2, "52": 1, "other": 1, "unknown": 1}


def test_without_a_hierarchy_only_the_whole_code_counts(counted: Callable[..., dict[str, int]]) -> None:
    match = {"type": "category", "match": {"full": ["52"]}}
    assert counted(match, "52", "522", None, None) == {"52": 1, "other": 1, "unknown": 2}


def test_an_edge_belongs_to_the_bucket_above_it(counted: Callable[..., dict[str, int]]) -> None:
    match = {"type": "number", "match": {"full": [200, 2000], "soft_to": [100, None]}}
    found = counted(match, 99.5, 100, 200, 1999, 2000, 9e9, None)
    assert found == {"below 100": 1, "100 to 200": 1, "200 to 2000": 2, "2000 and more": 2, "unknown": 1}


def test_a_level_is_its_own_bucket(counted: Callable[..., dict[str, int]]) -> None:
    assert counted({"type": "ordinal", "match": {"gte": 3}}, 1, 3, 3, None) == {"1": 1, "3": 2, "unknown": 1}


def test_a_set_counts_by_the_combination_of_its_listed_members(counted: Callable[..., dict[str, int]]) -> None:
    match = {"type": "set", "match": {"any": {"snowflake": 1, "bigquery": 0.8}, "negative": {"oracle": -1}}}
    values = ("|bigquery|dbt|snowflake|", "|bigquery|snowflake|", "|oracle|", "|dbt|", "||", None)
    expected = {"+bigquery+snowflake": 2, "+oracle": 1, "none of the listed": 2, "unknown": 1}
    assert counted(match, *values) == expected


@pytest.mark.parametrize("listed", [MANY[:62], MANY])
def test_a_set_may_list_more_members_than_a_number_has_bits(
    counted: Callable[..., dict[str, int]], listed: tuple[str, ...]
) -> None:
    last = listed[-1]
    found = counted({"type": "set", "match": {"all": listed}}, f"|{last}|", f"|tool00|{last}|", f"|{last}|", "||")
    assert Counter(found) == {f"+{last}": 2, f"+tool00+{last}": 1, "none of the listed": 1}
