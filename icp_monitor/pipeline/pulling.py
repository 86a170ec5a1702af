"""Fetches what changed at the sources and stores it as one immutable load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue, Dataset
from icp_monitor.config.sources import CsvSource, Source
from icp_monitor.errors import Problem, SourceError
from icp_monitor.ledger.loads import Load
from icp_monitor.pipeline.versions import ensure_registered
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.snapshots.changes import Pull, changes, missing_keys, staged, staged_held
from icp_monitor.warehouse import Warehouse

if TYPE_CHECKING:
    from icp_monitor.sources.connector import Connector
    from icp_monitor.sources.extract import Extract

PATIENCE = 120.0  # seconds; Airflow starts the runs of a backfill together, and each of them pulls


@dataclass(frozen=True)
class PullSummary:
    """What one source had to say. ``load`` is None when nothing had changed.

    ``read`` and ``quarantined`` count the records of each table, ``changed`` the rows that the load added to it.
    """

    source: str
    load: int | None
    read: Mapping[str, int]
    quarantined: Mapping[str, int]
    changed: Mapping[str, int]


@dataclass(frozen=True)
class Staging:
    """Where one table's extract waits while it is compared with what is stored."""

    raw: Dataset
    extract: sa.FromClause
    held: sa.FromClause


def pull_sources(workspace: Workspace, whole: bool = False) -> tuple[PullSummary, ...]:
    """Pull every source; a source whose files are as they were is not even parsed.

    With ``whole`` every record is read again, also where a source could tell what has changed.

    Raises:
        SourceError: an extract is refused as a whole; what was stored before is untouched.
        NotReadyError: another pull is at work.
    """
    ensure_registered(workspace)
    with workspace.ledger.loads.pulling(PATIENCE), workspace.warehouse(workspace.config.icp) as (warehouse, catalogue):
        return tuple(
            _pull_source(workspace, warehouse, catalogue, name, source, whole)
            for name, source in workspace.config.sources.sources.items()
        )


def _pull_source(
    workspace: Workspace, warehouse: Warehouse, catalogue: Catalogue, name: str, source: Source, whole: bool
) -> PullSummary:
    from icp_monitor.sources import connect

    folder = workspace.source_folder(source.folder) if isinstance(source, CsvSource) else workspace.config.folder
    with closing(connect(name, source, folder, workspace.connection)) as connector:
        return _pull_from(workspace, warehouse, catalogue, name, source, connector, whole)


def _pull_from(
    workspace: Workspace,
    warehouse: Warehouse,
    catalogue: Catalogue,
    name: str,
    source: Source,
    connector: Connector,
    whole: bool,
) -> PullSummary:
    from icp_monitor.sources import Surroundings, fingerprint_of, read_source

    attributes, calendar = workspace.config.icp.attributes, workspace.config.monitoring.calendar
    last = workspace.ledger.loads.last_of(name)
    seen = fingerprint_of(source, connector, attributes)
    if last is not None and seen.is_whole and last.fingerprint == str(seen) and not whole:
        return PullSummary(name, None, {}, {}, {})
    goes_on = last is not None and seen.reads_like(last.fingerprint) and not whole
    since = last.watermarks if last is not None and goes_on else {}
    around = Surroundings(attributes, workspace.today, calendar.currency, calendar.timezone, since)
    with read_source(name, source, connector, around) as extract:
        return _store(workspace, warehouse, catalogue, name, extract, since)


def _store(
    workspace: Workspace,
    warehouse: Warehouse,
    catalogue: Catalogue,
    name: str,
    extract: Extract,
    since: Mapping[str, str],
) -> PullSummary:
    load = workspace.ledger.loads.begin(name, workspace.now)
    pulled = Pull(name, load.number, workspace.today, load.first, workspace.ledger.loads.last())
    if load.attempt > 1:
        _drop_leftovers(warehouse, catalogue, load)
    with _staged(warehouse, catalogue, extract, load) as stagings:
        _refuse_many_missing(workspace, warehouse, stagings, extract, pulled)
        changed = {
            item.raw.name: warehouse.replace_partition(
                item.raw,
                {"load": load.number},
                changes(item.raw, item.extract, item.held, pulled, extract.full[item.raw.name]),
            )
            for item in stagings
        }
    warehouse.replace_partition(catalogue.quarantine, {"load": load.number}, extract.quarantine)
    read = {table: counts.read for table, counts in extract.counts.items()}
    quarantined = {table: counts.quarantined for table, counts in extract.counts.items()}
    workspace.ledger.loads.finish(
        load,
        fingerprint=extract.fingerprint,
        counts=_flat(read=read, quarantined=quarantined, changed=changed),
        watermarks={**since, **extract.watermarks},
        observed_until=extract.observed_until,
        known_on=pulled.known_on,
        at=workspace.now,
    )
    return PullSummary(name, load.number if any(changed.values()) else None, read, quarantined, changed)


@contextmanager
def _staged(warehouse: Warehouse, catalogue: Catalogue, extract: Extract, load: Load) -> Iterator[list[Staging]]:
    """The extract's tables where the warehouse can read them, for as long as the block lasts."""
    partition = {"load": load.number}
    with ExitStack() as stack:
        stagings = []
        for name, rows in extract.tables.items():
            raw = catalogue.named(name)
            offers = ((rows, staged(raw)), (extract.held[name], staged_held(raw)))
            new, held = (stack.enter_context(warehouse.offered(*offer, partition)) for offer in offers)
            stagings.append(Staging(raw, new, held))
        yield stagings


def _refuse_many_missing(
    workspace: Workspace, warehouse: Warehouse, stagings: list[Staging], extract: Extract, pulled: Pull
) -> None:
    """A full extract that lacks many known records is more likely cut short than true."""
    allowed = workspace.config.monitoring.data_gate.max_missing_keys
    problems = []
    for item in stagings:
        if pulled.first or not extract.full[item.raw.name]:
            continue
        known, missing = _only_row(warehouse, missing_keys(item.raw, item.extract, item.held, pulled))
        if known and missing / known > allowed:
            problems.append(
                Problem(
                    f"{pulled.source}: {item.raw.name.removeprefix('raw_')}",
                    f"{missing:,} of {known:,} known records are missing from the extract, more than {allowed:.0%}",
                    cure="pull a complete extract; write full: false for a file that holds only changes; "
                    "or raise data_gate.max_missing_keys if they were really deleted",
                )
            )
    if problems:
        raise SourceError(*problems)


def _drop_leftovers(warehouse: Warehouse, catalogue: Catalogue, load: Load) -> None:
    """A pull that died with this load's number may have written into any raw table."""
    for dataset in catalogue:
        if dataset.partition == ("load",):
            warehouse.drop_partition(dataset, {"load": load.number})


def _only_row(warehouse: Warehouse, statement: sa.Select[Any]) -> tuple[int, ...]:
    return tuple(warehouse.read(statement).to_pylist()[0].values())


def _flat(**groups: Mapping[str, int]) -> dict[str, int]:
    return {f"{group}:{table}": count for group, counts in groups.items() for table, count in counts.items()}
