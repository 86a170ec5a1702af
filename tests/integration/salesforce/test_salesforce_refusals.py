"""What keeps a mapping from being read is found before anything is read, all of it at once."""

from __future__ import annotations

from typing import Any, cast

import pytest

from icp_monitor.config.connection import Connection
from icp_monitor.sources.rules import TableReader
from icp_monitor.sources.salesforce import SalesforceObjects
from tests.counterparts.salesforce.server import Counterpart
from tests.integration.salesforce.reading import source_of


class Deals:
    """A reader whose amounts have a currency."""

    names = ("amount", "currency")


@pytest.fixture
def refusals(salesforce: Counterpart, client_credentials: Connection) -> Any:
    """What is refused of a mapping, as text."""
    del salesforce

    def refused(name: str, *columns: str, **table: Any) -> list[str]:
        connector = SalesforceObjects(source_of(name, columns, **table), client_credentials)
        return [str(item) for item in connector.refusals("crm", {"accounts": cast("TableReader", Deals())})]

    return refused


def test_a_sound_mapping_is_not_refused(refusals: Any) -> None:
    assert refusals("Opportunity", "Id", "stagename", "Account.Industry", "RecordType.Name", where="Amount > 0") == []


def test_every_unknown_field_is_named_with_the_nearest_and_with_field_level_security(
    salesforce: Counterpart, refusals: Any
) -> None:
    salesforce.org.hidden.add(("Account", "Secret__c"))
    typo, hidden, related = refusals("Account", "Id", "Industri", "Secret__c", "Parent.Namex")
    assert "sources.yaml: crm.tables.accounts.columns" in typo
    assert "did you mean Industry?" in typo
    assert "'Secret__c'" in hidden
    assert "field-level security" in hidden
    assert "did you mean Name?" in related


def test_a_compound_field_is_refused_with_its_parts(refusals: Any) -> None:
    (refused,) = refusals("Account", "BillingAddress")
    assert "use one of its parts: BillingCity, BillingCountry" in refused


def test_an_unknown_object_is_named_with_the_nearest(refusals: Any) -> None:
    (refused,) = refusals("Opportunityx", "Id")
    assert "'Opportunity'" in refused


def test_an_optional_object_may_be_missing(salesforce: Counterpart, client_credentials: Connection) -> None:
    del salesforce
    connector = SalesforceObjects(source_of("Partner__c", ["Id"], optional=True), client_credentials)
    assert list(connector.offered()) == []
    assert connector.refusals("crm", {"accounts": cast("TableReader", Deals())}) == []


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("Type = 'a') OR (Type = 'b'", "closed that was never opened"),
        ("(Type = 'a'", "parenthesis is never closed"),
        ("Name = 'O'Neill'", "quote is never closed"),
    ],
)
def test_a_condition_can_not_reach_out_of_its_parentheses(refusals: Any, where: str, fault: str) -> None:
    (refused,) = refusals("Account", "Id", where=where)
    assert fault in refused


@pytest.mark.parametrize("column", ["Id, Name", "COUNT()", "Id FROM User", "(SELECT Id FROM Contacts)", "A..B"])
def test_nothing_but_a_name_gets_into_a_query(salesforce: Counterpart, refusals: Any, column: str) -> None:
    (refused,) = refusals("Account", column)
    assert "no name of a field" in refused
    assert salesforce.queries == []


def test_an_objects_name_is_never_taken_for_a_path(salesforce: Counterpart, refusals: Any) -> None:
    (refused,) = refusals("Account/describe?x=", "Id")
    assert "no such object" in refused
    assert not any("x=" in request.address for request in salesforce.requests)


def test_amounts_in_several_currencies_need_the_currency_of_each(salesforce: Counterpart, refusals: Any) -> None:
    assert refusals("Opportunity", "Id", "Amount") == []
    salesforce.org.features.add("multi-currency")
    (refused,) = refusals("Opportunity", "Id", "Amount")
    assert "map currency: CurrencyIsoCode" in refused
    assert refusals("Opportunity", "Id", "Amount", "currencyisocode") == []
