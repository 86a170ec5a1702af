"""The counterpart is as strict as Salesforce: a client that passes here has asked properly."""

from __future__ import annotations

import pytest

from tests.counterparts.salesforce import soql
from tests.counterparts.salesforce.grammar import Grammar
from tests.counterparts.salesforce.org import Org

SOUND = [
    "SELECT Id FROM Account",
    "SELECT Id, RecordType.Name FROM Account WHERE Name = 'O\\'Neill \\\\' ORDER BY SystemModstamp DESC, Id LIMIT 5",
    "SELECT Id FROM Account WHERE (Type = 'a' OR Type = null) AND AnnualRevenue > 1500.5 AND IsDeleted = false",
    "SELECT Id FROM Account WHERE SystemModstamp >= 2026-01-31T08:15:30Z AND NOT (Industry IN ('a', 'b'))",
    "SELECT Id FROM OpportunityHistory WHERE OpportunityId IN (SELECT Id FROM Opportunity WHERE IsWon = true)",
]
MALFORMED = [
    "SELECT FROM Account",
    "SELECT Id Account",
    "SELECT Id FROM Account WHERE",
    "SELECT Id FROM Account WHERE Name = 'a",
    "SELECT Id FROM Account WHERE (Name = 'a'",
    "SELECT Id FROM Account WHERE Name = 'a')",
    "SELECT Id FROM Account ORDER Name",
    "SELECT Id FROM Account; DELETE",
]
REFUSED = {
    "SELECT Nothing FROM Account": "INVALID_FIELD",
    "SELECT Id, id FROM Account": "INVALID_FIELD",
    "SELECT Id FROM Nothing": "INVALID_TYPE",
    "SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01T00:00:00Z'": "INVALID_FIELD",
    "SELECT Id FROM AccountHistory WHERE NewValue = 'x'": "INVALID_FIELD",
    "SELECT Id FROM Account WHERE Type = 'a' AND Type = 'b' OR Type = 'c'": "MALFORMED_QUERY",
    "SELECT Id FROM Account WHERE ParentId IN (SELECT Id FROM Account)": "MALFORMED_QUERY",
}


@pytest.fixture
def org() -> Org:
    org = Org()
    org.features.add("record-types")
    return org


@pytest.mark.parametrize("query", SOUND)
def test_a_sound_query_is_understood(org: Org, grammar: Grammar | None, query: str) -> None:
    assert soql.read(query, org).run(org, deleted=True) == []
    assert grammar is None or grammar.fault(query) is None


@pytest.mark.parametrize("query", MALFORMED)
def test_a_malformed_query_is_refused_here_and_by_the_grammar_of_others(
    org: Org, grammar: Grammar | None, query: str
) -> None:
    with pytest.raises(soql.SoqlError, match="MALFORMED_QUERY"):
        soql.read(query, org)
    assert grammar is None or grammar.fault(query) is not None


@pytest.mark.parametrize("query", REFUSED)
def test_a_query_that_salesforce_refuses_is_refused_with_its_code(org: Org, query: str) -> None:
    with pytest.raises(soql.SoqlError, match=REFUSED[query]):
        soql.read(query, org)


def test_every_query_is_checked_by_the_grammar_of_others(grammar: Grammar | None) -> None:
    if grammar is None:
        pytest.skip("soql-parser-js can't be had: it takes Node, and npm or an earlier run with it")
    assert grammar.fault("SELECT Id FROM Account") is None
