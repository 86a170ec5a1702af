"""What a field says is the same however it is read, and nobody's name is read where a company's belongs."""

from __future__ import annotations

from tests.counterparts.salesforce.server import Counterpart
from tests.integration.salesforce.reading import Reader, Row, sorted_by_id


def test_values_are_the_same_whether_they_came_as_json_or_as_csv(salesforce: Counterpart, read: Reader) -> None:
    """Otherwise each record would seem to change with the way that it was read."""
    salesforce.org.features |= {"record-types", "multi-currency"}
    kind = salesforce.org.create("RecordType", Name="Enterprise")
    columns = ("Id", "Name", "AnnualRevenue", "NumberOfEmployees", "Technologies__c", "CreatedDate", "RecordType.Name")
    for revenue in (None, 0.1, 12.5, 1e7, 123456789.01, 3e12):
        values = {"Name": 'Ä "quoted", and\r\nbroken ', "Technologies__c": "AWS;SAP", "RecordTypeId": kind}
        salesforce.org.create("Account", AnnualRevenue=revenue, NumberOfEmployees=12, **values)
    salesforce.org.create("Account", Name="Without a record type")
    salesforce.org.wait(minutes=1)
    in_bulk, reading = read("Account", *columns)
    for record in salesforce.org.records("Account"):
        salesforce.org.update(record["Id"], Type="Customer")
    salesforce.org.wait(minutes=1)
    through_rest, _ = read("Account", *columns, since=reading.watermark())
    assert sorted_by_id(in_bulk) == sorted_by_id(through_rest)
    assert {row["AnnualRevenue"] for row in in_bulk} == {
        *(None, "0.1", "12.5", "10000000", "123456789.01", "3000000000000")
    }
    assert {row["RecordType.Name"] for row in in_bulk} == {"Enterprise", None}


def test_the_name_of_a_natural_person_is_never_read_as_an_accounts_name(salesforce: Counterpart, read: Reader) -> None:
    salesforce.org.features.add("person-accounts")
    company = salesforce.org.create("Account", Name="Company")
    person = salesforce.org.create("Account", Name="Erika Muster", LastName="Muster", IsPersonAccount=True)
    salesforce.org.wait(hours=1)
    rows, reading = read("Account", "Id", "Name", "LastName")
    assert sorted_by_id(rows) == [
        {"Id": company, "Name": "Company", "LastName": None},
        {"Id": person, "Name": None, "LastName": None},
    ]
    salesforce.org.update(person, Name="Erika Mustermann")
    salesforce.org.wait(minutes=1)
    again, _ = read("Account", "Id", "Name", since=reading.watermark())
    assert again == [{"Id": person, "Name": None}]


def test_columns_come_in_the_order_asked_for_whatever_their_spelling(salesforce: Counterpart, read: Reader) -> None:
    key = salesforce.org.create("Account", Name="Company", Industry="Health")
    rows: list[Row]
    rows, _ = read("Account", "industry", "ID", "Industry", "CurrencyIsoCode", "name")
    expected = {"industry": "Health", "ID": key, "Industry": "Health", "CurrencyIsoCode": None, "name": "Company"}
    assert rows == [expected]
