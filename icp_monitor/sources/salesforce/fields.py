"""Do the fields that a mapping names exist, and can they be read?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from icp_monitor.sources.salesforce.soql import PATH

Describe = Callable[[str], Mapping[str, Any] | None]
FEATURES = ("CurrencyIsoCode", "IsPersonAccount", "RecordTypeId", "RecordType")  # only in organisations that use them
_UNREADABLE = ("address", "location", "base64", "complexvalue")
_NAME_FIELD = "Name"


@dataclass(frozen=True)
class Field:
    """A field that can be read, with ``path`` spelled as Salesforce spells it.

    ``names_a_person``: where the record is a natural person, this is (part of) the person's name.
    """

    path: str
    kind: str
    names_a_person: bool


@dataclass(frozen=True)
class Unreadable:
    """Why a field can't be read, and what to do about it. ``unused``: it belongs to a feature that isn't in use."""

    message: str
    cure: str | None = None
    unused: bool = False


def find(describe: Describe, name: str, written: str) -> Field | Unreadable:
    """The field of an object that a mapping means by ``written``, also of a related record: ``RecordType.Name``."""
    if PATH.fullmatch(written) is None:
        return Unreadable("this is no name of a field", "use the API name, like Industry or RecordType.Name")
    first, _, rest = written.partition(".")
    known = _by_name((describe(name) or {}).get("fields", ()), "relationshipName" if rest else "name")
    found = known.get(first.lower())
    if found is None:
        return Unreadable(*_unknown(name, first, [item["name"] for item in known.values()]), unused=first in FEATURES)
    if not rest:
        return _readable(found, known.values())
    related = [find(describe, target, rest) for target in found["referenceTo"]]
    for field in related:
        if isinstance(field, Field):
            return Field(f"{found['relationshipName']}.{field.path}", field.kind, names_a_person=False)
    return next(iter(related), Unreadable(f"{name}.{first} refers to no object", "take it off the mapping"))


def _readable(found: Mapping[str, Any], known: Iterable[Mapping[str, Any]]) -> Field | Unreadable:
    name, kind = found["name"], found["type"]
    if kind not in _UNREADABLE:
        return Field(name, kind, _NAME_FIELD in (name, found.get("compoundFieldName")))
    parts = [item["name"] for item in known if item.get("compoundFieldName") == name]
    cure = f"use one of its parts: {', '.join(sorted(parts))}" if parts else "take it off the mapping"
    return Unreadable(f"{name} is of type {kind}, which can't be read in bulk", cure)


def _unknown(name: str, field: str, known: list[str]) -> tuple[str, str]:
    spelled = {item.lower(): item for item in known}
    close = get_close_matches(field.lower(), spelled, n=1)
    question = f"did you mean {spelled[close[0]]}? If not, " if close else ""
    return (
        f"{name} has no such field that the connection's user may read",
        f"{question}check its API name, and let the user read it (field-level security)",
    )


def _by_name(described: Iterable[Mapping[str, Any]], key: str) -> dict[str, Mapping[str, Any]]:
    return {item[key].lower(): item for item in described if item.get(key)}
