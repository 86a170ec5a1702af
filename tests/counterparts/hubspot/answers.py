"""What does each address of the API answer?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.counterparts.hubspot.portal import Portal, iso
from tests.counterparts.hubspot.search import BadSearchError, search
from tests.counterparts.hubspot.shapes import (
    SINGULAR,
    failure_shape,
    link_shape,
    paging_shape,
    record_shape,
    stage_shape,
)

CORRELATION = "3f2a9b1c-8d6f-4c1d-9b2a-1234567890ab"
LARGEST_PAGE, LARGEST_WITH_HISTORY, LARGEST_SEARCH_PAGE, MOST_FOUND = 100, 50, 200, 10_000
LONGEST_SEARCH = 3_000  # characters of its body
MOST_ASSOCIATED = 1_000


@dataclass
class Answer:
    """A status and a JSON body, with headers of its own."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """The request gets an error."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        self.answer = error(status, category, message, **more)


def error(status: int, category: str, message: str, **more: Any) -> Answer:
    """An error as HubSpot words it."""
    body = {"status": "error", "message": message, "correlationId": CORRELATION, "category": category, **more}
    return Answer(status, body)


def answer(  # noqa: PLR0911 - one return an address
    portal: Portal, method: str, path: list[str], query: dict[str, list[str]], body: dict[str, Any]
) -> Answer:
    """The answer to one request of an app that is let in."""
    try:
        match (method, *path):
            case ("GET", "crm", "v3", "objects", kind):
                return _page(portal, _object(portal, kind), query)
            case ("POST", "crm", "v3", "objects", kind, "search"):
                return _search(portal, _object(portal, kind), body)
            case ("POST", "crm", "v3", "objects", kind, "batch", "read"):
                return _batch(portal, _object(portal, kind), body, query.get("archived") == ["true"])
            case ("POST", "crm", "v4", "associations", kind, to_kind, "batch", "read"):
                return _associations(portal, _object(portal, kind), _object(portal, to_kind), body)
            case ("GET", "crm", "v3", "properties", kind):
                return _properties(portal, _object(portal, kind, "schemas"))
            case ("GET", "crm", "v3", "pipelines", kind):
                return _pipelines(portal, _object(portal, kind))
        raise RefusedError(404, "OBJECT_NOT_FOUND", "resource not found")
    except RefusedError as refused:
        return refused.answer


def _object(portal: Portal, kind: str, realm: str = "objects") -> str:
    if kind not in portal.objects:
        raise RefusedError(400, "VALIDATION_ERROR", f"Unable to infer object type from: {kind}")
    scope = f"crm.{realm}.{kind}.read"
    if scope in portal.scopes_withheld:
        detail = {
            "message": "One or more of the following scopes are required.",
            "context": {"requiredGranularScopes": [scope]},
        }
        message = "This app hasn't been granted all required scopes to make this call."
        raise RefusedError(403, "MISSING_SCOPES", message, errors=[detail])
    return kind


def _names(query: dict[str, list[str]], name: str) -> list[str]:
    return [item for text in query.get(name, []) for item in text.split(",") if item]


def _page(portal: Portal, kind: str, query: dict[str, list[str]]) -> Answer:
    limit = int(query.get("limit", ["10"])[0])
    history = _names(query, "propertiesWithHistory")
    if not 1 <= limit <= (LARGEST_WITH_HISTORY if history else LARGEST_PAGE):
        raise RefusedError(400, "VALIDATION_ERROR", f"limit must be at most {LARGEST_PAGE}")
    records = portal.archived(kind) if query.get("archived") == ["true"] else portal.alive(kind)
    after = int(query.get("after", ["0"])[0])
    rest = [record for record in records if int(record.id) > after]
    shown = [record_shape(portal, kind, item, _names(query, "properties"), history) for item in rest[:limit]]
    body: dict[str, Any] = {"results": shown}
    if len(rest) > limit:
        body["paging"] = paging_shape(shown[-1]["id"], kind)
    return Answer(200, body)


def _search(portal: Portal, kind: str, body: dict[str, Any]) -> Answer:
    limit, after = int(body.get("limit", 10)), int(body.get("after") or 0)
    if limit > LARGEST_SEARCH_PAGE:
        raise RefusedError(400, "VALIDATION_ERROR", f"limit must be at most {LARGEST_SEARCH_PAGE}")
    if len(str(body)) > LONGEST_SEARCH:
        raise RefusedError(400, "VALIDATION_ERROR", f"the request has more than {LONGEST_SEARCH} characters")
    if after + limit > MOST_FOUND:
        raise RefusedError(400, "VALIDATION_ERROR", "ran out of results: a search gives at most 10,000")
    try:
        found = search(portal.indexed(kind), portal.properties[kind], body)
    except BadSearchError as problem:
        raise RefusedError(400, "VALIDATION_ERROR", str(problem)) from None
    names = body.get("properties") or []
    shown = [
        record_shape(portal, kind, portal.objects[kind][record_id], names, [], properties)
        for record_id, properties in found[after : after + limit]
    ]
    content: dict[str, Any] = {"total": len(found), "results": shown}
    if len(found) > after + limit:
        content["paging"] = {"next": {"after": str(after + limit)}}
    return Answer(200, content)


def _batch(portal: Portal, kind: str, body: dict[str, Any], archived: bool) -> Answer:
    ids, history = [item["id"] for item in body["inputs"]], body.get("propertiesWithHistory") or []
    if len(ids) > (LARGEST_WITH_HISTORY if history else LARGEST_PAGE):
        raise RefusedError(400, "VALIDATION_ERROR", f"at most {LARGEST_PAGE} records can be read at once")
    records = {item: portal.found(kind, item) for item in ids}
    there = {item: one for item, one in records.items() if one and (one.archived_at is not None) == archived}
    missing = [item for item in ids if item not in there]
    shown = [record_shape(portal, kind, record, body.get("properties") or [], history) for record in there.values()]
    message = f"Could not get some {SINGULAR[kind].upper()} objects, they may be deleted or not exist"
    return _batched(portal, shown, [failure_shape(message, {"ids": missing})] if missing else [])


def _associations(portal: Portal, kind: str, to_kind: str, body: dict[str, Any]) -> Answer:
    ids = [item["id"] for item in body["inputs"]]
    if len(ids) > MOST_ASSOCIATED:
        raise RefusedError(400, "VALIDATION_ERROR", f"at most {MOST_ASSOCIATED} records can be read at once")
    linked = {item: portal.associations.get((kind, item, to_kind), []) for item in ids}
    shown = [
        {"from": {"id": item}, "to": [link_shape(kind, to_kind, link) for link in links]}
        for item, links in linked.items()
        if links
    ]
    failures = [
        failure_shape(
            f"No {SINGULAR[to_kind]} is associated with {SINGULAR[kind]} {item}.",
            {"fromObjectId": [item], "fromObjectType": [SINGULAR[kind]], "toObjectType": [SINGULAR[to_kind]]},
        )
        for item, links in linked.items()
        if not links
    ]
    return _batched(portal, shown, failures)


def _batched(portal: Portal, results: list[dict[str, Any]], failures: list[dict[str, Any]]) -> Answer:
    body = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": iso(portal.now),
        "completedAt": iso(portal.now),
    }
    return Answer(207, body | {"errors": failures, "numErrors": len(failures)}) if failures else Answer(200, body)


def _properties(portal: Portal, kind: str) -> Answer:
    described = [
        {
            "name": name,
            "label": name.replace("_", " ").title(),
            "type": type_name,
            "fieldType": "text",
            "groupName": f"{SINGULAR[kind]}information",
            "description": "",
            "options": [
                {"label": label, "value": value, "hidden": False, "displayOrder": place}
                for place, (value, label) in enumerate(portal.options.get((kind, name), {}).items())
            ],
        }
        for name, type_name in portal.properties[kind].items()
    ]
    return Answer(200, {"results": described})


def _pipelines(portal: Portal, kind: str) -> Answer:
    shown = [
        {
            "id": pipeline_id,
            "label": label,
            "displayOrder": order,
            "archived": False,
            "createdAt": iso(portal.now),
            "updatedAt": iso(portal.now),
            "stages": [stage_shape(portal, place, stage) for place, stage in enumerate(stages)],
        }
        for order, (pipeline_id, (label, stages)) in enumerate(portal.pipelines.get(kind, {}).items())
    ]
    return Answer(200, {"results": shown})
