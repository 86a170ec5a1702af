"""What a Salesforce org knows of its objects: fields, types, relationships, and the features that bring them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One field of an object; ``feature`` names what an org must use for the field to exist."""

    name: str
    type: str
    compound: str | None = None
    refers_to: str | None = None
    feature: str | None = None

    @property
    def relationship(self) -> str | None:
        """``AccountId`` is reached through as ``Account``."""
        return self.name.removesuffix("Id") if self.refers_to else None

    @property
    def is_filterable(self) -> bool:
        return self.type not in ("anyType", "address")


@dataclass(frozen=True)
class SObject:
    """One object; ``prefix`` opens the ids of its records."""

    name: str
    prefix: str
    fields: tuple[Field, ...]


def _fields(**types: str) -> Iterator[Field]:
    """``Industry="picklist"``, ``AccountId="reference:Account"``, ``BillingCity="string@BillingAddress"``."""
    for name, written in types.items():
        kind, _, feature = written.partition("?")
        kind, _, compound = kind.partition("@")
        kind, _, target = kind.partition(":")
        yield Field(name, kind, compound or None, target or None, feature or None)


_SYSTEM = {"Id": "id", "IsDeleted": "boolean", "CreatedDate": "datetime"}
_RECORD = {**_SYSTEM, "LastModifiedDate": "datetime", "SystemModstamp": "datetime", "OwnerId": "reference:User"}
_MULTI = {"CurrencyIsoCode": "picklist?multi-currency"}
_CHANGE = {"Field": "picklist", "DataType": "picklist", "OldValue": "anyType", "NewValue": "anyType"}

OBJECTS: dict[str, SObject] = {
    item.name: item
    for item in (
        SObject(
            "Account",
            "001",
            tuple(
                _fields(
                    **_RECORD,
                    **_MULTI,
                    MasterRecordId="reference:Account",
                    Name="string",
                    FirstName="string@Name?person-accounts",
                    LastName="string@Name?person-accounts",
                    IsPersonAccount="boolean?person-accounts",
                    ParentId="reference:Account",
                    RecordTypeId="reference:RecordType?record-types",
                    Type="picklist",
                    Industry="picklist",
                    AnnualRevenue="currency",
                    NumberOfEmployees="int",
                    Technologies__c="multipicklist",
                    Secret__c="string",
                    BillingAddress="address",
                    BillingCity="string@BillingAddress",
                    BillingCountry="string@BillingAddress",
                )
            ),
        ),
        SObject(
            "Opportunity",
            "006",
            tuple(
                _fields(
                    **_RECORD,
                    **_MULTI,
                    AccountId="reference:Account",
                    Name="string",
                    RecordTypeId="reference:RecordType?record-types",
                    StageName="picklist",
                    Type="picklist",
                    LeadSource="picklist",
                    Amount="currency",
                    Probability="percent",
                    CloseDate="date",
                    LastStageChangeDate="datetime",
                    IsClosed="boolean",
                    IsWon="boolean",
                    Loss_Reason__c="picklist",
                    Competitor__c="string",
                )
            ),
        ),
        SObject(
            "Lead",
            "00Q",
            tuple(
                _fields(
                    **_RECORD,
                    MasterRecordId="reference:Lead",
                    LastName="string@Name",
                    Company="string",
                    Status="picklist",
                    LeadSource="picklist",
                    IsConverted="boolean",
                    ConvertedDate="date",
                    ConvertedAccountId="reference:Account",
                    ConvertedOpportunityId="reference:Opportunity",
                )
            ),
        ),
        SObject(
            "OpportunityHistory",
            "008",
            tuple(
                _fields(
                    **_SYSTEM,
                    **_MULTI,
                    SystemModstamp="datetime",
                    OpportunityId="reference:Opportunity",
                    StageName="picklist",
                    Amount="currency",
                    Probability="percent",
                    CloseDate="date",
                )
            ),
        ),
        SObject(
            "OpportunityFieldHistory",
            "017",
            tuple(_fields(**_SYSTEM, **_CHANGE, OpportunityId="reference:Opportunity")),
        ),
        SObject("AccountHistory", "01A", tuple(_fields(**_SYSTEM, **_CHANGE, AccountId="reference:Account"))),
        SObject("RecordType", "012", tuple(_fields(**_SYSTEM, SystemModstamp="datetime", Name="string"))),
        SObject("User", "005", tuple(_fields(**_SYSTEM, SystemModstamp="datetime", Name="string"))),
    )
}
