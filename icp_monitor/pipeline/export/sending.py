"""Sends tiers and scores to where people work: what differs, in batches, and told record by record."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from icp_monitor.delivery.crm.table import KEY, ScoreTable
from icp_monitor.delivery.crm.target import Failure, Target, Values
from icp_monitor.errors import SourceError
from icp_monitor.ledger import RunKey
from icp_monitor.pipeline.export.differences import Differences, Fields, differences
from icp_monitor.pipeline.export.scores import COLUMNS, Scored, run_of, scored_accounts
from icp_monitor.pipeline.export.targets import DIGITS, Destination, opened
from icp_monitor.pipeline.files import replace_file
from icp_monitor.pipeline.workspace import Workspace

Progress = Callable[[int, int], None]  # sent so far, of how many


@dataclass(frozen=True)
class Move:
    """So many accounts whose tier is ``before`` where the scores go, and would be ``after``."""

    before: str
    after: str
    accounts: int


@dataclass(frozen=True)
class Summary:
    """What an export did, or would do. ``unknown`` accounts are not at the target; ``failures`` name records by id."""

    to: Destination
    as_of: date
    icp_version: int
    dry_run: bool
    place: str
    moves: tuple[Move, ...]
    changed: int
    sent: int
    unchanged: int
    unknown: int
    removed: int
    failures: tuple[Failure, ...]


def export(
    workspace: Workspace, to: Destination, as_of: date | None, *, dry_run: bool, progress: Progress = lambda *_: None
) -> Summary:
    """Send the scores of a day's finished live run; one that broke off goes on where it stopped when it is repeated.

    Raises:
        NotReadyError: the day has no finished run.
        ConfigError: the target is not set up.
        SourceError: the target refuses, or lacks a field.
    """
    key = run_of(workspace, as_of)
    if to == "file":
        return _to_file(workspace, key, dry_run=dry_run)
    with opened(workspace, to) as (target, fields):
        problems = target.refusals()
        if problems:
            raise SourceError(*problems)
        held, adds = target.held(), isinstance(target, ScoreTable)
        found = differences(scored_accounts(workspace, key, fields.digits), held, fields, adds=adds)
        gone = sorted(set(held) - found.scored) if adds else []
        failures = () if dry_run else _send(target, found, progress)
        if isinstance(target, ScoreTable) and not dry_run:
            target.remove(gone)
    return _summary(to, to, key, found, dry_run=dry_run, failures=failures, removed=len(gone))


def _send(target: Target, found: Differences, progress: Progress) -> tuple[Failure, ...]:
    failures: list[Failure] = []
    for start in range(0, len(found.changes), target.batch):
        batch = found.changes[start : start + target.batch]
        failures += target.update(batch)
        progress(start + len(batch), len(found.changes))
    return tuple(failures)


def _to_file(workspace: Workspace, key: RunKey, *, dry_run: bool) -> Summary:
    """The file is replaced as a whole; where it is there already, that is what the scores are compared with."""
    path = workspace.settings.output_dir / workspace.config.monitoring.export.file.path.format(as_of=key.as_of)
    accounts, held = list(scored_accounts(workspace, key, DIGITS)), _rows_in(path)
    found = differences(accounts, held, Fields({name: name for name in COLUMNS}, {}, DIGITS), adds=True)
    if not dry_run:
        replace_file(path, _as_csv(accounts))
    gone = len(set(held) - found.scored)
    return _summary("file", str(path), key, found, dry_run=dry_run, failures=(), removed=gone)


def _as_csv(accounts: Iterable[Scored]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([KEY, *COLUMNS])
    writer.writerows([account.account_id, *(account.values[name] for name in COLUMNS)] for account in accounts)
    return text.getvalue()


def _rows_in(path: Path) -> dict[str, Values]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row.pop(KEY): {name: text or None for name, text in row.items()} for row in csv.DictReader(file)}


def _summary(
    to: Destination,
    place: str,
    key: RunKey,
    found: Differences,
    *,
    dry_run: bool,
    failures: tuple[Failure, ...],
    removed: int,
) -> Summary:
    moves = sorted(found.moves.items(), key=lambda item: (-item[1], item[0]))
    return Summary(
        to=to,
        as_of=key.as_of,
        icp_version=key.icp_version,
        dry_run=dry_run,
        place=place,
        moves=tuple(Move(before, after, n) for (before, after), n in moves),
        changed=len(found.changes),
        sent=0 if dry_run else len(found.changes) - len(failures),
        unchanged=found.unchanged,
        unknown=found.unknown,
        removed=removed,
        failures=failures,
    )
