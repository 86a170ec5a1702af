"""Mappings of systems that many companies have, as data: a preset is one YAML file in this folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from icp_monitor.config.document import read_document

FOLDER = Path(__file__).parent


def preset_names() -> tuple[str, ...]:
    """The presets that there are."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


def with_preset(source: Mapping[str, Any]) -> Mapping[str, Any]:
    """A source's keys on top of those of its preset: tables and columns are merged by name, the rest is replaced.

    A table or a column of the preset is left out by giving it as null. Unchanged without a preset, or with one that
    doesn't exist.
    """
    name = source.get("preset")
    if not isinstance(name, str) or name not in preset_names():
        return source
    return _merged(_read(name), source)


@cache
def _read(name: str) -> Mapping[str, Any]:
    return read_document(FOLDER / f"{name}.yaml").values


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(below.get(key), Mapping)
        merged[key] = _merged(below[key], value) if both else value
    return {key: value for key, value in merged.items() if value is not None}
