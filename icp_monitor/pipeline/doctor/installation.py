"""Is everything there that a run needs: configuration, sources, stores, a place for results, Slack?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

import sqlalchemy as sa

from icp_monitor.catalogue import Dataset, catalogue_of
from icp_monitor.config.linting import lint
from icp_monitor.config.sources import CsvSource, Source
from icp_monitor.errors import IcpError, Problem
from icp_monitor.pipeline.doctor.finding import Finding, findings_of, findings_of_error
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.settings import Settings
from icp_monitor.warehouse import open_warehouse

_PROBE = "doctor_probe"


def configuration(settings: Settings) -> list[Finding]:
    """The three files: everything that is wrong, or that they can be used."""
    report = lint(settings.config_dir, settings.clock.now().date())
    if not report.ok:
        return findings_of("configuration", "misconfigured", report.errors)
    if not report.warnings:
        return [Finding("configuration", "ok", f"{settings.config_dir} can be used")]
    message = f"{settings.config_dir} can be used; {len(report.warnings)} things deserve a second look"
    return [Finding("configuration", "note", message, "icp-monitor icp lint lists them")]


def sources(workspace: Workspace) -> Iterator[Finding]:
    """Whether each source can be reached and holds what is mapped; nothing is read."""
    for name, source in workspace.config.sources.sources.items():
        part = f"source {name}"
        try:
            found = findings_of(part, "broken", _refusals(workspace, name, source))
        except IcpError as error:
            found = findings_of_error(part, error)
        if found:
            yield from found
        else:
            yield Finding(part, "ok", f"{source.kind}: reached, with {', '.join(source.tables)}")


def warehouse(workspace: Workspace) -> list[Finding]:
    """Whether the warehouse can be written: a row is stored and removed again."""
    try:
        _write_a_row(workspace)
    except IcpError as error:
        return findings_of_error("warehouse", error)
    return [Finding("warehouse", "ok", "can be read and written")]


def ledger(workspace: Workspace) -> list[Finding]:
    """Whether the ledger's record of decisions is whole; that it can be written shows when it is opened."""
    try:
        workspace.ledger.events.verify_chain()
    except IcpError as error:
        return findings_of_error("ledger", error)
    decisions = len(workspace.ledger.events.history())
    return [Finding("ledger", "ok", f"can be written; the record of {decisions} decisions is whole")]


def output(settings: Settings) -> Finding:
    """Whether reports and messages can be written."""
    folder = settings.output_dir
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return Finding("output", "ok", f"{folder} can be written")
    return Finding("output", "broken", f"{folder} can't be written", "set ICP_OUTPUT_DIR to a folder of yours")


def slack(workspace: Workspace) -> Finding:
    """Whether messages reach anybody."""
    if workspace.config.monitoring.alerting.delivery == "outbox":
        message = "messages are written to files in the outbox; nobody is told"
        return Finding("slack", "note", message, "write delivery: live in monitoring.yaml when you trust them")
    if workspace.settings.slack_token is None:
        message = "delivery is live, but there is no token"
        return Finding("slack", "misconfigured", message, "set ICP_SLACK_TOKEN, or write delivery: outbox")
    return Finding("slack", "ok", "delivery is live, and a token is set")


def export(workspace: Workspace) -> Iterator[Finding]:
    """Whether the ways back that are set up name connections that there are."""
    ways = workspace.config.monitoring.export
    for kind, way in (("table", ways.table), ("salesforce", ways.salesforce), ("hubspot", ways.hubspot)):
        if way is None or way.connection is None:
            continue
        try:
            workspace.connection(way.connection)
        except IcpError as error:
            yield from findings_of_error(f"export to {kind}", error)
        else:
            cure = f"icp-monitor export --to {kind} --dry-run says what would change"
            yield Finding(f"export to {kind}", "ok", "its connection is set", cure)


def _refusals(workspace: Workspace, name: str, source: Source) -> list[Problem]:
    from icp_monitor.sources import connect
    from icp_monitor.sources.readers import readers_of

    folder = workspace.source_folder(source.folder) if isinstance(source, CsvSource) else workspace.config.folder
    currency = source.currency or workspace.config.monitoring.calendar.currency
    readers = readers_of(source, workspace.config.icp.attributes, workspace.today, currency)
    with closing(connect(name, source, folder, workspace.connection)) as connector:
        return connector.refusals(name, readers)


def _write_a_row(workspace: Workspace) -> None:
    text = sa.Column("at", sa.Text, nullable=False), sa.Column("who", sa.Text, nullable=False)
    probe = Dataset(
        sa.Table(_PROBE, sa.MetaData(), *text), ("at",), ("who",), "doctor", "Proves that rows can be kept."
    )
    partition = {"at": _PROBE}
    row = sa.select(sa.literal(_PROBE, sa.Text).label("at"), sa.literal("doctor", sa.Text).label("who"))
    with open_warehouse(workspace.settings.warehouse_url, catalogue_of(workspace.config.icp)) as opened:
        opened.replace_partition(probe, partition, row)
        opened.drop_partition(probe, partition)
