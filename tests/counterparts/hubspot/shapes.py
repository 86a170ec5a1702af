"""What do records, links, stages and failures look like in the API's JSON?"""

from __future__ import annotations

from typing import Any

from tests.counterparts.hubspot.portal import MODIFIED, PRIMARY, UNLABELLED, Association, Portal, Record, Stage, iso

SINGULAR = {"companies": "company", "deals": "deal", "contacts": "contact"}


def link_shape(kind: str, to_kind: str, link: Association) -> dict[str, Any]:
    """An association; the primary one is marked beside the plain type."""
    plain = {"category": "HUBSPOT_DEFINED", "typeId": UNLABELLED[kind, to_kind]}
    primary = {"category": "HUBSPOT_DEFINED", "typeId": PRIMARY.get((kind, to_kind)), "label": "Primary"}
    return {"toObjectId": link.to, "associationTypes": [plain, primary] if link.primary else [plain]}


def failure_shape(message: str, context: dict[str, Any]) -> dict[str, Any]:
    """What a batch says of records that it has nothing for."""
    told = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": message, "context": context}
    return {**told, "errors": [], "links": {}}


def stage_shape(portal: Portal, place: int, stage: Stage) -> dict[str, Any]:
    """A stage of a pipeline."""
    return {
        "id": stage.id,
        "label": stage.label,
        "displayOrder": place,
        "metadata": {"isClosed": str(stage.is_closed).lower(), "probability": str(stage.probability)},
        "archived": False,
        "createdAt": iso(portal.now),
        "updatedAt": iso(portal.now),
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }


def record_shape(
    portal: Portal,
    kind: str,
    record: Record,
    names: list[str],
    history: list[str],
    properties: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A record with the properties asked for, beside those that always come."""
    said = record.properties if properties is None else properties
    always = ["createdate", MODIFIED.get(kind, "hs_lastmodifieddate"), "hs_object_id"]
    known = [name for name in dict.fromkeys([*always, *names, *history]) if name in portal.properties[kind]]
    shown: dict[str, Any] = {
        "id": record.id,
        "properties": {name: said.get(name) for name in known},
        "createdAt": iso(record.created),
        "updatedAt": iso(record.modified),
        "archived": record.archived_at is not None,
        "url": f"https://app.hubspot.com/contacts/1/record/0-0/{record.id}",
    }
    if record.archived_at is not None:
        shown["archivedAt"] = iso(record.archived_at)
    if history:
        shown["propertiesWithHistory"] = {name: _versions(record, name) for name in history if name in known}
    return shown


def _versions(record: Record, name: str) -> list[dict[str, Any]]:
    return [
        {"value": version.value, "timestamp": iso(version.at), "sourceType": "CRM_UI", "sourceId": "userId:1"}
        for version in reversed(record.history.get(name, []))
    ]


def paging_shape(after: str, kind: str) -> dict[str, Any]:
    """Where the next page begins."""
    return {"next": {"after": after, "link": f"https://api.hubapi.com/crm/v3/objects/{kind}?after={after}"}}
