"""Scores of random accounts under random profiles, against plain Python in exact fractions, and between two engines."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.expressions import parse_rule
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.matching import CategoryAttribute, NumberAttribute, OrdinalAttribute, SetAttribute
from icp_monitor.config.rules import holds
from icp_monitor.scoring.score import SCORE_COLUMNS, scored
from icp_monitor.scoring.weights import points_on

Row = Mapping[str, Any]
Value = str | float | frozenset[str] | None
Run = Callable[..., list[Row]]

TODAY = date(2026, 7, 1)
HALF_A_PLACE = Fraction(1, 2_000_000) + Fraction(1, 10**9)

CODES = ("5", "52", "522", "5221", "61", "a'b", "50%", "A", "a")
MEMBERS = ("sql", "nosql", "a_b", "50%", "SQL")
SHARE = st.integers(0, 10).map(lambda tenths: tenths / 10)
LEVEL = st.integers(1, 5).map(float)
AMOUNT = st.integers(-2, 9).map(lambda halves: halves / 2)


@st.composite
def category_match(draw: st.DrawFn) -> Row:
    shares = draw(st.dictionaries(st.sampled_from(CODES), SHARE, min_size=1))
    full = [code for code, share in shares.items() if share == 1]
    partial = {code: share for code, share in shares.items() if share < 1}
    return {"full": full, "partial": partial, "hierarchy": draw(st.sampled_from([None, "prefix"]))}


@st.composite
def number_match(draw: st.DrawFn) -> Row:
    soft_low, low, high, soft_high = sorted(draw(st.tuples(AMOUNT, AMOUNT, AMOUNT, AMOUNT)))
    full = draw(st.sampled_from([(low, high), (low, None), (None, high)]))
    soft = draw(st.sampled_from([(soft_low, soft_high), (soft_low, None), (None, soft_high), (None, None)]))
    return {"full": full, "soft_to": soft}


@st.composite
def ordinal_match(draw: st.DrawFn) -> Row:
    low, high = sorted(draw(st.tuples(LEVEL, LEVEL)))
    bounds = draw(st.sampled_from([{"gte": low}, {"lte": high}, {"gte": low, "lte": high}]))
    return {**bounds, "partial": draw(st.dictionaries(LEVEL.map(str), SHARE, max_size=3))}


@st.composite
def set_match(draw: st.DrawFn) -> Row:
    best = {"any": draw(st.dictionaries(st.sampled_from(MEMBERS), SHARE, min_size=1))}
    every = {"all": draw(st.lists(st.sampled_from(MEMBERS), min_size=1, unique=True))}
    negative = draw(st.dictionaries(st.sampled_from(MEMBERS), SHARE.map(operator.neg), max_size=2))
    return {**draw(st.sampled_from([best, every])), "negative": negative}


MATCHES = {"category": category_match(), "number": number_match(), "ordinal": ordinal_match(), "set": set_match()}
VALUES: Mapping[str, st.SearchStrategy[Value]] = {
    "category": st.sampled_from((*CODES, "52299", "ab", "")),
    "number": AMOUNT,
    "ordinal": LEVEL,
    "set": st.frozensets(st.sampled_from((*MEMBERS, "sq"))),
}
RULES: Mapping[str, tuple[str, ...]] = {
    "category": ("{} in ['52', 'A']", "prefix({}, '52')", '{} != "a\'b"'),
    "number": ("0.5 <= {} < 3", "{} == 1"),
    "ordinal": ("{} >= 3", "{} not in [1, 2]"),
    "set": ("has({}, 'sql', '50%')", "not has({}, 'a_b')"),
}


@st.composite
def attribute(draw: st.DrawFn, name: str) -> Row:
    kind = draw(st.sampled_from(sorted(MATCHES)))
    absence = {"absence_means": draw(st.sampled_from(["no", "unknown"]))} if kind == "set" else {}
    return {
        "id": name,
        "type": kind,
        "weight": draw(st.integers(0, 30)) / 10,
        "missing": draw(st.sampled_from([None, "zero", "neutral", "renormalise"])),
        "prior": draw(SHARE),
        "match": draw(MATCHES[kind]),
        **absence,
    }


@st.composite
def rule(draw: st.DrawFn, attributes: list[Row]) -> str:
    tests = []
    for item in draw(st.lists(st.sampled_from(attributes), min_size=1, max_size=3)):
        text = draw(st.sampled_from((*RULES[item["type"]], "{} is null"))).format(item["id"])
        tests.append(draw(st.sampled_from(["{}", "not ({})"])).format(text))
    return draw(st.sampled_from([" and ", " or "])).join(tests)


@st.composite
def profiles(draw: st.DrawFn) -> dict[str, Any]:
    attributes = [draw(attribute(f"x{index}")) for index in range(draw(st.integers(1, 4)))]
    attributes[0] = {**attributes[0], "weight": 1}
    names = [f"s{index}" for index in range(draw(st.integers(0, 3)))]
    default = draw(st.sampled_from(["zero", "neutral", "renormalise"]))
    return {
        "attributes": attributes,
        "scoring": {"missing": {"default": default, "coverage_floor": draw(SHARE)}},
        "knockouts": [{"id": "out", "when": draw(rule(attributes))}] if draw(st.booleans()) else [],
        "segments": [
            {"id": name, "name": name, "when": draw(rule(attributes)), "priority": len(names) - index}
            for index, name in enumerate(names)
        ],
    }


def match_of(item: Any, value: Value) -> Fraction | None:
    """The match of a value, in exact fractions; written without a look at the statements."""
    if isinstance(item, SetAttribute):
        members = frozenset() if value is None and item.absence_means == "no" else value
        return None if members is None else set_match_of(item, members)
    if value is None:
        return None
    if isinstance(item, CategoryAttribute):
        shares = {**item.match.partial, **dict.fromkeys(item.match.full, 1.0)}
        is_prefix = item.match.hierarchy == "prefix"
        fitting = [code for code in shares if (str(value).startswith(code) if is_prefix else value == code)]
        return exact(shares[max(fitting, key=len)]) if fitting else Fraction(0)
    if isinstance(item, OrdinalAttribute):
        at_least = item.match.gte is None or value >= item.match.gte
        at_most = item.match.lte is None or value <= item.match.lte
        return Fraction(1) if at_least and at_most else exact(item.match.partial.get(value, 0.0))
    return number_match_of(item, exact(value))


def number_match_of(item: NumberAttribute, value: Fraction) -> Fraction:
    (low, high), (soft_low, soft_high) = item.match.full, item.match.soft_to
    if low is not None and value < exact(low):
        full, zero = low, soft_low
    elif high is not None and value > exact(high):
        full, zero = high, soft_high
    else:
        return Fraction(1)
    if zero is None or zero == full:
        return Fraction(0)
    return max(Fraction(0), 1 - (exact(full) - value) / (exact(full) - exact(zero)))


def set_match_of(item: SetAttribute, members: Any) -> Fraction:
    if item.match.all:
        found = Fraction(len(members.intersection(item.match.all)), len(item.match.all))
    else:
        found = max((exact(share) for name, share in item.match.any.items() if name in members), default=Fraction(0))
    found += sum(exact(share) for name, share in item.match.negative.items() if name in members)
    return min(Fraction(1), max(Fraction(0), found))


def exact(number: Any) -> Fraction:
    return Fraction(str(number))


def expected(icp: IcpConfig, values: Mapping[str, Value]) -> dict[str, Any]:
    """Score, bounds and coverage of an account, in exact fractions; the score is None where it may not be given."""
    scored_items = [
        (item, exact(item.weight), match_of(item, values[item.id])) for item in icp.attributes if item.weight
    ]
    total = sum(weight for _, weight, _ in scored_items)
    known = sum(weight for _, weight, match in scored_items if match is not None)
    low = sum(weight * match for _, weight, match in scored_items if match is not None)
    points, out_of = low, total
    for item, weight, match in scored_items:
        policy = item.missing or icp.scoring.missing.default
        if match is None and policy == "neutral":
            points += weight * exact(item.prior)
        if match is None and policy == "renormalise":
            out_of -= weight
    allowed = known / total >= exact(icp.scoring.missing.coverage_floor) and out_of > 0
    return {
        "score": 100 * points / out_of if allowed else None,
        "score_low": 100 * low / total,
        "score_high": 100 * (low + total - known) / total,
        "coverage": known / total,
    }


def expected_segment(icp: IcpConfig, values: Mapping[str, Value]) -> str:
    by_priority = sorted(icp.segments, key=lambda segment: segment.priority)
    return next((item.id for item in by_priority if rule_holds(icp, item.when, values)), "other")


def rule_holds(icp: IcpConfig, when: str, values: Mapping[str, Value]) -> bool:
    empty = {item.id: frozenset[str]() for item in icp.attributes if getattr(item, "absence_means", None) == "no"}
    observed = {name: empty.get(name) if value is None else value for name, value in values.items()}
    return holds(parse_rule(when), observed) is True


def tier_of(score: float) -> str:
    return "tier_1" if score >= 80 else "tier_2" if score >= 60 else "tier_3"


def expected_tier(icp: IcpConfig, values: Mapping[str, Value], row: Row) -> tuple[str, bool]:
    if any(rule_holds(icp, item.when, values) for item in icp.knockouts):
        return "disqualified", True
    if row["score"] is None:
        return "unscored", False
    return tier_of(row["score"]), tier_of(row["score_low"]) == tier_of(row["score_high"])


def stored(value: Value) -> object:
    return "|" + "".join(f"{member}|" for member in sorted(value)) if isinstance(value, frozenset) else value


@settings(deadline=None, max_examples=60)
@given(described=profiles(), data=st.data())
def test_engines_score_as_plain_python_does_and_alike_to_the_last_bit(
    profile: Callable[..., IcpConfig], run: Run, run_sqlite: Run, described: dict[str, Any], data: st.DataObject
) -> None:
    icp = profile(**described)
    catalogue = catalogue_of(icp)
    account = st.fixed_dictionaries({item.id: st.none() | VALUES[item.type] for item in icp.attributes})
    drawn = data.draw(st.lists(account, min_size=1, max_size=8))
    known_since = {"known_on": date(1900, 1, 1), "valid_from": date(1900, 1, 1), "assumed": True}
    accounts = [
        {"load": 1, "source": "crm", "deleted": False, "account_id": str(number), **known_since}
        | {name: stored(value) for name, value in values.items()}
        for number, values in enumerate(drawn)
    ]
    table = catalogue.raw_accounts.table
    statement = scored(icp, table, [table.c.account_id], points_on(icp, TODAY)).order_by("account_id")
    rows = run(catalogue, {"raw_accounts": accounts}, statement)
    assert rows == run_sqlite(catalogue, {"raw_accounts": accounts}, statement)
    assert [row["account_id"] for row in rows] == [account["account_id"] for account in accounts]
    for row, values in zip(rows, drawn, strict=True):
        assert list(row) == ["account_id", *SCORE_COLUMNS]
        for name, number in expected(icp, values).items():
            assert (row[name] is None) == (number is None)
            assert number is None or abs(exact(row[name]) - number) <= HALF_A_PLACE
        assert row["segment"] == expected_segment(icp, values)
        assert (row["tier"], row["tier_certain"]) == expected_tier(icp, values, row)
