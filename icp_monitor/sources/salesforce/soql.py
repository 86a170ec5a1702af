"""Queries in Salesforce's language, put together so that no value can become part of the language."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
PATH = re.compile(rf"{NAME.pattern}(\.{NAME.pattern})*")
_TEXT = re.compile(r"'(?:\\.|[^'\\])*'")


@dataclass(frozen=True)
class Query:
    """``SELECT fields FROM object`` under all the conditions. Names have been found in the object's description."""

    object: str
    fields: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [f"SELECT {', '.join(self.fields)} FROM {self.object}"]  # noqa: S608 - names from the description
        if self.conditions:
            parts.append(f"WHERE {' AND '.join(self.conditions)}")
        if self.order:
            parts.append(f"ORDER BY {', '.join(self.order)}")
        return " ".join(parts)

    def where(self, *conditions: str) -> Query:
        """The same under further conditions."""
        return replace(self, conditions=(*self.conditions, *conditions))


def between(field: str, since: datetime, until: datetime) -> tuple[str, str]:
    """Conditions for a half-open span of time."""
    return f"{field} >= {_moment(since)}", f"{field} < {_moment(until)}"


def refers_to(field: str, query: Query) -> str:
    """The condition that a field refers to one of the records that a query finds (a semi-join)."""
    return f"{field} IN ({query})"


def open_end(condition: str) -> str | None:
    """What lets a condition that is put in parentheses reach out of them; None if nothing does.

    >>> open_end("Type = 'New (Business)'"), open_end("Type = 'a') OR (Type = 'b'")
    (None, 'a parenthesis is closed that was never opened')
    """
    depth = 0
    for mark in _TEXT.sub("", condition):
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if depth < 0:
            return "a parenthesis is closed that was never opened"
        if mark == "'":
            return "a quote is never closed"
    return "a parenthesis is never closed" if depth else None


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
