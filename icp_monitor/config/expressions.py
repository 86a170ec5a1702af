"""Reads the text of a ``when:`` rule. Only what this grammar names is accepted; everything else is refused.

::

    rule  = rule and rule | rule or rule | not rule | ( rule ) | test
    test  = name == value | name != value
          | name < number           also <=, > and >=, and in chains: 200 <= employees < 2000
          | name in [value, …]      | name not in [value, …]
          | name is null            | name is not null
          | prefix(name, text, …)   a text attribute that begins with one of these
          | has(name, text, …)      a set attribute that holds at least one of these
    value = 'text' | "text" | number
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from icp_monitor.config.rule_reader import EXAMPLE, RuleReader, character, too_deep
from icp_monitor.config.rules import Kind, Rule
from icp_monitor.errors import ConfigError, Problem

MAX_LENGTH = 10_000

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_FOREIGN = (
    (r"&+", "write and"),
    (r"\|+", "write or"),
    (r"<>", "write !="),
    (r"!(?!=)", "write not"),
    (r"===|(?<![=<>!])=(?!=)", "write =="),
    (r"\b(?:AND|OR|NOT|IN|IS)\b", "write it in small letters"),
    (r"\b(?:NULL|Null|None)\b", "write null"),
    (r"(?<![\w.])(?<![eE][-+])0\d+", "put codes in quotes, as in '011'"),
    (r"(?i)\blike\b", "write prefix(industry, '522')"),
    (r"(?i)\bbetween\b", "write 200 <= employees < 2000"),
    ("[\u2018\u2019\u201c\u201d]", "use straight quotes, as in 'US'"),
    (r"#", "leave it out: a comment belongs outside the rule"),
)


def parse_rule(text: str, kinds: Mapping[str, Kind | None] | None = None) -> Rule:
    """The rule that ``text`` states; with ``kinds``, checked against the attributes' names and types.

    Raises:
        ConfigError: every problem found; ``where`` counts the characters of the rule from 1.

    >>> parse_rule("200 <= employees")
    Compare(name='employees', operator='>=', value=200.0)
    >>> parse_rule("country == US")
    Traceback (most recent call last):
    icp_monitor.errors.ConfigError: character 12: text must be in quotes, got US. Cure: write 'US'
    """
    line = re.sub(r"[\t\r\n]", " ", text).strip()
    problems = tuple(_unusable(line)) or tuple(_foreign_words(line))
    if problems:
        raise ConfigError(*problems)
    return RuleReader(line, kinds).rule(_syntax_tree(line))


def _unusable(line: str) -> Iterator[Problem]:
    if not line:
        yield Problem(character(0), "the rule is empty", cure=EXAMPLE)
    if len(line) > MAX_LENGTH:
        yield Problem(character(0), f"a rule has at most {MAX_LENGTH} characters", str(len(line)), "split it")
    odd = next((index for index, letter in enumerate(line) if not letter.isprintable()), None)
    if odd is not None:
        yield Problem(character(odd), "this character can't be printed", ascii(line[odd]), "type it again")


def _foreign_words(line: str) -> list[Problem]:
    bare = _QUOTED.sub(lambda quoted: "'" * len(quoted[0]), line)
    found = [(match.start(), match[0], cure) for pattern, cure in _FOREIGN for match in re.finditer(pattern, bare)]
    return [
        Problem(character(index), "this is not part of the rule language", word, cure)
        for index, word, cure in sorted(found)
    ]


def _syntax_tree(line: str) -> ast.expr:
    try:
        return ast.parse(line, mode="eval").body
    except SyntaxError as error:
        raise ConfigError(_unreadable(line, error)) from None
    except (MemoryError, RecursionError):
        raise ConfigError(too_deep(0)) from None


def _unreadable(line: str, error: SyntaxError) -> Problem:
    index = min(max((error.offset or 1) - 1, 0), len(line) - 1)
    if "too many nested" in error.msg:
        return too_deep(index)
    unclosed = "never closed" in error.msg or "unterminated" in error.msg
    message = "a bracket or quote isn't closed" if unclosed else "the rule can't be read from here on"
    rest = line[index:]
    return Problem(character(index), message, rest if len(rest) <= 40 else f"{rest[:37]}...", EXAMPLE)
