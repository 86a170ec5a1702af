"""Recomputes a stretch of the past in a run set of its own: as known then, or as known now. Nobody is alerted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import cast

from icp_monitor.errors import ConfigError, Problem
from icp_monitor.ledger.runs import LIVE, Knowledge
from icp_monitor.periods import each_day, is_look_day, parse_date
from icp_monitor.pipeline.alerting import finish_and_alert
from icp_monitor.pipeline.checking import check_data
from icp_monitor.pipeline.comparison import look
from icp_monitor.pipeline.measures import write_measures
from icp_monitor.pipeline.naming import run_key
from icp_monitor.pipeline.scores import write_scores
from icp_monitor.pipeline.versions import AT_TIME, version_for
from icp_monitor.pipeline.workspace import Workspace

KNOWLEDGE = ("as-was", "restated")


@dataclass(frozen=True)
class Request:
    """What an analyst asks for: both days included; ``icp_version`` is ``at-time`` or a number."""

    first: date
    last: date
    knowledge: Knowledge
    icp_version: str = AT_TIME

    @classmethod
    def read(cls, from_date: str, to_date: str, knowledge: str, icp_version: str = AT_TIME) -> Request:
        """The request in a form or on a command line.

        Raises:
            ConfigError: everything that is wrong with it.
        """
        problems = []
        if icp_version != AT_TIME and not icp_version.isdigit():
            problems.append(Problem("icp_version", f"must be {AT_TIME} or a number", repr(icp_version)))
        first, last = parse_date(from_date), parse_date(to_date)
        if first > last:
            problems.append(Problem("to", "lies before from", to_date, "swap them"))
        if problems:
            raise ConfigError(*problems)
        return cls(first, last, read_knowledge(knowledge), icp_version)

    @property
    def run_set(self) -> str:
        """The run set's name follows from the request, so that the same request goes on where it stopped."""
        text = json.dumps({name: str(value) for name, value in asdict(self).items()}, sort_keys=True)
        return f"bf-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def read_knowledge(text: str) -> Knowledge:
    """The kind of knowledge that ``text`` names.

    Raises:
        ConfigError: there is no such kind.
    """
    if text not in KNOWLEDGE:
        raise ConfigError(Problem("knowledge", f"must be one of {', '.join(KNOWLEDGE)}", repr(text)))
    return cast("Knowledge", text)


@dataclass(frozen=True)
class BackfillPlan:
    """What a backfill would do: the days that it computes, and those that are done already."""

    run_set: str
    request: Request
    days: tuple[date, ...]
    done: tuple[date, ...]
    versions: tuple[int, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class DayResult:
    """One recomputed look: how many verdicts of each kind, and how many live ones differ."""

    as_of: date
    counts: Mapping[str, int]
    differs_from_live: int | None


def plan(workspace: Workspace, request: Request) -> BackfillPlan:
    """Which days the request stands for: its look days, for only they are judged.

    Raises:
        NotReadyError: no version was in force on one of them.
    """
    weekday = workspace.config.monitoring.look_day
    looks = [day for day in each_day(request.first, request.last) if is_look_day(day, weekday)]
    if not looks:
        raise ConfigError(f"there is no look day ({weekday}) from {request.first} to {request.last}. Cure: widen it")
    versions = {version_for(workspace, day, request.icp_version).number for day in looks}
    finished = {key.as_of for key in workspace.ledger.runs.finished_keys(request.run_set, request.first, request.last)}
    return BackfillPlan(
        run_set=request.run_set,
        request=request,
        days=tuple(day for day in looks if day not in finished),
        done=tuple(day for day in looks if day in finished),
        versions=tuple(sorted(versions)),
        notes=_notes(workspace, request),
    )


def run(
    workspace: Workspace, request: Request, requested_by: str, progress: Callable[[date], None] = lambda _: None
) -> tuple[DayResult, ...]:
    """Recompute every look day of the request that is not done yet; resumable, and the same request is the same set."""
    planned = plan(workspace, request)
    parameters = {name: str(value) for name, value in asdict(request).items()}
    workspace.ledger.runs.create_backfill(requested_by, parameters, workspace.now, run_set=planned.run_set)
    for day in planned.days:
        key = run_key(
            workspace,
            day,
            run_set=planned.run_set,
            knowledge=request.knowledge,
            icp_version=request.icp_version,
        )
        check_data(workspace, key)
        write_scores(workspace, key)
        write_measures(workspace, key)
        look(workspace, key)
        finish_and_alert(workspace, key, muted=True)
        progress(day)
    return results(workspace, request)


def results(workspace: Workspace, request: Request) -> tuple[DayResult, ...]:
    """What the backfill's finished days say, beside the live verdicts of the same days."""
    found = []
    for key in workspace.ledger.runs.finished_keys(request.run_set, request.first, request.last):
        verdicts = {item.finding.unit: item.finding.verdict for item in workspace.ledger.verdicts.of_run(key.run_id)}
        live = workspace.ledger.runs.finished(LIVE, key.as_of)
        others = (
            None
            if live is None
            else {item.finding.unit: item.finding.verdict for item in workspace.ledger.verdicts.of_run(live.run_id)}
        )
        counts: dict[str, int] = dict(sorted(Counter(verdicts.values()).items()))
        differs = None if others is None else sum(others.get(unit) != verdict for unit, verdict in verdicts.items())
        found.append(DayResult(key.as_of, counts, differs))
    return tuple(found)


def _notes(workspace: Workspace, request: Request) -> tuple[str, ...]:
    """What an honest answer has to say about the data's reach."""
    notes = []
    for name in workspace.config.sources.sources:
        load = workspace.ledger.loads.last_of(name, known_by=request.first)
        if load is not None and load.first and load.known_on > request.first and request.knowledge == "as-was":
            notes.append(
                f"{name} was first pulled on {load.known_on}: what was known before then is assumed from the dates of "
                "the facts themselves, and later corrections by the source can't be told apart."
            )
    return tuple(notes)
