"""What one value is worth under each kind of match rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import ATTRIBUTE_TYPES
from icp_monitor.config.icp import IcpConfig
from icp_monitor.scoring.matching import match_expression

NAICS = {"type": "category", "match": {"hierarchy": "prefix", "full": ["52", "5223"], "partial": {"522": 0.6}}}
REGION = {"type": "category", "match": {"full": ["US"], "partial": {"CA": 0.5}}}
STAFF = {"type": "number", "match": {"full": [200, 2000], "soft_to": [100, 5000]}}
OPEN_END = {"type": "number", "match": {"full": [200, None], "soft_to": [None, None]}}
OPEN_START = {"type": "number", "match": {"full": [None, 200]}}
TOUCHING = {"type": "number", "match": {"full": [200, 300], "soft_to": [200, 300]}}
LEVEL = {"type": "ordinal", "match": {"gte": 4, "partial": {3: 0.5}}}
LOW_LEVEL = {"type": "ordinal", "match": {"lte": 2}}
BAND = {"type": "ordinal", "match": {"gte": 2, "lte": 3, "partial": {2: 0.1}}}
STACK = {"type": "set", "match": {"any": {"bigquery": 0.8, "snowflake": 1.0}, "negative": {"rival": -0.3, "ban": -1}}}
COMMITTEE = {"type": "set", "match": {"all": ["economic", "technical", "legal"]}}
KNOWN_EMPTY = {**STACK, "absence_means": "no"}


@pytest.mark.parametrize(
    ("rule", "value", "match"),
    [
        (REGION, "US", 1.0),
        (REGION, "CA", 0.5),
        (REGION, "us", 0.0),
        (REGION, "USA", 0.0),
        (REGION, None, None),
        (NAICS, "524126", 1.0),
        (NAICS, "522110", 0.6),
        (NAICS, "522320", 1.0),
        (NAICS, "5", 0.0),
        (NAICS, None, None),
        (STAFF, 200.0, 1.0),
        (STAFF, 2000.0, 1.0),
        (STAFF, 150.0, 0.5),
        (STAFF, 100.0, 0.0),
        (STAFF, 99.0, 0.0),
        (STAFF, 3500.0, 0.5),
        (STAFF, 5000.0, 0.0),
        (STAFF, 1e9, 0.0),
        (STAFF, None, None),
        (OPEN_END, 1e9, 1.0),
        (OPEN_END, 199.9, 0.0),
        (OPEN_END, 200.0, 1.0),
        (OPEN_START, -1e9, 1.0),
        (OPEN_START, 200.0, 1.0),
        (OPEN_START, 200.1, 0.0),
        (TOUCHING, 199.9, 0.0),
        (TOUCHING, 300.1, 0.0),
        (LEVEL, 4.0, 1.0),
        (LEVEL, 5.0, 1.0),
        (LEVEL, 3.0, 0.5),
        (LEVEL, 2.0, 0.0),
        (LEVEL, None, None),
        (LOW_LEVEL, 2.0, 1.0),
        (LOW_LEVEL, 3.0, 0.0),
        (BAND, 2.0, 1.0),
        (BAND, 4.0, 0.0),
        (STACK, "|bigquery|snowflake|", 1.0),
        (STACK, "|bigquery|", 0.8),
        (STACK, "|bigquery|rival|", 0.5),
        (STACK, "|ban|snowflake|", 0.0),
        (STACK, "|bigquery2|", 0.0),
        (STACK, None, None),
        (KNOWN_EMPTY, None, 0.0),
        (COMMITTEE, "|economic|legal|technical|", 1.0),
        (COMMITTEE, "|economic|legal|", 2 / 3),
        (COMMITTEE, "|buyer|", 0.0),
    ],
)
def test_a_value_matches_as_its_rule_says(
    profile: Callable[..., IcpConfig], rule: dict[str, Any], value: object, match: float | None
) -> None:
    attribute = profile({"id": "x", "weight": 1, **rule}).attributes[0]
    column = sa.literal(value, ATTRIBUTE_TYPES[attribute.type])
    with sa.create_engine("sqlite://").connect() as connection:
        found = connection.execute(sa.select(match_expression(attribute, column))).scalar_one()
    assert found == (match if match is None else pytest.approx(match, abs=1e-15))
