"""Counts what is wrong with the data, before anything is judged on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.checks.data import Data, Pulled, Refusal
from icp_monitor.checks.records import anchored_deals, recent_deals
from icp_monitor.checks.result import CheckResult
from icp_monitor.checks.spans import Spans
from icp_monitor.drift.obstacles import fields_read_from
from icp_monitor.ledger import RunKey
from icp_monitor.ledger.runs import LIVE, VALIDATION
from icp_monitor.pipeline.naming import asof_of, step, version_of
from icp_monitor.pipeline.partitions import of_run, rows_of
from icp_monitor.pipeline.staleness import stale_since
from icp_monitor.pipeline.tier_checks import flips, tags
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.asof import Asof
from icp_monitor.warehouse import Warehouse


def check_data(workspace: Workspace, key: RunKey) -> tuple[CheckResult, ...]:
    """Run every data check as of the run's day and store what they found; what earlier runs tell is not stored."""
    import pyarrow as pa

    from icp_monitor.checks.gate import findings
    from icp_monitor.warehouse.arrow_types import arrow_type

    icp, asof = version_of(workspace, key).icp, asof_of(workspace, key)
    with step(workspace, key, "check") as counts, workspace.warehouse(icp) as (warehouse, catalogue):
        with _examined(workspace, warehouse, catalogue, key, asof) as data:
            results = (*findings(data), *tags(workspace, warehouse, catalogue, icp, asof))
        rows = [{**asdict(result), **vars(key)} for result in results]
        schema = [(column.name, arrow_type(column.type)) for column in catalogue.data_checks.table.columns]
        counts["data_checks"] = warehouse.replace_partition(
            catalogue.data_checks, of_run(key), pa.Table.from_pylist(rows, schema=pa.schema(schema))
        )
        return (*results, *flips(workspace, warehouse, catalogue, key.as_of))


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
            for field in fields_read_from(result.table_name, result.field):
                failed[field].append(result.check)
    return {field: sorted(set(checks)) for field, checks in failed.items()}


@contextmanager
def _examined(
    workspace: Workspace, warehouse: Warehouse, catalogue: Catalogue, key: RunKey, asof: Asof
) -> Iterator[Data]:
    """The day's records, deals and their accounts computed once for all checks.

    A look judges the deals up to its day, a validation those that have been watched for the horizon.
    """
    icp = version_of(workspace, key).icp
    watched = asof.as_of - timedelta(days=icp.horizon_days if key.run_set == VALIDATION else 0)
    spans = Spans.of(icp.baseline.window, min(watched, asof.observed_until))
    known = recent_deals(catalogue, asof, spans)
    with (
        warehouse.computed(known) as deals,
        warehouse.computed(anchored_deals(catalogue, icp, asof, deals, spans)) as anchored,
    ):
        yield Data(
            icp=icp,
            gate=workspace.config.monitoring.data_gate,
            sources=workspace.config.sources,
            catalogue=catalogue,
            asof=asof,
            spans=spans,
            accounts=accounts(catalogue, asof).subquery("accounts"),
            deals=deals,
            anchored=anchored,
            read=lambda statement: warehouse.read(statement).to_pylist(),
            events=workspace.config.monitoring.events,
            pulled=tuple(_pulled(workspace, asof)),
            refusal=_refusal(workspace, asof) if key.run_set == LIVE else None,
            first_month=workspace.first_month,
        )


def _pulled(workspace: Workspace, asof: Asof) -> Iterator[Pulled]:
    for name in workspace.config.sources.sources:
        last = workspace.ledger.loads.last_of(name, known_by=asof.as_of)
        if last is not None:
            read = {table.removeprefix("read:"): n for table, n in last.counts.items() if table.startswith("read:")}
            yield Pulled(name, last.number, read)


def _refusal(workspace: Workspace, asof: Asof) -> Refusal | None:
    stale = stale_since(workspace, asof.as_of)
    return Refusal(stale.since, stale.reason) if stale else None
