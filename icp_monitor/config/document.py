"""Reads one YAML file: its values, and the file and line of each for whoever must put something right."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import yaml

from icp_monitor.config.faults import Fault, Path
from icp_monitor.config.yaml_values import Loader, Mark, Reading, TooManyValuesError
from icp_monitor.errors import ConfigError, Problem

MAX_BYTES = 1_000_000
SHOWN = 60

_QUOTES = "put text that holds : or # or starts with @, %, & or * in quotes"
_MISREADINGS: tuple[tuple[str, str, str], ...] = (
    (r"'\t'", "a tab can't be used here", "indent with spaces"),
    ("cannot start any token", "the text starts with a character that needs quotes", _QUOTES),
    ("mapping values are not allowed", "there is a colon too many, or the indentation is wrong", _QUOTES),
    ("expected ':'", "this line lacks a colon", "write key: value"),
    ("expected <block end>", "the indentation doesn't fit the lines above", "start keys of one group in one column"),
    ("expected ',' or", "a bracket isn't closed, or a comma is missing", "write [a, b] or {a: 1, b: 2}"),
    ("unexpected end of stream", "a quote isn't closed", "add the closing quote"),
    ("undefined alias", "no anchor of this name was defined above", "define it with & before using it with *"),
    ("another document", "the file holds a second document", "remove the line ---"),
    ("escape", "a backslash in double quotes starts an unknown escape", "use single quotes"),
)


@dataclass(frozen=True)
class Document:
    """The values of one file, the mark of each, and what was wrong with the YAML itself."""

    name: str
    values: Mapping[str, Any]
    marks: Mapping[Path, Mark]
    faults: tuple[Fault, ...]

    def problems(self, faults: Iterable[Fault]) -> tuple[Problem, ...]:
        """The faults with file, line and the value as it was written, from the top of the file down."""
        numbered = [self._problem(fault) for fault in faults]
        return tuple(dict.fromkeys(problem for _, problem in sorted(numbered, key=lambda item: item[0])))

    def _problem(self, fault: Fault) -> tuple[int, Problem]:
        depth = next(end for end in range(len(fault.path), -1, -1) if fault.path[:end] in self.marks)
        mark = self.marks[fault.path[:depth]]
        line = fault.line or mark.line
        written = mark.written if depth == len(fault.path) else None
        value = written if fault.value is None else fault.value
        shown = value if value is None or len(value) <= SHOWN else f"{value[: SHOWN - 3]}..."
        return line, Problem(f"{self.name}:{line}", fault.message, shown, fault.cure)


def read_document(file: FilePath) -> Document:
    """The document in ``file``.

    Raises:
        ConfigError: the file is missing, isn't text, isn't YAML, is empty, or doesn't hold keys and values.
    """
    name = str(file)
    text = _text_of(file, name)
    reading = Reading()
    try:
        node = Loader(text).get_single_node()
        if node is None:
            raise ConfigError(Problem(name, "the file is empty", cure="start from the example configuration"))
        values = reading.value(node)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_misread(name, error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(
            Problem(f"{name}:{line}", "a character can't be printed", cure="type the line again")
        ) from None
    except (RecursionError, TooManyValuesError):
        message = "the file nests too deeply, or an anchor contains itself"
        raise ConfigError(Problem(name, message, cure="write it out without anchors")) from None
    if not isinstance(values, dict):
        where = f"{name}:{reading.marks[()].line}"
        raise ConfigError(Problem(where, "the file must hold keys and values", cure="write key: value"))
    return Document(name, values, reading.marks, tuple(reading.faults))


def _text_of(file: FilePath, name: str) -> str:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise ConfigError(Problem(name, "there is no such file", cure="write it, or name another folder")) from None
    except OSError as error:
        raise ConfigError(Problem(name, "the file can't be read", error.strerror, "check the path")) from None
    if len(content) > MAX_BYTES:
        raise ConfigError(Problem(name, "the file is too large", f"{len(content)} bytes", f"keep it below {MAX_BYTES}"))
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(Problem(f"{name}:{line}", "the text isn't UTF-8", cure="save the file as UTF-8")) from None


def _misread(name: str, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = f"{name}:{mark.line + 1}" if mark else name
    for words, message, cure in _MISREADINGS:
        if words in (error.problem or ""):
            return Problem(where, message, cure=cure)
    return Problem(where, "the YAML can't be read from here on", cure=_QUOTES)
