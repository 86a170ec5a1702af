"""Values as YAML 1.2 writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z_][\w./-]*(?: [A-Za-z0-9_./-]+)*", re.ASCII)
_WORDS = {"true", "false", "null"}


def text(value: str) -> str:
    """Text, in quotes where YAML would read it as something else.

    >>> text("Closed Won"), text("true"), text("522"), text("a: b")
    ('Closed Won', '"true"', '"522"', '"a: b"')
    """
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=not value.isprintable())


def texts(values: Iterable[str]) -> str:
    """A list of texts on one line."""
    return f"[{', '.join(map(text, values))}]"


def number(value: float) -> str:
    """A number without needless digits."""
    return str(int(value)) if value == int(value) else repr(value)
