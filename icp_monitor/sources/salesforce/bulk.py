"""Many records: a query job of Bulk API 2.0, which outlives the session that asked for it."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from simple_salesforce.api import Salesforce
from simple_salesforce.bulk2 import JobState, Operation, QueryResult, SFBulk2Handler
from simple_salesforce.exceptions import SalesforceOperationError

from icp_monitor.sources.salesforce.client import Client
from icp_monitor.sources.salesforce.fields import Field
from icp_monitor.sources.salesforce.notation import Row, as_text
from icp_monitor.sources.salesforce.soql import Query

PAGE = 25_000  # records; some 10 MB of text
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, *[30.0] * 480)  # seconds between two looks at a job, four hours altogether


def rows(client: Client, query: Query, fields: Sequence[Field]) -> Iterator[Row]:
    """The records that a query finds, deleted ones too, in no order. A page is in memory at a time.

    When the session expires, the same job goes on with the same page in a new one, so that no record is lost or comes
    twice. The query's order is left out, because a job would refuse it.
    """
    unordered = str(replace(query, order=()))
    job = client.ask(lambda api: _jobs(api, query).create_job(Operation.query_all, unordered))["id"]
    _wait(client, query, job)
    locator = ""
    while True:
        page = client.ask(lambda api, at=locator: _jobs(api, query).get_query_results(job, at, PAGE))  # type: ignore[misc]
        yield from _read(page, fields)
        locator = page["locator"]
        if not locator:
            return


def _wait(client: Client, query: Query, job: str) -> None:
    for pause in _PAUSES:
        found = client.ask(lambda api: _jobs(api, query).get_job(job, is_query=True))
        if found["state"] == JobState.job_complete:
            return
        if found["state"] in (JobState.failed, JobState.aborted):
            raise SalesforceOperationError(found.get("errorMessage") or found["state"])
        time.sleep(pause)
    raise SalesforceOperationError(f"job {job} isn't done after {sum(_PAUSES) / 3600:.0f} hours")


def _read(page: QueryResult, fields: Sequence[Field]) -> Iterator[Row]:
    """The rows of a page, whose first line names the fields.

    Raises:
        SalesforceOperationError: it holds another number of records than it should.
    """
    lines = csv.reader(io.StringIO(page["records"], newline=""))
    header = {name.lower(): position for position, name in enumerate(next(lines, []))}
    wanted = [(header[field.path.lower()], field.kind) for field in fields]
    count = 0
    for line in lines:
        count += 1
        yield tuple(as_text(line[position], kind) for position, kind in wanted)
    if count != page["number_of_records"]:
        raise SalesforceOperationError(f"a page of {page['number_of_records']} records holds {count}")


def _jobs(api: Salesforce, query: Query) -> Any:
    """simple-salesforce's client for single steps of a job: its public generators can't go on after an error."""
    return getattr(cast("SFBulk2Handler", api.bulk2), query.object)._client
