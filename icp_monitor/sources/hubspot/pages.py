"""Reading records page by page: all of them, those that are searched for, and those in the recycling bin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from icp_monitor.sources.hubspot.api import Api

Raw = Mapping[str, Any]
Condition = Mapping[str, Any]

PAGE, PAGE_OF_HISTORY, SEARCH_PAGE = 100, 50, 200  # the most that HubSpot gives at once
MODIFIED = {"contacts": "lastmodifieddate"}
_MODIFIED = "hs_lastmodifieddate"


def listed(api: Api, kind: str, properties: Sequence[str], *, archived: bool = False) -> Iterator[Sequence[Raw]]:
    """Every record, or every one in the recycling bin, by id."""
    query: dict[str, str | int] = {"limit": PAGE, "archived": str(archived).lower()}
    if properties:
        query["properties"] = ",".join(properties)
    while True:
        content = api.get(f"/crm/v3/objects/{kind}", **query).content
        yield content["results"]
        after = content.get("paging", {}).get("next", {}).get("after")
        if after is None:
            return
        query["after"] = after


def found(api: Api, kind: str, conditions: Sequence[Condition]) -> Iterator[Sequence[str]]:
    """The ids of the records for which all conditions hold, each page beginning after the last id.

    HubSpot sorts a search by one property and stops at 10,000 results. Beginning anew after the last id needs neither
    a second order nor an offset: no number of results is too many, records that share a moment can't hide each other,
    and a record that changes meanwhile moves no other one over the edge of a page.
    """
    last = "0"
    while True:
        beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": last}
        body = {
            "filterGroups": [{"filters": [*conditions, beyond]}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": [],
            "limit": SEARCH_PAGE,
        }
        content = api.search(kind, body).content
        ids = [str(raw["id"]) for raw in content["results"]]
        yield ids
        if not ids or "paging" not in content:
            return
        last = ids[-1]


def changed_since(kind: str, since: datetime) -> Condition:
    """That a record was changed at that moment or later."""
    milliseconds = str(round(since.timestamp() * 1000))
    return {"propertyName": MODIFIED.get(kind, _MODIFIED), "operator": "GTE", "value": milliseconds}


def details(
    api: Api, kind: str, ids: Sequence[str], properties: Sequence[str], history: Sequence[str] = ()
) -> Iterator[Sequence[Raw]]:
    """These records as they are now; one that is gone is left out."""
    size = PAGE_OF_HISTORY if history else PAGE
    for start in range(0, len(ids), size):
        inputs = [{"id": record_id} for record_id in ids[start : start + size]]
        body = {"inputs": inputs, "properties": list(properties), "propertiesWithHistory": list(history)}
        yield api.post(f"/crm/v3/objects/{kind}/batch/read", body).content["results"]
