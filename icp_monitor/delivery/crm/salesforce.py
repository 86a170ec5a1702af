"""Fields of a Salesforce object, updated by jobs of Bulk API 2.0."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from icp_monitor.delivery.crm.target import Change, Failure, Values
from icp_monitor.errors import Problem

ID = "Id"
NOTHING = "#N/A"  # how a job is told to empty a field; it leaves one alone that is merely blank


class Organisation(Protocol):
    """What is needed of a client of Salesforce."""

    def ask(self, question: Callable[[Any], Any]) -> Any:
        """The answer to a question put to simple-salesforce."""

    def pages(self, query: str) -> Iterator[Mapping[str, Any]]:
        """The pages of a query."""

    def describe(self, name: str) -> Mapping[str, Any] | None:
        """The description of an object."""

    def close(self) -> None:
        """Give up the connections."""


class SalesforceFields:
    """See ``Target``. ``key`` is the field that holds our account ids: the record's own id, or an external one."""

    batch = 10_000

    def __init__(self, client: Organisation, name: str, key: str | None, fields: Sequence[str]) -> None:
        self._client, self._object, self._key, self._fields = client, name, key or ID, tuple(fields)

    def refusals(self) -> list[Problem]:
        """See ``Target``."""
        described = self._client.describe(self._object)
        if described is None:
            return [Problem(f"Salesforce: {self._object}", "there is no such object, or it may not be seen")]
        known = {field["name"]: field for field in described["fields"]}
        problems = []
        for name in (self._key, *self._fields):
            place = f"Salesforce: {self._object}.{name}"
            if name not in known:
                cure = "create the field, or correct its name under export in monitoring.yaml"
                problems.append(Problem(place, "there is no such field, or it may not be seen", cure=cure))
            elif name in self._fields and not known[name].get("updateable", True):
                problems.append(Problem(place, "it may not be changed", cure="let the connection's user edit it"))
        return problems

    def held(self) -> dict[str, Values]:
        """See ``Target``."""
        columns = ", ".join(dict.fromkeys([self._key, *self._fields]))
        query = f"SELECT {columns} FROM {self._object} WHERE IsDeleted = FALSE"  # noqa: S608 - SOQL of checked names
        return {
            str(record[self._key]): {name: _text(record.get(name)) for name in self._fields}
            for page in self._client.pages(query)
            for record in page["records"]
            if record[self._key] is not None
        }

    def update(self, changes: Sequence[Change]) -> list[Failure]:
        """See ``Target``. A job that is run again writes the same values."""
        rows = [
            {self._key: change.key, **{name: NOTHING if text is None else text for name, text in change.values.items()}}
            for change in changes
        ]
        failed: list[Failure] = self._client.ask(lambda api: list(self._run(getattr(api.bulk2, self._object), rows)))
        return failed

    def close(self) -> None:
        """See ``Target``."""
        self._client.close()

    def _run(self, jobs: Any, rows: list[dict[str, str]]) -> Iterator[Failure]:
        """An update never makes a record; only a foreign key needs an upsert, and all its keys were just read."""
        if self._key == ID:
            done = jobs.update(records=rows, batch_size=self.batch)
        else:
            done = jobs.upsert(records=rows, external_id_field=self._key, batch_size=self.batch)
        for job in done:
            if job["numberRecordsFailed"]:
                text = jobs.get_failed_records(job["job_id"])
                yield from (Failure(row[self._key], row["sf__Error"]) for row in csv.DictReader(io.StringIO(text)))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
