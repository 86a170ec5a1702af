"""The ``when:`` grammar: what it accepts, and what it says about everything else."""

from __future__ import annotations

import pytest

from icp_monitor.config.expressions import parse_rule
from icp_monitor.config.rules import And, Compare, Has, In, IsNull, Kind, Not, Or, Prefix, Rule, names_in
from icp_monitor.errors import ConfigError

KINDS: dict[str, Kind] = {
    "country": "category",
    "industry": "category",
    "employees": "number",
    "cloud_maturity": "ordinal",
    "core_stack": "set",
}

ACCEPTED: dict[str, Rule] = {
    "country == 'US'": Compare("country", "==", "US"),
    'country != "US"': Compare("country", "!=", "US"),
    'country == "Côte d\'Ivoire"': Compare("country", "==", "Côte d'Ivoire"),
    "'US' == country": Compare("country", "==", "US"),
    "employees >= 200": Compare("employees", ">=", 200.0),
    "200 <= employees": Compare("employees", ">=", 200.0),
    "2_000 > employees": Compare("employees", "<", 2000.0),
    "employees > -1.5e2": Compare("employees", ">", -150.0),
    "200 <= employees < 2000": And((Compare("employees", ">=", 200.0), Compare("employees", "<", 2000.0))),
    "employees != 5e-08": Compare("employees", "!=", 5e-08),
    "country in ['US', 'CA']": In("country", ("US", "CA")),
    "country in ('US', 'CA')": In("country", ("US", "CA")),
    "country not in ['US']": Not(In("country", ("US",))),
    "not country in ['US']": Not(In("country", ("US",))),
    "cloud_maturity in [1, 2.0]": In("cloud_maturity", (1.0, 2.0)),
    "employees is null": IsNull("employees"),
    "employees is not null": Not(IsNull("employees")),
    "prefix(industry, '522', '523')": Prefix("industry", ("522", "523")),
    "has(core_stack, 'snowflake')": Has("core_stack", ("snowflake",)),
    "core_stack is null": IsNull("core_stack"),
    "country == 'US' or country == 'CA' and employees > 5": Or(
        (Compare("country", "==", "US"), And((Compare("country", "==", "CA"), Compare("employees", ">", 5.0))))
    ),
    "(country == 'US' or country == 'CA') and\n  employees > 5\n": And(
        (Or((Compare("country", "==", "US"), Compare("country", "==", "CA"))), Compare("employees", ">", 5.0))
    ),
    "country == 'a && b = c AND d'": Compare("country", "==", "a && b = c AND d"),
}


@pytest.mark.parametrize(("text", "rule"), ACCEPTED.items(), ids=ACCEPTED)
def test_a_rule_means_what_it_says(text: str, rule: Rule) -> None:
    assert parse_rule(text, KINDS) == rule
    assert parse_rule(text) == rule


REFUSED = {
    "": "character 1: the rule is empty. Cure: write it like",
    "   \n": "character 1: the rule is empty",
    "country == 'US' && employees > 5": "character 17: this is not part of the rule language, got &&. Cure: write and",
    "country == 'US' || employees > 5": "got ||. Cure: write or",
    "!(country == 'US')": "character 1: this is not part of the rule language, got !. Cure: write not",
    "country = 'US'": "character 9: this is not part of the rule language, got =. Cure: write ==",
    "employees => 5": "got =. Cure: write ==",
    "country <> 'US'": "got <>. Cure: write !=",
    "country == 'US' AND employees > 5": "got AND. Cure: write it in small letters",
    "country IS NULL": "got IS. Cure: write it in small letters\ncharacter 12: ",
    "industry like '522%'": "got like. Cure: write prefix(industry, '522')",
    "employees between 5 and 6": "got between. Cure: write 200 <= employees < 2000",
    "industry in [522, 011]": "character 19: this is not part of the rule language, got 011. Cure: put codes in quotes",
    "country == \u2018US\u2019": "Cure: use straight quotes, as in 'US'",
    "country == 'US' # home": "Cure: leave it out: a comment belongs outside the rule",
    "country == US": "character 12: text must be in quotes, got US. Cure: write 'US'",
    "country in [US, CA]": "got US. Cure: write 'US'\ncharacter 17: text must be in quotes, got CA. Cure: write 'CA'",
    "country in ['US' 'CA']": "character 13: this is not one plain text, got 'US' 'CA'. Cure: put a comma between two",
    "country == 'O\\'Brien'": "this is not one plain text",
    "country in ['US', 5]": "character 12: the list mixes text and numbers",
    "country in []": "in needs a list with at least one value",
    "country in ('US')": "in needs a list with at least one value, got 'US'. Cure: write in ['US', 'CA']",
    "'dbt' in core_stack": "in needs a list, got core_stack. Cure: write has(core_stack, 'dbt'), or list the values",
    "country == null": "character 12: null can't be compared, got null. Cure: write is null or is not null",
    "country is 'US'": "character 12: only null is asked for with is, got 'US'. Cure: write ==",
    "country < 'US'": "text has no order, so < has no meaning, got 'US'. Cure: use ==, in or prefix",
    "employees > 1e16": "the number is too large, got 1e16. Cure: use one below 1e+15",
    "employees > 1e999": "the number is too large",
    "employees > true": "character 13: text must be in quotes, got true",
    "5 < 6": "character 1: a comparison needs an attribute on one side, got 5",
    "employees": "character 1: this is not a condition, got employees",
    "True": "character 1: this is not a condition, got True",
    "prefix(industry)": "Cure: write prefix(name, 'text') or has(name, 'text')",
    "prefix(industry, 522)": "character 18: text was expected, got 522. Cure: write '522'",
    "matches(industry, '522')": "Cure: write prefix(name, 'text') or has(name, 'text')",
    "has(core_stack, *['a'])": "a text in quotes or a number was expected",
    "country.lower() == 'us'": "a comparison needs an attribute on one side, got country.lower()",
    "__import__('os').system('x')": "this is not a condition",
    "(lambda: country)() == 'x'": "a comparison needs an attribute on one side",
    "f'{country}' == 'x'": "a comparison needs an attribute on one side",
    "[c for c in country] == 'x'": "a comparison needs an attribute on one side",
    "country == 'US' if employees else country": "this is not a condition",
    "(country := 'US')": "character 11: this is not part of the rule language, got =",
    "(country == 'US'": "character 1: a bracket or quote isn't closed",
    "country == 'US": "character 12: a bracket or quote isn't closed",
    "country ==": "the rule can't be read from here on",
    "country == '\0'": "character 13: this character can't be printed, got '\\x00'",
    "country == '\ud800'": "this character can't be printed, got '\\ud800'",
    # These need the attributes' types.
    "contry == 'US'": "character 1: no attribute has this id, got contry. Cure: did you mean 'country'?",
    "contry is null": "no attribute has this id",
    "Country == 'US'": "got Country. Cure: did you mean 'country'?",
    "employees == '200'": "the attribute holds numbers, but '200' is text, got employees. Cure: write 200",
    "industry in [522, 523]": "the attribute holds text, but 522 is a number, got industry. Cure: write '522'",
    "employees > employees": "character 13: an attribute can't be compared with another",
    "core_stack == 'dbt'": "the attribute holds sets, but 'dbt' is text, got core_stack. Cure: write has(core_stack,",
    "prefix(employees, '2')": "the attribute holds numbers, but prefix asks about text",
    "has(country, 'US')": "the attribute holds text, but has asks about sets",
    "contry == 'US' and employes > 5": "got contry. Cure: did you mean 'country'?\ncharacter 20: ",
}


@pytest.mark.parametrize(("text", "said"), REFUSED.items(), ids=map(ascii, REFUSED))
def test_everything_else_is_refused_with_its_place_and_a_cure(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_rule(text, KINDS)
    message = str(caught.value)
    assert said in message
    assert message.startswith("character ")
    assert all("Cure: " in line for line in message.split("\n"))


DEEP = {
    "ten thousand brackets": "(" * 10_000 + "country == 'US'" + ")" * 10_000,
    "three hundred brackets": "(" * 300 + "country == 'US'" + ")" * 300,
    "negations": "not " * 2_000 + "country == 'US'",
    "minus signs": "-" * 9_000 + "1 < employees",
    "powers": "employees" + "**2" * 2_500 + " > 1",
    "attributes": "country" + ".a" * 4_000 + " == 'US'",
    "lambdas": "lambda: " * 1_000 + "1",
    "alternation": "(country == 'US' and " * 150 + "country == 'CA'" + ")" * 150,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_rule_of_any_depth_gives_a_clear_error_and_no_crash(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^character \d+: "):
        parse_rule(text, KINDS)


def test_a_long_flat_rule_is_no_deep_rule() -> None:
    rule = parse_rule(" or ".join(f"country == '{number}'" for number in range(400)), KINDS)
    assert isinstance(rule, Or)
    assert len(rule.operands) == 400


def test_names_in_a_rule_are_the_attributes_that_it_asks_about() -> None:
    rule = parse_rule("not (country == 'US' or has(core_stack, 'dbt')) and 1 < employees < 5 and industry is null")
    assert names_in(rule) == {"country", "core_stack", "employees", "industry"}
