"""The run that a step belongs to: named once, then handed from step to step as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, cast

from icp_monitor.config.hashing import canonical_hash
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.sources import SourcesConfig
from icp_monitor.errors import NotReadyError, RefusedError
from icp_monitor.ledger import RunKey
from icp_monitor.ledger.runs import LIVE, Knowledge
from icp_monitor.ledger.versions import StoredVersion
from icp_monitor.pipeline.versions import AT_TIME, version_for
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.settings import code_version
from icp_monitor.snapshots.asof import Asof, Fill

AIRFLOW_BACKFILL = "bf-airflow"


def run_key(
    workspace: Workspace,
    as_of: date,
    *,
    run_set: str = LIVE,
    knowledge: Knowledge = "as-was",
    icp_version: str = AT_TIME,
) -> RunKey:
    """The key of the run for ``as_of`` with the configuration as it is now."""
    version = version_for(workspace, as_of, icp_version)
    config = workspace.config
    return RunKey(
        run_set=run_set,
        as_of=as_of,
        icp_version=version.number,
        config_hash=canonical_hash(version.icp, config.monitoring, config.sources)[:16],
        code_version=code_version(),
        knowledge=knowledge,
    )


def backfill_run_set(workspace: Workspace, as_of: date) -> str:
    """Where a backfill by Airflow writes: live for a date that has no finished run, else a set of its own."""
    if workspace.ledger.runs.finished(LIVE, as_of) is None:
        return LIVE
    return workspace.ledger.runs.create_backfill("airflow", {}, workspace.now, run_set=AIRFLOW_BACKFILL)


def as_text(key: RunKey) -> dict[str, str]:
    """The key as text, for XCom."""
    return {name: str(value) for name, value in vars(key).items()}


def from_text(text: Mapping[str, str]) -> RunKey:
    """The key that ``as_text`` wrote."""
    return RunKey(
        run_set=text["run_set"],
        as_of=date.fromisoformat(text["as_of"]),
        icp_version=int(text["icp_version"]),
        config_hash=text["config_hash"],
        code_version=text["code_version"],
        knowledge=cast("Knowledge", text["knowledge"]),
    )


@contextmanager
def step(workspace: Workspace, key: RunKey, name: str, after: str | None = None) -> Iterator[dict[str, int]]:
    """A step of a run: the run is marked unfinished before the first write, and the step done after the last.

    A run that had finished stays so: the same key writes the same bytes. The counts put into the mapping are kept in
    the ledger.

    Raises:
        NotReadyError: the step ``after`` which this one comes is not done.
        RefusedError: the configuration or the code has changed since the run was named.
    """
    _refuse_changed_configuration(workspace, key)
    run = _current_run(workspace, key)
    if after is not None and after not in run:
        raise NotReadyError(f"{name} for {key.as_of} builds on {after}, which is not done. Cure: run {after} first")
    counts: dict[str, int] = {}
    try:
        yield counts
    except Exception as error:
        workspace.ledger.runs.fail(key.run_id, str(error), workspace.now)
        raise
    workspace.ledger.runs.finish_step(key.run_id, name, counts, workspace.now)


def asof_of(workspace: Workspace, key: RunKey, day: date | None = None) -> Asof:
    """What the run may look at; ``day`` is an earlier day than its own where a judgement asks for one."""
    return looking_from(workspace, version_of(workspace, key).icp, day or key.as_of, key.knowledge)


def looking_from(workspace: Workspace, icp: IcpConfig, as_of: date, knowledge: Knowledge) -> Asof:
    """What may be looked at from a day, and how: the same for runs, baselines and backtests."""
    sources, calendar = workspace.config.sources, workspace.config.monitoring.calendar
    return Asof(
        as_of,
        knowledge,
        workspace.ledger.loads.last(),
        observed_until(workspace, as_of),
        has_account_history=sources.maps("account_history"),
        has_merges=sources.maps("accounts", "merged_into"),
        has_stage_events=sources.maps("stage_events"),
        has_stage_amounts=sources.maps("stage_events", "amount"),
        fills=fills_of(sources, icp),
        currency=calendar.currency,
        rates=calendar.rates,
    )


def fills_of(sources: SourcesConfig, icp: IcpConfig) -> tuple[Fill, ...]:
    """The attributes that no column of accounts fills, and that ratings or detections of technologies can tell."""
    fills = []
    for attribute in icp.attributes:
        if sources.maps("accounts", attribute.id):
            continue
        if attribute.type == "ordinal" and sources.maps("ratings"):
            fills.append(Fill(attribute.id, "ratings"))
        elif attribute.type == "set" and attribute.family == "technographic" and sources.maps("technologies"):
            fills.append(Fill(attribute.id, "technologies"))
    return tuple(fills)


def observed_until(workspace: Workspace, as_of: date) -> date:
    """The day up to which the sources speak about the time before ``as_of``."""
    ends = [source.extracted_on for source in workspace.config.sources.sources.values() if source.extracted_on]
    return min([as_of, *ends])


def version_of(workspace: Workspace, key: RunKey) -> StoredVersion:
    """The ICP version of a run."""
    return workspace.ledger.versions.get(key.icp_version)


def _current_run(workspace: Workspace, key: RunKey) -> Mapping[str, Any]:
    """The steps that the run has done; it is started where it isn't under way."""
    runs = workspace.ledger.runs
    try:
        run = runs.get(key.run_id)
    except NotReadyError:
        return runs.start(key, workspace.now).steps
    return run.steps if run.status in ("unfinished", "finished") else runs.start(key, workspace.now).steps


def _refuse_changed_configuration(workspace: Workspace, key: RunKey) -> None:
    now = run_key(workspace, key.as_of, icp_version=str(key.icp_version))
    if (now.config_hash, now.code_version) != (key.config_hash, key.code_version):
        raise RefusedError(
            f"the configuration or the code has changed since the run for {key.as_of} was named. "
            "Cure: start the run again from its first step"
        )
