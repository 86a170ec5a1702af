"""Reads the part of SOQL that a reader of records needs, and answers it from an org."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests.counterparts.salesforce.org import Org, Record
from tests.counterparts.salesforce.schema import OBJECTS, Field

Test = Callable[[Record], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<moment>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))|(?P<day>\d{4}-\d\d-\d\d)"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w.]*)|(?P<mark><=|>=|!=|[(),=<>]))"
)
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_LITERALS = {"date": ("day",), "datetime": ("moment",), "boolean": ("name",), "int": ("number",)}


class SoqlError(Exception):
    """A query that Salesforce refuses, with its error code."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True)
class Query:
    """A query that was understood; ``fields`` are spelled as the org spells them."""

    object: str
    fields: tuple[str, ...]
    matches: Test
    order: tuple[tuple[str, bool], ...]
    limit: int | None

    def run(self, org: Org, *, deleted: bool) -> list[Record]:
        """The matching records, with those of the recycle bin or without."""
        found = [r for r in org.records(self.object) if (deleted or not r["IsDeleted"]) and self.matches(r)]
        for field, descending in reversed(self.order):
            found.sort(key=lambda record: (record[field] is not None, record[field]), reverse=descending)
        return found[: self.limit]


def value_of(org: Org, record: Record | None, path: str) -> Any:
    """A field's value, also of a related record: ``RecordType.Name``."""
    relationship, _, rest = path.partition(".")
    if record is None or not rest:
        return None if record is None else record[path]
    return value_of(org, org.record(record[f"{relationship}Id"] or ""), rest)


def read(text: str, org: Org) -> Query:
    """Understand a query.

    Raises:
        SoqlError: it is malformed, or asks for what the org doesn't have.
    """
    return _Reader(text, org).query()


class _Reader:
    def __init__(self, text: str, org: Org) -> None:
        self._org = org
        self._tokens = list(_tokens(text))
        self._at = 0
        self._object = ""

    def query(self, *, nested: bool = False) -> Query:
        self._expect("SELECT")
        written = [self._name()]
        while self._skip(","):
            written.append(self._name())
        self._expect("FROM")
        self._object = self._known_object(self._name())
        matches = self._either() if self._skip("WHERE") else (lambda _: True)
        order = self._ordering() if self._skip("ORDER") else ()
        limit = int(self._take()[1]) if self._skip("LIMIT") else None
        if self._at != len(self._tokens) and not nested:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: {self._tokens[self._at][1]!r}")
        fields = tuple(self._field(path)[0] for path in written)
        for path in fields:
            if fields.count(path) > 1:
                raise SoqlError("INVALID_FIELD", f"duplicate field selected: {path}")
        return Query(self._object, fields, matches, order, limit)

    def _ordering(self) -> tuple[tuple[str, bool], ...]:
        self._expect("BY")
        order = []
        while True:
            path, _ = self._field(self._name())
            descending = self._skip("DESC") or (self._skip("ASC") and False)
            order.append((path, descending))
            if not self._skip(","):
                return tuple(order)

    def _either(self) -> Test:
        return self._joined("OR", any, "AND")

    def _joined(self, word: str, join: Callable[[Iterator[bool]], bool], other: str) -> Test:
        """Conditions joined by one word: Salesforce refuses to guess which of two binds closer."""
        tests = [self._single()]
        if self._peek() == other:
            word, join = other, all
        while self._skip(word):
            tests.append(self._single())
        if self._peek() in ("AND", "OR"):
            raise SoqlError("MALFORMED_QUERY", "unexpected token: mixed AND and OR without parentheses")
        return lambda record: join(test(record) for test in tests)

    def _single(self) -> Test:
        if self._skip("NOT"):
            refused = self._single()
            return lambda record: not refused(record)
        if self._skip("("):
            inner = self._either()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        path, field = self._field(self._name())
        if not field.is_filterable:
            raise SoqlError("INVALID_FIELD", f"field '{path}' can not be filtered in a query call")
        operator, org = self._take()[1], self._org
        if operator.upper() == "IN":
            members = self._members(field)
            return lambda record: value_of(org, record, path) in members
        wanted = self._literal(field)
        if operator == "=":
            return lambda record: bool(value_of(org, record, path) == wanted)
        if operator == "!=":
            return lambda record: bool(value_of(org, record, path) != wanted)
        if operator not in _ORDER:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: {operator!r}")
        compare = _ORDER[operator]
        return lambda record: (found := value_of(org, record, path)) is not None and compare(found, wanted)

    def _members(self, field: Field) -> list[Any]:
        self._expect("(")
        if self._peek() == "SELECT":
            return self._referred(field)
        members = [self._literal(field)]
        while self._skip(","):
            members.append(self._literal(field))
        self._expect(")")
        return members

    def _referred(self, field: Field) -> list[Any]:
        """A semi-join: Salesforce has it for references, and between different objects only."""
        inner = _Reader("", self._org)
        inner._tokens, inner._at = self._tokens, self._at
        query = inner.query(nested=True)
        self._at = inner._at
        self._expect(")")
        if field.refers_to is None or query.object == self._object:
            raise SoqlError("MALFORMED_QUERY", "The inner and outer selects should not be on the same object type")
        return [record[query.fields[0]] for record in query.run(self._org, deleted=True)]

    def _literal(self, field: Field) -> Any:
        kind, text = self._take()
        if text.lower() == "null":
            return None
        if kind not in _LITERALS.get(field.type, ("text", "number")):
            message = f"value of filter criterion for field '{field.name}' must be of type {field.type}"
            raise SoqlError("INVALID_FIELD", message)
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "moment":
            return datetime.fromisoformat(text)
        if kind == "day":
            return date.fromisoformat(text)
        return text.lower() == "true" if kind == "name" else float(text)

    def _field(self, path: str) -> tuple[str, Field]:
        """The path as the org spells it, and the field at its end."""
        name, spelled = self._object, []
        *relationships, last = path.split(".")
        for step in relationships:
            reference = self._found(name, step, lambda field: field.relationship)
            spelled.append(reference.relationship or "")
            name = reference.refers_to or ""
        field = self._found(name, last, lambda field: field.name)
        return ".".join([*spelled, field.name]), field

    def _found(self, name: str, step: str, spelling: Callable[[Field], str | None]) -> Field:
        for field in self._org.fields(name).values():
            if (spelling(field) or "").lower() == step.lower():
                return field
        raise SoqlError("INVALID_FIELD", f"No such column '{step}' on entity '{name}'.")

    def _known_object(self, written: str) -> str:
        for name in OBJECTS:
            if name.lower() == written.lower():
                return name
        raise SoqlError("INVALID_TYPE", f"sObject type '{written}' is not supported.")

    def _name(self) -> str:
        kind, text = self._take()
        if kind != "name":
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: {text!r}")
        return text

    def _peek(self) -> str:
        return self._tokens[self._at][1].upper() if self._at < len(self._tokens) else ""

    def _skip(self, word: str) -> bool:
        found = self._peek() == word
        self._at += found
        return found

    def _expect(self, word: str) -> None:
        if not self._skip(word):
            raise SoqlError("MALFORMED_QUERY", f"expecting {word}, found {self._peek()!r}")

    def _take(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise SoqlError("MALFORMED_QUERY", "unexpected end of the query")
        self._at += 1
        return self._tokens[self._at - 1]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise SoqlError("MALFORMED_QUERY", f"unexpected character at {at}: {text[at]!r}")
        yield found.lastgroup or "", found[found.lastgroup or 0]
        at = found.end()
