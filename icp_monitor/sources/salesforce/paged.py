"""Few records: a query's pages through REST."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from icp_monitor.sources.salesforce import bulk
from icp_monitor.sources.salesforce.client import Client
from icp_monitor.sources.salesforce.fields import Field
from icp_monitor.sources.salesforce.notation import Row, as_text
from icp_monitor.sources.salesforce.soql import Query

MANY = 10_000  # records; from here on Salesforce recommends Bulk API 2.0, and REST would take a call for each 2,000


def rows(client: Client, query: Query, fields: Sequence[Field]) -> Iterator[Row]:
    """The records that a query finds, deleted ones too; through Bulk API 2.0 when they turn out to be many."""
    for page in client.pages(str(query)):
        if page["totalSize"] > MANY:
            yield from bulk.rows(client, query, fields)
            return
        for record in page["records"]:
            yield tuple(as_text(_value(record, field.path), field.kind) for field in fields)


def _value(record: Mapping[str, Any] | None, path: str) -> Any:
    """A value of the record, or of one that it refers to; None where it refers to none."""
    first, _, rest = path.partition(".")
    if record is None or not rest:
        return None if record is None else record[first]
    return _value(record[first], rest)
