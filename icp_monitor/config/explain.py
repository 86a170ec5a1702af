"""Turns what pydantic found into faults in plain words, at the keys of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from icp_monitor.config.faults import REFUSED, Fault, Path
from icp_monitor.config.wording import Finding, said_of
from icp_monitor.config.yaml_values import Mark

KEY = "[key]"  # pydantic's name for the key itself, as against what stands under it

Schema = Mapping[str, Any]


def faults_of(error: ValidationError, model: type[BaseModel], marks: Mapping[Path, Mark]) -> Iterator[Fault]:
    """One fault for each thing that pydantic found in a file read into ``model``."""
    schema = model.model_json_schema()
    for detail in error.errors(include_url=False):
        path, group = _place(schema, detail["loc"])
        limits = detail.get("ctx", {})
        if detail["type"] == REFUSED:
            yield Fault(path, limits["message"], limits["value"], limits["cure"])
            continue
        if "discriminator" in limits:
            path = (*path, limits["discriminator"].strip("'"))
        is_key = detail["loc"][-1] == KEY or detail["type"] == "invalid_key"
        mark = marks.get(path, Mark(0))
        written = repr(path[-1]) if is_key else mark.written
        known = tuple(group.get("properties", ()))
        message, cure = said_of(
            Finding(detail["type"], _name(path, group, is_key), detail["input"], written, limits, known)
        )
        if detail["type"] == "extra_forbidden":  # what stands under a mistyped key may be a secret
            yield Fault(path[:-1], message, cure=cure, line=mark.line)
        else:
            yield Fault(path, message, written, cure)


def _place(schema: Schema, location: tuple[int | str, ...]) -> tuple[Path, Schema]:
    """The keys that lead to ``location``, and the schema of the group around it.

    Pydantic's locations also name the type of an attribute, which is no key of the file.
    """
    path: list[int | str] = []
    group = here = _resolved(schema, schema)
    for part in location:
        if part in here.get("discriminator", {}).get("mapping", ()):
            here = _resolved(schema, {"$ref": here["discriminator"]["mapping"][part]})
        elif part != KEY:
            path.append(part)
            group, here = here, _resolved(schema, _child(here, part))
    return tuple(path), group


def _child(schema: Schema, part: int | str) -> Schema:
    if part in schema.get("properties", {}):
        child = schema["properties"][part]
    elif isinstance(part, int) and 0 <= part < len(schema.get("prefixItems", ())):
        child = schema["prefixItems"][part]
    elif schema.get("patternProperties"):
        child = next(iter(schema["patternProperties"].values()))
    else:
        child = schema.get("items") or schema.get("additionalProperties")
    return child if isinstance(child, Mapping) else {}


def _resolved(root: Schema, schema: Schema) -> Schema:
    """The schema behind references and choices; of a choice, the richest: a group before a word before nothing."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    choices = [_resolved(root, choice) for choice in schema.get("anyOf", ())]
    return max(choices, key=len) if choices else schema


def _name(path: Path, group: Schema, is_key: bool) -> str:
    if is_key:
        return f"the key {path[-1]}"
    if isinstance(path[-1], int) and ("items" in group or "prefixItems" in group):
        return f"{path[-2]}, item {path[-1] + 1},"
    return str(path[-1])
