"""The REST resources: query and queryAll with their pages, describe, and limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from tests.counterparts.salesforce import soql
from tests.counterparts.salesforce.exchange import RefusalError, Reply, Request, as_json
from tests.counterparts.salesforce.org import Org, Record
from tests.counterparts.salesforce.schema import OBJECTS, Field

VERSION = "59.0"
_ROOT = f"/services/data/v{VERSION}"
Understand = Callable[[str], soql.Query]


def moment(value: datetime) -> str:
    """A moment as REST writes it."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}+0000"


class Rest:
    """Answers GET requests; a cursor keeps the whole answer of its query until it is fetched."""

    def __init__(self, org: Org, understand: Understand) -> None:
        self.page_size = 2000
        self._org = org
        self._understand = understand
        self._cursors: dict[str, list[dict[str, Any]]] = {}
        self._numbers = count(1)

    def answer(self, request: Request) -> Reply:
        """Answer a request below ``/services/data``."""
        head, *rest = request.path.removeprefix(_ROOT).strip("/").split("/")
        if not head:
            return as_json({name: f"{_ROOT}/{name}" for name in ("query", "queryAll", "sobjects", "jobs", "limits")})
        if head in ("query", "queryAll"):
            return self._page(head, rest[0]) if rest else self._query(head, request.parameters.get("q", ""))
        if head == "sobjects":
            return self._describe(rest[0]) if rest else self._describe_all()
        raise RefusalError(404, "NOT_FOUND", "The requested resource does not exist")

    def forget_cursors(self) -> None:
        """Let every cursor lapse, as Salesforce does after two days."""
        self._cursors.clear()

    def _query(self, resource: str, text: str) -> Reply:
        query = self._understand(text)
        found = query.run(self._org, deleted=resource == "queryAll")
        cursor = f"01g{next(self._numbers):012d}AAA"
        self._cursors[cursor] = [_nested(self._org, query, record) for record in found]
        return self._page(resource, f"{cursor}-0")

    def _page(self, resource: str, locator: str) -> Reply:
        cursor, _, offset = locator.partition("-")
        rows = self._cursors.get(cursor)
        if rows is None:
            raise RefusalError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        start = int(offset)
        end = start + self.page_size
        content: dict[str, Any] = {"totalSize": len(rows), "done": end >= len(rows), "records": rows[start:end]}
        if end < len(rows):
            content["nextRecordsUrl"] = f"{_ROOT}/{resource}/{cursor}-{end}"
        return as_json(content)

    def _describe(self, name: str) -> Reply:
        if name not in OBJECTS:
            raise RefusalError(404, "NOT_FOUND", "The requested resource does not exist")
        fields = [_described(field) for field in self._org.fields(name).values()]
        return as_json({"name": name, "queryable": True, "fields": fields})

    def _describe_all(self) -> Reply:
        return as_json({"sobjects": [{"name": name, "queryable": True} for name in OBJECTS]})


def _described(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "compoundFieldName": field.compound,
        "relationshipName": field.relationship,
        "referenceTo": [field.refers_to] if field.refers_to else [],
        "filterable": field.is_filterable,
    }


def _nested(org: Org, query: soql.Query, record: Record) -> dict[str, Any]:
    """A record as JSON: what belongs to a related record lies inside an object of its own."""
    row: dict[str, Any] = {"attributes": {"type": query.object}}
    for path in query.fields:
        *relationships, last = path.split(".")
        target: dict[str, Any] | None = row
        for depth, relationship in enumerate(relationships, 1):
            assert target is not None
            related = soql.value_of(org, record, ".".join([*relationships[:depth], "Id"]))
            target = target.setdefault(relationship, {} if related else None)
            if target is None:
                break
        if target is not None:
            target[last] = _plain(soql.value_of(org, record, path))
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, date) else value
