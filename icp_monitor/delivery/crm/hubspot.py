"""Properties of HubSpot's objects, updated a hundred records at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from icp_monitor.delivery.crm.target import Change, Failure, Values
from icp_monitor.errors import Problem

OWN_ID = "hs_object_id"
PAGE = 100


class Answer(Protocol):
    """What HubSpot says."""

    @property
    def content(self) -> Mapping[str, Any]:
        """The JSON of its answer."""


class Portal(Protocol):
    """What is needed of a client of HubSpot."""

    def get(self, path: str, **query: str | int) -> Answer:
        """Read a resource."""

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Send many things at once; what fails among them is told in the answer."""


class HubSpotProperties:
    """See ``Target``. ``key`` is the property that holds our account ids, where that isn't the record's own id."""

    batch = 100

    def __init__(self, client: Portal, name: str, key: str | None, fields: Sequence[str]) -> None:
        self._client, self._object, self._key, self._fields = client, name, key, tuple(fields)

    def refusals(self) -> list[Problem]:
        """See ``Target``."""
        described = self._client.get(f"/crm/v3/properties/{self._object}").content["results"]
        known = {item["name"]: item for item in described}
        return [
            Problem(
                f"HubSpot: {self._object}.{name}",
                "there is no such property",
                cure="create it, or correct its name under export in monitoring.yaml",
            )
            for name in dict.fromkeys([self._key or OWN_ID, *self._fields])
            if name not in known
        ]

    def held(self) -> dict[str, Values]:
        """See ``Target``."""
        names = ",".join([*([self._key] if self._key else []), *self._fields])
        found: dict[str, Values] = {}
        query: dict[str, str | int] = {"limit": PAGE, "properties": names}
        while True:
            page = self._client.get(f"/crm/v3/objects/{self._object}", **query).content
            for record in page["results"]:
                said = record["properties"]
                key = said.get(self._key) if self._key else record["id"]
                if key:
                    found[key] = {name: said.get(name) or None for name in self._fields}
            following = page.get("paging", {}).get("next")
            if following is None:
                return found
            query["after"] = following["after"]

    def update(self, changes: Sequence[Change]) -> list[Failure]:
        """See ``Target``. HubSpot takes a batch in part; what it refuses is told by id."""
        by_key = {} if self._key is None else {"idProperty": self._key}
        inputs = [
            {"id": change.key, "properties": {name: text or "" for name, text in change.values.items()}, **by_key}
            for change in changes
        ]
        answer = self._client.post(f"/crm/v3/objects/{self._object}/batch/update", {"inputs": inputs}).content
        return [
            Failure(str(key), str(error.get("message", "refused")))
            for error in answer.get("errors", ())
            for key in error.get("context", {}).get("ids", ())
        ]

    def close(self) -> None:
        """See ``Target``."""
