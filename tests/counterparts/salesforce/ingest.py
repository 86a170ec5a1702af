"""Bulk API 2.0 ingest jobs: made, filled, closed, and what they refuse told by record."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.counterparts.salesforce.exchange import RefusalError, Reply, Request, as_json
from tests.counterparts.salesforce.org import Org, Record
from tests.counterparts.salesforce.rest import Rest
from tests.counterparts.salesforce.schema import Field

NOTHING = "#N/A"


class CustomOrg(Org):
    """An org whose accounts have fields of its own; ``read_only`` ones may be seen and not changed."""

    def __init__(self, **custom: str) -> None:
        super().__init__()
        self.custom = custom
        self.locked: set[str] = set()

    def fields(self, name: str) -> dict[str, Field]:
        """Also the fields of its own."""
        own = {field: Field(field, kind) for field, kind in self.custom.items()} if name == "Account" else {}
        return {**super().fields(name), **own}

    def create(self, name: str, **values: Any) -> str:
        """A record has the custom fields too."""
        custom = {field: values.pop(field, None) for field in self.custom}
        key = super().create(name, **values)
        if name == "Account":
            self._records[key] |= custom
        return key


@dataclass
class Job:
    """One job, with the rows that it was given."""

    id: str
    object: str
    operation: str
    key: str
    state: str = "Open"
    rows: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)


class Ingest:
    """Answers requests below ``/jobs/ingest``. A record whose id is in ``org.locked`` can't be changed."""

    def __init__(self, org: CustomOrg, otherwise: Rest) -> None:
        self.jobs: dict[str, Job] = {}
        self.written: list[tuple[str, dict[str, str]]] = []
        self._org, self._otherwise = org, otherwise
        self._numbers = count(1)

    def answer(self, request: Request) -> Reply:
        """Answer a request for ingest jobs; any other goes to the REST resources."""
        _, found, rest = request.path.partition("/jobs/ingest")
        if not found:
            return self._otherwise.answer(request)
        job_id, *what = rest.strip("/").split("/")
        if request.method == "POST" and not job_id:
            return self._create(json.loads(request.body))
        job = self.jobs.get(job_id)
        match (request.method, *what):
            case _ if job is None:
                raise RefusalError(404, "NOT_FOUND", "The requested resource does not exist")
            case ("PUT", "batches"):
                job.rows = list(csv.DictReader(io.StringIO(request.body.decode())))
                return Reply(201)
            case ("PATCH",):
                self._close(job, json.loads(request.body)["state"])
                return as_json(self._shape(job))
            case ("GET",):
                return as_json(self._shape(job))
            case ("GET", "failedResults"):
                return _as_csv(job)
        raise RefusalError(404, "NOT_FOUND", "The requested resource does not exist")

    def _create(self, asked: Mapping[str, str]) -> Reply:
        key = asked.get("externalIdFieldName", "Id")
        job = Job(f"750{next(self._numbers):012d}AAB", asked["object"], asked["operation"], key)
        self.jobs[job.id] = job
        return as_json(self._shape(job))

    def _close(self, job: Job, state: str) -> None:
        if state != "UploadComplete":
            job.state = state
            return
        for row in job.rows:
            reason = self._write(job, row)
            if reason:
                job.failed.append({"sf__Id": row.get("Id", ""), "sf__Error": reason, **row})
        job.state = "JobComplete"

    def _write(self, job: Job, row: Mapping[str, str]) -> str | None:
        record = self._found(job, row[job.key])
        if record is None:
            return f"ENTITY_IS_DELETED:entity is deleted:{job.key}--"
        if record["Id"] in self._org.locked:
            return "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--"
        unknown = set(row) - set(self._org.fields(job.object))
        if unknown:
            return f"INVALID_FIELD:no such column {sorted(unknown)}:--"
        given = {name: None if text == NOTHING else text for name, text in row.items() if text and name != job.key}
        self._org.update(record["Id"], **given)
        self.written.append((record["Id"], dict(row)))
        return None

    def _found(self, job: Job, key: str) -> Record | None:
        there = (record for record in self._org.records(job.object) if not record["IsDeleted"])
        return next((record for record in there if record[job.key] == key), None)

    def _shape(self, job: Job) -> dict[str, Any]:
        return {
            "id": job.id,
            "object": job.object,
            "operation": job.operation,
            "state": job.state,
            "numberRecordsProcessed": len(job.rows),
            "numberRecordsFailed": len(job.failed),
        }


def _as_csv(job: Job) -> Reply:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["sf__Id", "sf__Error", *(job.rows[0] if job.rows else ())])
    writer.writeheader()
    writer.writerows(job.failed)
    return Reply(200, text.getvalue().encode(), {"Content-Type": "text/csv"})
