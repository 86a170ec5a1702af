"""How the tests read one object: with the connector, and from the counterpart's own records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from icp_monitor.config.sources import SalesforceSource
from icp_monitor.sources.connector import Connector, Reading
from tests.counterparts.salesforce.org import Org, Record

Row = dict[str, str | None]
Reader = Callable[..., tuple[list[Row], Reading]]


def source_of(name: str, columns: Sequence[str], **table: Any) -> SalesforceSource:
    """A source that maps one object as accounts; what the columns mean is no matter of the connector."""
    mapped = {f"column_{number}": column for number, column in enumerate(columns)}
    tables = {"accounts": {"object": name, "columns": mapped, **table}}
    return SalesforceSource.model_validate({"kind": "salesforce", "connection": "crm", "tables": tables}, strict=False)


def rows_in(connector: Connector, columns: Sequence[str], since: str | None) -> tuple[list[Row], Reading]:
    """What the connector reads, by column, and the reading when it is over."""
    reading = connector.read("accounts", columns, since)
    batches = [batch for batch in reading.batches for batch in batch.to_pylist()]
    return [{column: row[f"c{at}"] for at, column in enumerate(columns)} for row in batches], reading


def truth(org: Org, name: str, columns: Sequence[str], where: Callable[[Record], bool] = bool) -> list[Row]:
    """What the counterpart itself knows, in the notation that connectors hand over."""
    return [{column: _text(record[column]) for column in columns} for record in org.records(name) if where(record)]


def sorted_by_id(rows: Iterable[Row]) -> list[Row]:
    """Rows in the order of their ids: the order in which records come says nothing."""
    return sorted(rows, key=lambda row: str(row["Id"]))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    return value.isoformat() if isinstance(value, date) else f"{value:.10f}".rstrip("0").rstrip(".")
