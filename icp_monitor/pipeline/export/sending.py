"""Sends tiers and scores to where people work: what differs, in batches, and told record by record."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from icp_monitor.delivery.crm.table import ScoreTable
from icp_monitor.delivery.crm.target import Failure, Target
from icp_monitor.errors import SourceError
from icp_monitor.ledger import RunKey
from icp_monitor.pipeline.export.differences import Differences, differences
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
        held = target.held()
        adds = isinstance(target, ScoreTable)
        found = differences(scored_accounts(workspace, key, fields.digits), held, fields, adds=adds)
        gone = sorted(set(held) - found.scored) if adds else []
        failures: tuple[Failure, ...] = ()
        if not dry_run:
            failures = _send(target, found, progress)
            if isinstance(target, ScoreTable):
                target.remove(gone)
    return _summary(to, key, found, dry_run=dry_run, failures=failures, removed=len(gone))


def _send(target: Target, found: Differences, progress: Progress) -> tuple[Failure, ...]:
    failures: list[Failure] = []
    for start in range(0, len(found.changes), target.batch):
        batch = found.changes[start : start + target.batch]
        failures += target.update(batch)
        progress(start + len(batch), len(found.changes))
    return tuple(failures)


def _summary(
    to: Destination, key: RunKey, found: Differences, *, dry_run: bool, failures: tuple[Failure, ...], removed: int
) -> Summary:
    moves = sorted(found.moves.items(), key=lambda item: (-item[1], item[0]))
    return Summary(
        to=to,
        as_of=key.as_of,
        icp_version=key.icp_version,
        dry_run=dry_run,
        place=to,
        moves=tuple(Move(before, after, n) for (before, after), n in moves),
        changed=len(found.changes),
        sent=0 if dry_run else len(found.changes) - len(failures),
        unchanged=found.unchanged,
        unknown=found.unknown,
        removed=removed,
        failures=failures,
    )


def _to_file(workspace: Workspace, key: RunKey, *, dry_run: bool) -> Summary:
    """The whole file is replaced at once; where it is there already, its tiers are what is compared with."""
    path = workspace.settings.output_dir / workspace.config.monitoring.export.file.path.format(as_of=key.as_of)
    held = _tiers_in(path)
    moves: dict[tuple[str, str], int] = {}

    def counted(accounts: Iterable[Scored]) -> Iterable[Scored]:
        for account in accounts:
            move = held.get(account.account_id, "none"), account.values["tier"] or "none"
            moves[move] = moves.get(move, 0) + (move[0] != move[1])
            yield account

    text = _as_csv(counted(scored_accounts(workspace, key, DIGITS)))
    if not dry_run:
        replace_file(path, text)
    found = [Move(*move, n) for move, n in sorted(moves.items(), key=lambda item: (-item[1], item[0])) if n]
    rows = text.count("\n") - 1
    changed = sum(move.accounts for move in found)
    return Summary(
        "file",
        key.as_of,
        key.icp_version,
        dry_run,
        str(path),
        tuple(found),
        changed,
        0 if dry_run else rows,
        rows - changed,
        0,
        0,
        (),
    )


def _as_csv(accounts: Iterable[Scored]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["account_id", *COLUMNS])
    writer.writerows([account.account_id, *(account.values[name] for name in COLUMNS)] for account in accounts)
    return text.getvalue()


def _tiers_in(path: Path) -> Mapping[str, str]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["account_id"]: row["tier"] for row in csv.DictReader(file)}
