"""One object of an organisation, as a mapping wants to read it: its fields, and what stands against that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from icp_monitor.config.suggestions import did_you_mean
from icp_monitor.errors import Problem
from icp_monitor.sources.salesforce.client import Client
from icp_monitor.sources.salesforce.fields import Field, Unreadable, find
from icp_monitor.sources.salesforce.soql import NAME, open_end

CURRENCY, PERSON, DELETED, ID = "CurrencyIsoCode", "IsPersonAccount", "IsDeleted", "Id"
CHANGED, CREATED = "SystemModstamp", "CreatedDate"


@dataclass(frozen=True)
class SalesforceObject:
    """An object by name; ``written`` are its fields as a mapping names them, ``where`` the mapping's condition."""

    client: Client
    name: str
    written: tuple[str, ...]
    where: str | None = None

    @property
    def exists(self) -> bool:
        """Whether the organisation has such an object that the user may query."""
        return bool(NAME.fullmatch(self.name) and (self._description or {}).get("queryable"))

    @property
    def only_grows(self) -> bool:
        """Histories are added to and at last forgotten: a row that is missing was not deleted."""
        return self.name.endswith("History")

    @property
    def clock(self) -> str | None:
        """The field that says when a record changed last."""
        return next((name for name in (CHANGED, CREATED) if self.has(name)), None)

    def has(self, name: str) -> bool:
        """Whether there is a field of this name, for the user to read."""
        return isinstance(find(self.client.describe, self.name, name), Field)

    def field(self, name: str) -> Field:
        """A field that is known to exist."""
        found = find(self.client.describe, self.name, name)
        assert isinstance(found, Field), f"{self.name}.{name} was refused before"
        return found

    def fields(self) -> list[Field | None]:
        """The written fields; None for one that belongs to a feature which the organisation doesn't use."""
        found = [find(self.client.describe, self.name, name) for name in self.written]
        return [field if isinstance(field, Field) else None for field in found]

    def problems(self, where: str) -> Iterator[Problem]:
        """All that keeps the object from being read as the mapping has it."""
        if not self.exists:
            cure = did_you_mean(self.name, self.client.object_names()) or "let the connection's user read it"
            yield Problem(where, "Salesforce has no such object that the connection's user may read", self.name, cure)
            return
        for name in self.written:
            found = find(self.client.describe, self.name, name)
            if isinstance(found, Unreadable) and not found.unused:
                yield Problem(f"{where}.columns", found.message, repr(name), found.cure)
        if self.where is not None and (fault := open_end(self.where)):
            yield Problem(f"{where}.where", fault, repr(self.where), "write a condition as SOQL has it after WHERE")

    def mixes_currencies(self) -> bool:
        """Whether amounts are read that may be in several currencies, without the currency of each."""
        read = [field for field in self.fields() if field is not None]
        has_amounts = any(field.kind == "currency" for field in read)
        return has_amounts and self.has(CURRENCY) and all(field.path != CURRENCY for field in read)

    @property
    def _description(self) -> Mapping[str, Any] | None:
        return self.client.describe(self.name)
