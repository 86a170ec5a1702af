"""Rules: every rule can be written and read back, unknown values never decide what they can't know."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from icp_monitor.config.expressions import parse_rule
from icp_monitor.config.linting.reach import always_before
from icp_monitor.config.rules import (
    And,
    Compare,
    Has,
    In,
    IsNull,
    Kind,
    Not,
    Observed,
    Or,
    Prefix,
    Rule,
    holds,
    names_in,
    single_tests,
)
from icp_monitor.errors import ConfigError

unhurried = settings(deadline=None)  # other work on the machine must not fail a law
KINDS: dict[str, Kind] = {"country": "category", "employees": "number", "stack": "set"}

words = st.sampled_from(["a", "ab", "abc", "b"])
anything = st.text(string.printable[:-5] + "üß漢", max_size=8).filter(
    lambda text: "\\" not in text and not ("'" in text and '"' in text)
)
integers = st.integers(-3, 3).map(float)


def rules_about(texts: st.SearchStrategy[str], numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Rule]:
    some_texts = st.lists(texts, min_size=1, max_size=3).map(tuple)
    some_numbers = st.lists(numbers, min_size=1, max_size=3).map(tuple)
    tests = st.one_of(
        st.builds(Compare, st.just("country"), st.sampled_from(["==", "!="]), texts),
        st.builds(Compare, st.just("employees"), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), numbers),
        st.builds(In, st.just("country"), some_texts),
        st.builds(In, st.just("employees"), some_numbers),
        st.builds(Prefix, st.just("country"), some_texts),
        st.builds(Has, st.just("stack"), some_texts),
        st.builds(IsNull, st.sampled_from(list(KINDS))),
    )
    return st.recursive(tests, combined, max_leaves=6)


def combined(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    several = st.lists(rules, min_size=2, max_size=3).map(tuple)
    return st.builds(Not, rules) | st.builds(And, several) | st.builds(Or, several)


def accounts_with(
    texts: st.SearchStrategy[str], numbers: st.SearchStrategy[float]
) -> st.SearchStrategy[dict[str, Observed]]:
    sets = st.frozensets(texts, max_size=3)
    return st.fixed_dictionaries(
        {"country": st.none() | texts, "employees": st.none() | numbers, "stack": st.none() | sets}
    )


rules = rules_about(words | anything, integers | st.floats(-1e15, 1e15))
accounts = accounts_with(words | anything, integers)
few_rules = rules_about(words, integers)  # few enough values to try every region
few_accounts = accounts_with(words, integers)


def written(rule: Rule) -> str:
    match rule:
        case And(operands):
            text = " and ".join(f"({written(operand)})" for operand in operands)
        case Or(operands):
            text = " or ".join(f"({written(operand)})" for operand in operands)
        case Not(operand):
            text = f"not ({written(operand)})"
        case Compare(name, operator, value):
            text = f"{name} {operator} {literal(value)}"
        case In(name, values):
            text = f"{name} in [{', '.join(map(literal, values))}]"
        case Prefix(name, values):
            text = f"prefix({name}, {', '.join(map(literal, values))})"
        case Has(name, values):
            text = f"has({name}, {', '.join(map(literal, values))})"
        case IsNull(name):
            text = f"{name} is null"
    return text


def literal(value: str | float) -> str:
    if isinstance(value, float):
        return repr(value)
    return f'"{value}"' if "'" in value else f"'{value}'"


@unhurried
@given(rules)
def test_a_rule_that_is_written_down_is_read_back(rule: Rule) -> None:
    assert parse_rule(written(rule), KINDS) == rule


WORDS = [
    "country",
    "employees",
    "'US'",
    "5",
    "and",
    "or",
    "not",
    "in",
    "is",
    "null",
    "(",
    ")",
    "[",
    "]",
    ",",
    "==",
    "<",
]


@unhurried
@given(st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_a_rule_or_a_problem(text: str) -> None:
    try:
        said = [*names_in(parse_rule(text, KINDS))]
    except ConfigError as error:
        said = [str(problem).partition(" ")[0] for problem in error.problems]
    assert said
    assert {*said} <= {*KINDS, "character"}


@unhurried
@given(rules, rules, accounts)
def test_de_morgans_laws_hold_with_unknown_values_too(one: Rule, other: Rule, account: dict[str, Observed]) -> None:
    both, either = And((one, other)), Or((one, other))
    assert holds(Not(both), account) == holds(Or((Not(one), Not(other))), account)
    assert holds(Not(either), account) == holds(And((Not(one), Not(other))), account)


@unhurried
@given(rules, accounts, accounts)
def test_what_is_decided_with_unknown_values_stays_so_when_they_become_known(
    rule: Rule, account: dict[str, Observed], later: dict[str, Observed]
) -> None:
    asks_for_null = any(isinstance(test, IsNull) for test in single_tests(rule))
    answer = holds(rule, account)
    if answer is not None and not asks_for_null:
        learned = {name: later[name] if value is None else value for name, value in account.items()}
        assert holds(rule, learned) is answer


@unhurried
@given(few_rules, st.lists(few_rules, max_size=3), few_accounts)
def test_a_rule_that_gets_an_account_is_never_called_unreachable(
    rule: Rule, earlier: list[Rule], account: dict[str, Observed]
) -> None:
    if holds(rule, account) and not any(holds(other, account) for other in earlier):
        assert always_before(rule, earlier) is None


@unhurried
@given(few_rules, st.lists(few_rules, max_size=2))
def test_nothing_is_left_for_a_rule_that_was_tried_before_or_contradicts_itself(
    rule: Rule, earlier: list[Rule]
) -> None:
    assert always_before(rule, [*earlier, rule]) is not None
    assert always_before(And((rule, Not(rule))), earlier) == ()


def test_of_too_many_regions_nothing_is_said() -> None:
    members = tuple(f"member{number}" for number in range(20))
    rule = Has("stack", members)
    assert always_before(rule, [rule]) is None
    assert always_before(Has("stack", members[:5]), [Has("stack", members[:5])]) == (0,)
