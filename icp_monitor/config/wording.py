"""What to say about a value that a configuration file can't hold, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from icp_monitor.config.strict import CHANNEL, CURRENCY, IDENTIFIER, LARGEST, SLUG
from icp_monitor.config.suggestions import did_you_mean

_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_MENDED: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (re.compile(r"[-+]?\d+(\.\d+)?"), lambda word: f"{word} without quotes"),
    (re.compile(r"\d{1,3}([,_ ]\d{3})+"), lambda word: re.sub(r"[,_ ]", "", word)),
    (re.compile(r"\d+,\d+"), lambda word: word.replace(",", ".")),
    (re.compile(r"\d+(\.\d+)?\s*%"), lambda word: f"{float(word.rstrip('% ')) / 100:g}"),
)
_TRUTHS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_SECRET = re.compile(r"passw|secret|token|api_?key|credential|private_?key", re.IGNORECASE)
_PATTERNS: Mapping[str, tuple[str, str]] = {
    IDENTIFIER: ("a plain id", "use small letters, digits and _, like core_stack"),
    SLUG: ("a plain id", "use small letters, digits, - and _, like fintech-mm"),
    CURRENCY: ("a currency code", "write three capitals, like USD"),
    CHANNEL: ("a Slack channel", "write it in quotes, like '#icp-drift'"),
}


@dataclass(frozen=True)
class Finding:
    """What pydantic found.

    ``value`` is as read, ``written`` as the file has it; ``limits`` are the bounds that it broke; ``known`` are the
    keys of its group.
    """

    type: str
    name: str
    value: object
    written: str | None
    limits: Mapping[str, Any]
    known: tuple[str, ...]


def said_of(finding: Finding) -> tuple[str, str]:
    """The message and the cure.

    >>> said_of(Finding("float_type", "weight", "five", "'five'", {}, ()))
    ('weight must be a number', 'write 5')
    """
    say = _SAYINGS.get(finding.type)
    if say is None:
        return f"{finding.name} can't be used as it is written", "compare it with the example configuration"
    message, cure = say(finding)
    return f"{finding.name} {message}", cure


Saying = Callable[[Finding], tuple[str, str]]


def _unknown(finding: Finding) -> tuple[str, str]:
    if _SECRET.search(finding.name):
        return "is not a key here, and no secret belongs in this file", "keep it in the environment"
    return "is not a key here", did_you_mean(finding.name, finding.known) or "remove it"


def _missing(finding: Finding) -> tuple[str, str]:
    return "is missing", f"add {finding.name}: and its value" if finding.known else "give both, or null for an open end"


def _number(kind: str) -> Saying:
    def say(finding: Finding) -> tuple[str, str]:
        return f"must be {kind}", _as_number(finding.value, kind)

    return say


def _as_number(value: object, kind: str) -> str:
    if isinstance(value, float) and abs(value) < LARGEST:
        return f"write {value:.0f}"
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in _NUMBERS:
        return f"write {_NUMBERS.index(word)}"
    meant = next((mend(word) for pattern, mend in _MENDED if pattern.fullmatch(word)), kind)
    return f"write {meant}"


def _text(finding: Finding) -> tuple[str, str]:
    if finding.value is None:
        return "must be text", "write the text; text that starts with # needs quotes"
    if finding.written is None:
        return "must be one text", "write it in quotes"
    return "must be text", f"write '{finding.written}', in quotes"


def _truth(finding: Finding) -> tuple[str, str]:
    meant = _TRUTHS.get(str(finding.value).lower(), "true or false")
    return "must be true or false", f"write {meant}"


def _list(finding: Finding) -> tuple[str, str]:
    return "must be a list", f"write [{finding.value}]" if isinstance(finding.value, str) else "write [a, b]"


def _group(_: Finding) -> tuple[str, str]:
    return "must hold keys and values", "write key: value under it, indented"


def _choice(finding: Finding) -> tuple[str, str]:
    words = re.findall(r"'([^']*)'", str(finding.limits.get("expected") or finding.limits.get("expected_tags")))
    if len(words) == 1:
        return f"must be {words[0]}", f"write {words[0]}"
    found = str(finding.limits.get("tag", finding.value))
    return f"must be one of {', '.join(words)}", did_you_mean(found, words) or "write one of them"


def _pattern(finding: Finding) -> tuple[str, str]:
    kind, cure = _PATTERNS[finding.limits["pattern"]]
    return f"must be {kind}", cure


def _at_most(finding: Finding) -> tuple[str, str]:
    limit, value = finding.limits["le"], finding.value
    if limit == 1 and isinstance(value, int | float) and 1 < value <= 100:
        return "must be at most 1", f"write {value / 100:g}"
    return f"must be at most {limit:g}", f"write {limit:g} or less"


def _bound(message: str, cure: str) -> Saying:
    def say(finding: Finding) -> tuple[str, str]:
        return message.format(**finding.limits), cure.format(**finding.limits)

    return say


_SAYINGS: Mapping[str, Saying] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "float_type": _number("a number"),
    "int_type": _number("a whole number"),
    "int_from_float": _number("a whole number"),
    "finite_number": _bound("must be a finite number", "write a number"),
    "string_type": _text,
    "string_unicode": _bound("holds a character that isn't text", "type it again"),
    "string_too_short": _bound("must not be empty", "write the text"),
    "string_too_long": _bound("must have at most {max_length} character(s)", "shorten it"),
    "string_pattern_mismatch": _pattern,
    "bool_type": _truth,
    "tuple_type": _list,
    "dict_type": _group,
    "model_type": _group,
    "model_attributes_type": _group,
    "literal_error": _choice,
    "union_tag_invalid": _choice,
    "union_tag_not_found": _bound("is missing", "add type: category, number, ordinal or set"),
    "invalid_key": _bound("must be text", "put it in quotes; a decimal comma is written as a point"),
    "greater_than": _bound("must be above {gt:g}", "write a larger number"),
    "greater_than_equal": _bound("must be at least {ge:g}", "write {ge:g} or more"),
    "less_than": _bound("must be below {lt:g}", "write a smaller number"),
    "less_than_equal": _at_most,
    "too_short": _bound("must hold at least {min_length} item(s)", "add one"),
    "too_long": _bound("must hold at most {max_length} items", "leave some out"),
}
