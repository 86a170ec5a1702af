"""Turns YAML nodes into plain values, by the rules of YAML 1.2: words mean what they say.

Only ``true`` and ``false`` are truth values, so the country code NO stays text; a date stays text until a model asks
for a date; 011 is eleven. Lists become tuples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from icp_monitor.config.faults import Fault, Path

MAX_VALUES = 100_000

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
_WORDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("bool", r"true|True|TRUE|false|False|FALSE", tuple("tTfF")),
    ("int", r"[-+]?[0-9]+", tuple("-+0123456789")),
    ("float", _FLOAT, tuple("-+.0123456789")),
    ("merge", r"<<", ("<",)),
)


class Loader(yaml.SafeLoader):
    """PyYAML's scanner with the words of YAML 1.2."""


Loader.yaml_implicit_resolvers = {}
for _name, _pattern, _first in _WORDS:
    Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"^(?:{_pattern})$"), list(_first))


@dataclass(frozen=True)
class Mark:
    """The line on which something starts, and a single value as it was written."""

    line: int
    written: str | None = None


class TooManyValuesError(Exception):
    """Anchors within anchors have grown beyond reason."""


class Reading:
    """Collects the marks and faults of one file while its nodes become values."""

    def __init__(self) -> None:
        self.marks: dict[Path, Mark] = {}
        self.faults: list[Fault] = []

    def value(self, node: yaml.Node, path: Path = ()) -> Any:
        """The value of ``node``: text, number, truth value, None, tuple or dict."""
        self.marks[path] = Mark(node.start_mark.line + 1)
        if len(self.marks) > MAX_VALUES:
            raise TooManyValuesError
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.value(child, (*path, position)) for position, child in enumerate(node.value))
        value = self._scalar(node, path)
        written = repr(value) if isinstance(value, str) else node.value or "nothing"
        self.marks[path] = Mark(node.start_mark.line + 1, written)
        return value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        lines: dict[Any, int] = {}
        for key_node, value_node, inherited in _pairs(node):
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(Fault(path, "a key must be a single word", cure="write key: value", line=line))
                continue
            key = self._scalar(key_node, path)
            if key not in values:
                part = key if isinstance(key, int) and not isinstance(key, bool) else str(key)
                values[key], lines[key] = self.value(value_node, (*path, part)), line
                self.marks[*path, part] = Mark(line, self.marks[*path, part].written)
            elif not inherited:
                message = f"the key {key_node.value} was already given on line {lines[key]}"
                self.faults.append(Fault(path, message, cure="keep one of them", line=line))
        return values

    def _scalar(self, node: yaml.Node, path: Path) -> object:
        read = _SCALARS.get(node.tag)
        try:
            if read is not None:
                return read(node.value)
        except ValueError:
            pass
        self.faults.append(Fault(path, f"the tag {node.tag.removeprefix(_TAG)} can't be used here", cure="remove it"))
        return None


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node, bool]]:
    """The node's own entries, then those that ``<<`` brings in."""
    own = [(key, value) for key, value in node.value if key.tag != _MERGE]
    yield from ((key, value, False) for key, value in own)
    for key, value in node.value:
        if key.tag == _MERGE:
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if isinstance(source, yaml.MappingNode):
                    yield from ((key, value, True) for key, value, _ in _pairs(source))


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= 20 else float(text)


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _truth(text: str) -> bool:
    return text.lower() == "true"


_SCALARS: Mapping[str, Callable[[str], object]] = {
    f"{_TAG}str": str,
    f"{_TAG}null": lambda _: None,
    f"{_TAG}bool": _truth,
    f"{_TAG}int": _integer,
    f"{_TAG}float": _float,
}
