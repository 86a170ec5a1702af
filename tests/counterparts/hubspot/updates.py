"""Batch updates of records: what is taken is written, what isn't is told by id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.counterparts.hubspot import answers, server
from tests.counterparts.hubspot.answers import Answer, error
from tests.counterparts.hubspot.portal import Portal, Record
from tests.counterparts.hubspot.shapes import failure_shape, record_shape

LARGEST_BATCH = 100
Answering = Callable[[Portal, str, list[str], dict[str, list[str]], dict[str, Any]], Answer]


class Updates:
    """Answers batch updates, and hands everything else on. ``locked`` records are refused."""

    def __init__(self) -> None:
        self.locked: set[str] = set()
        self.written: list[tuple[str, dict[str, str]]] = []
        self.batches: list[int] = []
        self._otherwise: Answering = answers.answer

    def install(self, monkeypatch: Any) -> None:
        """Let the server answer updates too."""
        monkeypatch.setattr(server, "answer", self.answer)

    def answer(
        self, portal: Portal, method: str, path: list[str], query: dict[str, list[str]], body: dict[str, Any]
    ) -> Answer:
        """One request."""
        match (method, *path):
            case ("POST", "crm", "v3", "objects", kind, "batch", "update"):
                return self._update(portal, kind, body["inputs"])
        return self._otherwise(portal, method, path, query, body)

    def _update(self, portal: Portal, kind: str, inputs: list[dict[str, Any]]) -> Answer:
        self.batches.append(len(inputs))
        if len(inputs) > LARGEST_BATCH:
            return error(400, "VALIDATION_ERROR", f"at most {LARGEST_BATCH} records can be updated at once")
        unknown = {name for item in inputs for name in item["properties"]} - set(portal.properties[kind])
        if unknown:
            return error(400, "VALIDATION_ERROR", f"Property {sorted(unknown)} does not exist")
        shown, refused = [], []
        for item in inputs:
            record = self._found(portal, kind, item)
            if record is None or record.id in self.locked:
                refused.append(item["id"])
                continue
            portal.update(kind, record.id, **item["properties"])
            self.written.append((record.id, item["properties"]))
            shown.append(record_shape(portal, kind, record, list(item["properties"]), []))
        failures = [failure_shape("Could not update some objects", {"ids": refused})] if refused else []
        body = {"status": "COMPLETE", "results": shown}
        return Answer(207, {**body, "errors": failures, "numErrors": len(failures)}) if refused else Answer(200, body)

    def _found(self, portal: Portal, kind: str, item: dict[str, Any]) -> Record | None:
        key = item.get("idProperty")
        if key is None:
            return portal.objects[kind].get(item["id"])
        return next((record for record in portal.alive(kind) if record.properties.get(key) == item["id"]), None)
