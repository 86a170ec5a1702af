"""Counts what is wrong with the data, before anything is judged on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.checks.completeness import completeness_results, fill_counts
from icp_monitor.checks.freshness import freshness_result, newest_fact
from icp_monitor.checks.quarantine import quarantine_counts, quarantine_result
from icp_monitor.checks.references import account_references, reference_results
from icp_monitor.checks.result import CheckResult
from icp_monitor.checks.vocabulary import Vocabulary, unknown_values, value_counts
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.matching import CategoryAttribute
from icp_monitor.config.monitoring import DataGate
from icp_monitor.ledger import RunKey
from icp_monitor.pipeline.naming import asof_of, step, version_of
from icp_monitor.pipeline.partitions import of_run, rows_of
from icp_monitor.pipeline.scores import has_stage_events
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities
from icp_monitor.snapshots.visible import visible
from icp_monitor.warehouse import Warehouse

Table = tuple[str, sa.FromClause]


def check_data(workspace: Workspace, key: RunKey) -> tuple[CheckResult, ...]:
    """Run every data check as of the run's day and store what they found."""
    import pyarrow as pa

    icp, asof = version_of(workspace, key).icp, asof_of(workspace, key)
    with step(workspace, key, "check") as counts, workspace.warehouse(icp) as (warehouse, catalogue):
        results = tuple(_results(workspace, warehouse, catalogue, icp, asof))
        rows = [{**asdict(result), **vars(key)} for result in results]
        schema = [(column.name, _arrow_type(column)) for column in catalogue.data_checks.table.columns]
        counts["data_checks"] = warehouse.replace_partition(
            catalogue.data_checks, of_run(key), pa.Table.from_pylist(rows, schema=pa.schema(schema))
        )
    return results


def stored_checks(warehouse: Warehouse, catalogue: Catalogue, key: RunKey) -> tuple[CheckResult, ...]:
    """What the checks of the run found."""
    rows = rows_of(catalogue.data_checks, key)
    fields = CheckResult.__dataclass_fields__
    found = warehouse.read(sa.select(*(rows.c[name] for name in fields)).order_by(*rows.c)).to_pylist()
    return tuple(CheckResult(**row) for row in found)


def failed_fields(results: tuple[CheckResult, ...]) -> dict[str, list[str]]:
    """The failed checks by the field that they concern; ``*`` concerns every verdict."""
    failed: dict[str, list[str]] = defaultdict(list)
    for result in results:
        if result.status == "failed":
            failed[result.field].append(result.check)
    return dict(failed)


def _results(
    workspace: Workspace, warehouse: Warehouse, catalogue: Catalogue, icp: IcpConfig, asof: Asof
) -> Iterator[CheckResult]:
    gate = workspace.config.monitoring.data_gate
    people = accounts(catalogue, asof).subquery("accounts")
    deals = opportunities(catalogue, asof, has_stage_events(workspace)).subquery("deals")
    yield _freshness(warehouse, deals, asof.observed_until, gate)
    yield from _quarantine(workspace, warehouse, catalogue, asof, gate)
    records = visible(catalogue.raw_opportunities, asof).subquery("records")
    yield from reference_results(*_only_row(warehouse, account_references(records, people)).values())
    yield from _vocabulary(workspace, warehouse, icp, (("accounts", people), ("opportunities", records)), gate)
    total, *filled = _only_row(warehouse, fill_counts(people, [item.id for item in icp.attributes])).values()
    yield from completeness_results(total, dict(zip((item.id for item in icp.attributes), filled, strict=True)))


def _freshness(warehouse: Warehouse, deals: sa.FromClause, observed_until: date, gate: DataGate) -> CheckResult:
    row = _only_row(warehouse, newest_fact(deals))
    newest = max((day for day in (row["created_on"], row["closed_on"]) if day is not None), default=None)
    return freshness_result(row["total"], newest, observed_until, gate.max_days_stale)


def _quarantine(
    workspace: Workspace, warehouse: Warehouse, catalogue: Catalogue, asof: Asof, gate: DataGate
) -> Iterator[CheckResult]:
    """The quarantine of each source's newest load that was known: what has been put right since is not a finding."""
    for name in workspace.config.sources.sources:
        last = workspace.ledger.loads.last_of(name, known_by=asof.as_of)
        if last is None:
            continue
        counted = quarantine_counts(catalogue.quarantine.table, last.number)
        read = {name.removeprefix("read:"): n for name, n in last.counts.items() if name.startswith("read:")}
        for row in warehouse.read(counted.order_by("table_name", "reason")).to_pylist():
            yield quarantine_result(row["table_name"], row["reason"], row["n"], row["cure"], read, gate.max_quarantined)


def _vocabulary(
    workspace: Workspace, warehouse: Warehouse, icp: IcpConfig, tables: tuple[Table, ...], gate: DataGate
) -> Iterator[CheckResult]:
    for table, rows in tables:
        for field, vocabulary in _vocabularies(workspace, icp, table).items():
            if field in rows.c:
                found = warehouse.read(value_counts(rows, field)).to_pylist()
                counts = {row["value"]: row["n"] for row in found}
                yield from unknown_values(table, field, counts, vocabulary, gate.max_unknown_vocabulary)


def _vocabularies(workspace: Workspace, icp: IcpConfig, table: str) -> dict[str, Vocabulary]:
    """What is known of a table's fields: from the mapping where it says so, else from the profile."""
    found = {}
    if table == "accounts":
        for attribute in icp.attributes:
            if isinstance(attribute, CategoryAttribute) and attribute.match.hierarchy is None:
                known = (*attribute.match.full, *attribute.match.partial)
                found[attribute.id] = Vocabulary(known, complete=False)
    for source in workspace.config.sources.sources.values():
        for mapped, csv in source.tables.items():
            if mapped == table:
                found |= {
                    name: Vocabulary(item.known, complete=True) for name, item in csv.columns.items() if item.known
                }
    return found


def _only_row(warehouse: Warehouse, statement: sa.Select[Any]) -> dict[str, Any]:
    row: dict[str, Any] = warehouse.read(statement).to_pylist()[0]
    return row


def _arrow_type(column: sa.Column[Any]) -> Any:
    import pyarrow as pa

    if isinstance(column.type, sa.BigInteger):
        return pa.int64()
    if isinstance(column.type, sa.Integer):
        return pa.int32()
    return pa.date32() if isinstance(column.type, sa.Date) else pa.string()
