"""What a portal's objects consist of: properties with their types, pipelines with their stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from icp_monitor.sources.hubspot.api import Api
from icp_monitor.sources.hubspot.record import Asked, Meanings

STAGES, PIPELINES = ("dealstage", "hs_pipeline_stage"), ("pipeline", "hs_pipeline")


@dataclass(frozen=True)
class Stage:
    """A stage of a pipeline; a closed one is won where its probability is one."""

    id: str
    label: str
    outcome: Literal["open", "won", "lost"]


class Portal:
    """Asks for each object's description once, when it is needed."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._properties: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self._pipelines: dict[str, list[Mapping[str, Any]]] = {}
        self._opened: set[str] = set()

    def properties(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """HubSpot's description of each property of an object, by name."""
        if kind not in self._properties:
            described = self._api.get(f"/crm/v3/properties/{kind}").content["results"]
            self._properties[kind] = {item["name"]: item for item in described}
        return self._properties[kind]

    def open(self, kind: str) -> None:
        """See whether there are such objects, and whether their records may be read.

        Raises:
            RefusedError: there are none, or they may not.
        """
        if kind not in self._opened:
            self._api.get(f"/crm/v3/objects/{kind}", limit=1)
            self._opened.add(kind)

    def stages(self, kind: str) -> list[Stage]:
        """The stages of all pipelines, in the order in which HubSpot shows them."""
        return [
            Stage(stage["id"], stage["label"], _outcome(stage.get("metadata", {})))
            for pipeline in self._pipelines_of(kind)
            for stage in sorted(pipeline["stages"], key=lambda stage: int(stage["displayOrder"]))
        ]

    def meanings(self, kind: str, asked: Asked) -> Meanings:
        """What the values of the asked properties mean."""
        properties = self.properties(kind)
        types = {name: str(properties[name]["type"]) for name in asked.properties if name in properties}
        return Meanings(types, {name: dict(self._labels(kind, name)) for name in asked.labelled})

    def _labels(self, kind: str, name: str) -> Iterator[tuple[str, str]]:
        if name in STAGES:
            yield from ((stage.id, stage.label) for stage in self.stages(kind))
        elif name in PIPELINES:
            yield from ((pipeline["id"], pipeline["label"]) for pipeline in self._pipelines_of(kind))
        else:
            options = self.properties(kind).get(name, {}).get("options", ())
            yield from ((option["value"], option["label"]) for option in options)

    def _pipelines_of(self, kind: str) -> list[Mapping[str, Any]]:
        if kind not in self._pipelines:
            self._pipelines[kind] = self._api.get(f"/crm/v3/pipelines/{kind}").content["results"]
        return self._pipelines[kind]


def _outcome(metadata: Mapping[str, str]) -> Literal["open", "won", "lost"]:
    """HubSpot writes both as text."""
    probability = float(metadata.get("probability") or 0.5)
    if metadata.get("isClosed") != "true":
        return "open"
    return "won" if probability == 1 else "lost"
