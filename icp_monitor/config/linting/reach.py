"""Is there an account that a rule gets before all rules of higher priority?

The rules can only tell accounts apart by the values that they name, so it is enough to try one account from each
region between those values: the answer is exact, not a sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, islice, pairwise, product
from math import prod

from icp_monitor.config.rules import Compare, Has, In, Observed, Prefix, Rule, Test, Value, holds, single_tests

MOST_ACCOUNTS = 20_000
_UNNAMED = "\uffff"


def always_before(rule: Rule, earlier: Sequence[Rule]) -> tuple[int, ...] | None:
    """The positions of the earlier rules that leave nothing to ``rule``; none of them if it never holds at all.

    None means that the rule gets an account, or that there are too many regions to try.
    """
    takers: set[int] = set()
    for account in _one_of_each_kind((rule, *earlier)):
        if account is None:
            return None
        if holds(rule, account):
            before = [place for place, other in enumerate(earlier) if holds(other, account)]
            if not before:
                return None
            takers.add(before[0])
    return tuple(sorted(takers))


def _one_of_each_kind(rules: Sequence[Rule]) -> Iterator[dict[str, Observed] | None]:
    """One account from each region; None alone if there are too many."""
    tests: dict[str, list[Test]] = {}
    for test in chain.from_iterable(map(single_tests, rules)):
        tests.setdefault(test.name, []).append(test)
    values = [_telling_values(asked) for asked in tests.values()]
    if prod(map(len, values)) > MOST_ACCOUNTS:
        yield None
    else:
        yield from (dict(zip(tests, point, strict=True)) for point in product(*values))


def _telling_values(tests: Sequence[Test]) -> list[Observed]:
    """One value of each region that the tests of an attribute can tell apart, unknown included."""
    members = sorted({member for test in tests if isinstance(test, Has) for member in test.members})
    if members:
        sizes = range(len(members) + 1)
        subsets = chain.from_iterable(combinations(members, size) for size in sizes)
        return [None, *map(frozenset, islice(subsets, MOST_ACCOUNTS))]
    named = {value for test in tests for value in _named(test)}
    numbers = sorted(value for value in named if isinstance(value, float))
    if numbers:
        between = [(low + high) / 2 for low, high in pairwise(numbers)]
        return [None, *numbers, *between, numbers[0] - 1, numbers[-1] + 1]
    prefixes = {prefix for test in tests if isinstance(test, Prefix) for prefix in test.prefixes}
    return [None, *sorted(map(str, named)), *(prefix + _UNNAMED for prefix in sorted(prefixes)), _UNNAMED]


def _named(test: Test) -> tuple[Value, ...]:
    match test:
        case Compare(value=value):
            return (value,)
        case In(values=values):
            return values
    return ()
