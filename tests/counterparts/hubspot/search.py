"""Which records does a search find, and in which order?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

Found = tuple[str, dict[str, str]]

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda left, right: left == right,
    "NEQ": lambda left, right: left != right,
    "LT": lambda left, right: left < right,
    "LTE": lambda left, right: left <= right,
    "GT": lambda left, right: left > right,
    "GTE": lambda left, right: left >= right,
}
MOST_GROUPS, MOST_FILTERS = 5, 6


class BadSearchError(Exception):
    """The search can't be understood."""


def search(known: list[Found], types: dict[str, str], body: dict[str, Any]) -> list[Found]:
    """The matching records in order; by creation, as HubSpot has it, where no order is asked for."""
    groups = body.get("filterGroups") or []
    if len(groups) > MOST_GROUPS or any(len(group["filters"]) > MOST_FILTERS for group in groups):
        raise BadSearchError("too many filters")
    for item in (item for group in groups for item in group["filters"]):
        _known(item["propertyName"], types)
        if item["operator"] not in (*COMPARISONS, "BETWEEN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"):
            raise BadSearchError(f"{item['operator']} is not a valid operator")
    found = [item for item in known if not groups or any(_matches(item[1], group, types) for group in groups)]
    sorts = body.get("sorts") or [{"propertyName": "createdate", "direction": "ASCENDING"}]
    if len(sorts) > 1:
        raise BadSearchError("only one sort is allowed")
    name = sorts[0]["propertyName"]
    _known(name, types)
    found.sort(key=lambda item: _value(item[1].get(name, ""), types[name]), reverse=_descends(sorts[0]))
    return found


def _descends(sort: dict[str, str]) -> bool:
    return sort.get("direction") == "DESCENDING"


def _matches(properties: dict[str, str], group: dict[str, Any], types: dict[str, str]) -> bool:
    return all(_holds(properties, item, types) for item in group["filters"])


def _holds(properties: dict[str, str], item: dict[str, Any], types: dict[str, str]) -> bool:
    name, operator = item["propertyName"], item["operator"]
    said = properties.get(name)
    if operator == "HAS_PROPERTY":
        return bool(said)
    if operator == "NOT_HAS_PROPERTY":
        return not said
    if not said:
        return False
    value = _value(said, types[name])
    if operator == "BETWEEN":
        return _value(item["value"], types[name]) <= value <= _value(item["highValue"], types[name])
    return COMPARISONS[operator](value, _value(item["value"], types[name]))


def _known(name: str, types: dict[str, str]) -> None:
    if name not in types:
        raise BadSearchError(f"There was a problem with the request: property {name} does not exist")


@cache
def _value(text: str, kind: str) -> Any:
    """Moments compare in milliseconds, whether they are written as such or in ISO 8601."""
    if kind == "number":
        return float(text or 0)
    if kind == "datetime":
        if not text:
            return 0
        return int(text) if text.isdigit() else round(datetime.fromisoformat(text).timestamp() * 1000)
    return text
