"""Bulk API 2.0 query jobs: made, polled, and fetched in pages whose rows come in no order."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.counterparts.salesforce import soql
from tests.counterparts.salesforce.exchange import RefusalError, Reply, Request, as_json
from tests.counterparts.salesforce.org import Org, Record

_OPERATIONS = {"query": False, "queryAll": True}


@dataclass
class Job:
    """One job; ``polls`` more questions are answered with InProgress."""

    id: str
    operation: str
    fields: tuple[str, ...]
    rows: list[list[str]]
    fault: str | None
    polls: int = 1

    @property
    def state(self) -> str:
        if self.polls > 0:
            return "InProgress"
        return "Failed" if self.fault else "JobComplete"


class Bulk:
    """Answers requests below ``/jobs/query``; ``page_size`` bounds a page whatever the client asks for."""

    def __init__(self, org: Org, understand: Callable[[str], soql.Query]) -> None:
        self.page_size = 50_000
        self.jobs: dict[str, Job] = {}
        self._org = org
        self._understand = understand
        self._numbers = count(1)
        self._shuffle = random.Random(7)

    def answer(self, request: Request, *rest: str) -> Reply:
        """Answer a request for the jobs, one job, or its results."""
        if not rest and request.method == "POST":
            return self._create(json.loads(request.body))
        job = self.jobs.get(rest[0]) if rest else None
        if job is None or request.method != "GET":
            raise RefusalError(404, "NOT_FOUND", "The requested resource does not exist")
        if rest[1:] == ("results",):
            return self._results(job, request)
        reply = as_json({"id": job.id, "operation": job.operation, "state": job.state, "errorMessage": job.fault or ""})
        job.polls -= 1
        return reply

    def _create(self, asked: dict[str, Any]) -> Reply:
        query = self._understand(asked["query"])
        if query.order or query.limit is not None:
            raise RefusalError(400, "API_ERROR", "ORDER BY and LIMIT aren't supported in a query job")
        rows = [
            [_cell(soql.value_of(self._org, record, path)) for path in query.fields]
            for record in self._run(query, asked["operation"])
        ]
        self._shuffle.shuffle(rows)
        job = Job(f"750{next(self._numbers):012d}AAA", asked["operation"], query.fields, rows, self._fault(query))
        self.jobs[job.id] = job
        return as_json({"id": job.id, "operation": job.operation, "state": "UploadComplete"})

    def _run(self, query: soql.Query, operation: str) -> list[Record]:
        if operation not in _OPERATIONS:
            raise RefusalError(400, "API_ERROR", f"Invalid operation: {operation}")
        return query.run(self._org, deleted=_OPERATIONS[operation])

    def _fault(self, query: soql.Query) -> str | None:
        known = self._org.fields(query.object)
        compound = [path for path in query.fields if path in known and known[path].type == "address"]
        return f"FUNCTIONALITY_NOT_ENABLED: Selecting compound data {compound} not supported" if compound else None

    def _results(self, job: Job, request: Request) -> Reply:
        if job.state != "JobComplete":
            raise RefusalError(400, "API_ERROR", "The job isn't complete")
        asked = request.parameters
        start = int(base64.b64decode(asked["locator"])) if "locator" in asked else 0
        end = start + min(self.page_size, int(asked.get("maxRecords", self.page_size)))
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(job.fields)
        writer.writerows(job.rows[start:end])
        following = base64.b64encode(str(end).encode()).decode() if end < len(job.rows) else "null"
        headers = {
            "Content-Type": "text/csv",
            "Content-Encoding": "gzip",
            "Sforce-Locator": following,
            "Sforce-NumberOfRecords": str(len(job.rows[start:end])),
        }
        return Reply(200, gzip.compress(text.getvalue().encode()), headers)


def _cell(value: Any) -> str:
    """A value as CSV: nothing for null, and numbers as Java prints doubles."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    if isinstance(value, float) and abs(value) >= 1e7:
        digits, _, exponent = f"{value:.15E}".partition("E")
        return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}E{int(exponent)}"
    return "" if value is None else str(value)
