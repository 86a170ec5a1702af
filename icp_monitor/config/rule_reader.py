"""Turns the syntax tree of a ``when:`` rule into a rule, and says of each part that it can't use what is wrong."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from icp_monitor.config.rules import And, Compare, Has, In, IsNull, Kind, Not, Operator, Or, Prefix, Rule, Value
from icp_monitor.config.strict import LARGEST
from icp_monitor.config.suggestions import did_you_mean
from icp_monitor.errors import ConfigError, Problem

MAX_DEPTH = 40
EXAMPLE = "write it like country in ['US', 'CA'] and employees >= 200"

_NUMBER = re.compile(r"-?\d[\d_]*(\.\d+)?([eE][+-]?\d+)?")
_TEXT = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")
_OPERATORS: Mapping[type[ast.cmpop], Operator] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_MIRRORED: Mapping[Operator, Operator] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_CONTENT: Mapping[Kind, str] = {"category": "text", "number": "numbers", "ordinal": "numbers", "set": "sets"}

Item = TypeVar("Item")
Part = TypeVar("Part")


def character(index: int) -> str:
    """Where in the rule, counted from 1."""
    return f"character {index + 1}"


def too_deep(index: int) -> Problem:
    """The refusal of a rule that nests beyond reason."""
    return Problem(character(index), f"a rule nests at most {MAX_DEPTH} levels", cure="list the values after in")


class RuleReader:
    """Reads the tree of one line; ``kinds`` are the attributes' types, where they are known."""

    def __init__(self, line: str, kinds: Mapping[str, Kind | None] | None) -> None:
        self._bytes = line.encode()
        self._kinds = kinds

    def rule(self, node: ast.expr, depth: int = 1) -> Rule:
        """The rule under ``node``, or a ConfigError with the problems of all its parts."""
        if depth > MAX_DEPTH:
            raise ConfigError(too_deep(self._index(node)))
        match node:
            case ast.BoolOp(op, values):
                operands = _all(lambda value: self.rule(value, depth + 1), values)
                return And(operands) if isinstance(op, ast.And) else Or(operands)
            case ast.UnaryOp(ast.Not(), operand):
                return Not(self.rule(operand, depth + 1))
            case ast.Compare(left, operators, others):
                tests = _all(self._comparison, zip([left, *others], operators, others, strict=False))
                return tests[0] if len(tests) == 1 else And(tests)
            case ast.Call(ast.Name(), [ast.Name(), *_], []):
                return self._call(node)
        raise self._refusal(node, "this is not a condition", EXAMPLE)

    def _call(self, node: ast.Call) -> Rule:
        function, name = self._written(node.func), self._written(node.args[0])
        texts = _all(self._text, node.args[1:])
        if function not in ("prefix", "has") or not texts:
            raise self._refusal(node, "this is not a condition", "write prefix(name, 'text') or has(name, 'text')")
        if function == "prefix":
            self._require(node.args[0], ("category",), "prefix asks about text")
            return Prefix(name, texts)
        self._require(node.args[0], ("set",), "has asks about sets")
        return Has(name, texts)

    def _comparison(self, pair: tuple[ast.expr, ast.cmpop, ast.expr]) -> Rule:
        left, operator, right = pair
        if isinstance(operator, ast.Is | ast.IsNot):
            return _negated_if(isinstance(operator, ast.IsNot), self._null_test(left, right))
        if isinstance(operator, ast.In | ast.NotIn):
            return _negated_if(isinstance(operator, ast.NotIn), self._membership(left, right))
        symbol = _OPERATORS[type(operator)]
        if isinstance(left, ast.Name):
            return self._compare(left, symbol, right)
        if isinstance(right, ast.Name):
            return self._compare(right, _MIRRORED[symbol], left)
        raise self._refusal(left, "a comparison needs an attribute on one side", EXAMPLE)

    def _compare(self, name: ast.Name, operator: Operator, other: ast.expr) -> Rule:
        if self._written(other) == "null":
            raise self._refusal(other, "null can't be compared", "write is null or is not null")
        value = self._value(other)
        if isinstance(value, str) and operator not in ("==", "!="):
            raise self._refusal(other, f"text has no order, so {operator} has no meaning", "use ==, in or prefix")
        self._require_content(name, other, value)
        return Compare(name.id, operator, value)

    def _null_test(self, left: ast.expr, right: ast.expr) -> Rule:
        if self._written(right) != "null":
            raise self._refusal(right, "only null is asked for with is", "write ==")
        self._require(self._name(left), (), "")
        return IsNull(self._written(left))

    def _membership(self, left: ast.expr, right: ast.expr) -> Rule:
        if isinstance(right, ast.Name):
            member = self._written(left)
            raise self._refusal(right, "in needs a list", f"write has({right.id}, {member}), or list the values")
        if not isinstance(right, ast.List | ast.Tuple) or not right.elts:
            raise self._refusal(right, "in needs a list with at least one value", "write in ['US', 'CA']")
        name = self._name(left)
        values = _all(self._value, right.elts)
        if len({type(value) for value in values}) > 1:
            raise self._refusal(right, "the list mixes text and numbers", "put quotes round all of them or none")
        self._require_content(name, right.elts[0], values[0])
        return In(name.id, values)

    def _name(self, node: ast.expr) -> ast.Name:
        if isinstance(node, ast.Name):
            return node
        raise self._refusal(node, "an attribute's id was expected", EXAMPLE)

    def _text(self, node: ast.expr) -> str:
        value = self._value(node)
        if isinstance(value, str):
            return value
        raise self._refusal(node, "text was expected", f"write '{self._written(node)}'")

    def _value(self, node: ast.expr) -> Value:
        written = self._written(node)
        if _TEXT.fullmatch(written):
            return written[1:-1]
        if _NUMBER.fullmatch(written):
            number = float(written.replace("_", ""))
            if abs(number) > LARGEST:
                raise self._refusal(node, "the number is too large", f"use one below {LARGEST:g}")
            return number
        if written in (self._kinds or ()):
            raise self._refusal(node, "an attribute can't be compared with another", EXAMPLE)
        if isinstance(node, ast.Name):
            raise self._refusal(node, "text must be in quotes", f"write '{written}'")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            raise self._refusal(node, "this is not one plain text", "put a comma between two; leave backslashes out")
        raise self._refusal(node, "a text in quotes or a number was expected", EXAMPLE)

    def _require_content(self, name: ast.Name, node: ast.expr, value: Value) -> None:
        written = self._written(node)
        if isinstance(value, str):
            cure = f"write {value}" if _NUMBER.fullmatch(value) else EXAMPLE
            cure = f"write has({name.id}, {written})" if self._kind(name) == "set" else cure
            self._require(name, ("category",), f"{written} is text", cure)
        else:
            cure = f"write '{written}'" if self._kind(name) == "category" else EXAMPLE
            self._require(name, ("number", "ordinal"), f"{written} is a number", cure)

    def _kind(self, name: ast.expr) -> Kind | None:
        return (self._kinds or {}).get(self._written(name))

    def _require(self, node: ast.expr, kinds: tuple[Kind, ...], reason: str, cure: str = EXAMPLE) -> None:
        """Refuse a name that isn't an attribute, or whose type isn't among ``kinds`` (any, when empty)."""
        if self._kinds is None:
            return
        if self._written(node) not in self._kinds:
            cure = did_you_mean(self._written(node), self._kinds) or "use the id of an attribute"
            raise self._refusal(node, "no attribute has this id", cure)
        kind = self._kind(node)
        if kind and kinds and kind not in kinds:
            raise self._refusal(node, f"the attribute holds {_CONTENT[kind]}, but {reason}", cure)

    def _refusal(self, node: ast.expr, message: str, cure: str) -> ConfigError:
        written = self._written(node)
        shown = written if len(written) <= 40 else f"{written[:37]}..."
        return ConfigError(Problem(character(self._index(node)), message, shown, cure))

    def _index(self, node: ast.expr) -> int:
        return len(self._bytes[: node.col_offset].decode())

    def _written(self, node: ast.expr) -> str:
        return self._bytes[node.col_offset : node.end_col_offset].decode()


def _negated_if(negated: bool, rule: Rule) -> Rule:
    return Not(rule) if negated else rule


def _all(read: Callable[[Item], Part], items: Iterable[Item]) -> tuple[Part, ...]:
    """Every part, or one ConfigError with the problems of all of them."""
    parts: list[Part] = []
    problems: list[Problem | str] = []
    for item in items:
        try:
            parts.append(read(item))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return tuple(parts)
