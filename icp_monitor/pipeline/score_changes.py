"""The log of score changes: what moved since the live run before, and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.ledger import RunKey
from icp_monitor.ledger.runs import LIVE
from icp_monitor.pipeline.naming import asof_of, version_of
from icp_monitor.pipeline.partitions import of_run, rows_of, stamped
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.scoring.changes import score_changes
from icp_monitor.scoring.explanation import MILLIONTHS
from icp_monitor.scoring.retracing import State, changed_scores, retraced
from icp_monitor.scoring.weights import points_on
from icp_monitor.warehouse import Warehouse


def write_score_changes(workspace: Workspace, key: RunKey) -> dict[str, int]:
    """Write what differs from the newest finished live run of an earlier day; returns the rows of the dataset.

    Nothing is written for other run sets: what they recompute has changed for nobody.
    """
    if key.run_set != LIVE:
        return {}
    before = previous_run(workspace, key.as_of)
    old, new = version_of(workspace, before or key).icp, version_of(workspace, key).icp
    with _both_profiles(workspace, old, new) as (warehouse, catalogue), ExitStack() as computed:
        log = catalogue.score_changes
        rows = sa.select(log.table).where(sa.false())
        if before is not None:
            runs = (rows_of(catalogue.account_scores, run) for run in (before, key))
            changed = computed.enter_context(warehouse.computed(changed_scores(*runs)))
            if _any(warehouse, changed):
                states = _states(workspace, before, key, old, new)
                steps = computed.enter_context(warehouse.computed(retraced(catalogue, changed, states)))
                rows = stamped(_since(before, score_changes(steps, states)), key)
        return {log.name: warehouse.replace_partition(log, of_run(key), rows)}


def _any(warehouse: Warehouse, rows: sa.FromClause) -> bool:
    """On a quiet day there is nothing to retrace."""
    return bool(warehouse.read(sa.select(rows.c.account_id).limit(1)).num_rows)


def _since(before: RunKey, rows: sa.Select[Any]) -> sa.Select[Any]:
    found = rows.subquery("found")
    return sa.select(sa.literal(before.as_of, sa.Date).label("previous_as_of"), *found.c)


@dataclass(frozen=True)
class Part:
    """What one cause added by one attribute, in points of the score; ``*`` is no attribute in particular."""

    cause: str
    attribute: str
    points: float


@dataclass(frozen=True)
class ScoreChange:
    """One account's move from a day's score to another day's; the parts add up to it, the largest first."""

    previous_as_of: date
    as_of: date
    previous_score: float | None
    score: float | None
    previous_tier: str
    tier: str
    parts: tuple[Part, ...]


def changes_of(workspace: Workspace, account_id: str, until: date) -> tuple[ScoreChange, ...]:
    """How an account's score moved in the live runs up to a day, the newest move first."""
    runs = {run.as_of: run for run in workspace.ledger.runs.finished_keys(LIVE, date.min, until)}
    with workspace.warehouse(workspace.config.icp) as (warehouse, catalogue):
        log = catalogue.score_changes.table
        wanted = sa.select(log).where(log.c.account_id == account_id, log.c.run_set == LIVE, log.c.as_of.in_(runs))
        rows = warehouse.read(wanted.order_by(log.c.as_of.desc())).to_pylist()
    return tuple(_change(list(parts)) for _, parts in groupby(rows, key=lambda row: row["as_of"]))


def _change(rows: list[dict[str, Any]]) -> ScoreChange:
    parts = (Part(row["cause"], row["attribute"], row["millionths"] / MILLIONTHS) for row in rows)
    names = ("previous_as_of", "as_of", "previous_score", "score", "previous_tier", "tier")
    return ScoreChange(
        **{name: rows[0][name] for name in names},
        parts=tuple(sorted(parts, key=lambda part: (-abs(part.points), part.cause, part.attribute))),
    )


def previous_run(workspace: Workspace, day: date) -> RunKey | None:
    """The newest finished live run of a day before ``day``."""
    keys = workspace.ledger.runs.finished_keys(LIVE, date.min, day - timedelta(days=1))
    return keys[-1] if keys else None


@contextmanager
def _both_profiles(workspace: Workspace, old: IcpConfig, new: IcpConfig) -> Iterator[tuple[Warehouse, Catalogue]]:
    """The warehouse with the attributes of both versions as columns."""
    known = {attribute.id for attribute in new.attributes}
    gone = tuple(attribute for attribute in old.attributes if attribute.id not in known)
    with workspace.warehouse(new.model_copy(update={"attributes": (*new.attributes, *gone)})) as opened:
        yield opened


def _states(workspace: Workspace, before: RunKey, key: RunKey, old: IcpConfig, new: IcpConfig) -> list[State]:
    """From the stored scores to today's, one change at a time."""
    now = asof_of(workspace, key)
    approved = State("icp_version", now, new, points_on(new, key.as_of))
    if _types_differ(old, new):
        return [approved]  # the old profile can't read what the new one stores: all of it is the version's
    then = asof_of(workspace, before)
    worth_then, worth_now = points_on(old, before.as_of), points_on(old, key.as_of)
    same_code = before.code_version == key.code_version
    states = [
        State("data" if same_code else "code", then, old, worth_then),
        State("definitions" if _is_remapped(workspace, before, key) else "data", now, old, worth_then),
    ]
    if worth_now != worth_then:
        states.append(State("definitions", now, old, worth_now))
    return [*states, approved] if before.icp_version != key.icp_version else states


def _types_differ(old: IcpConfig, new: IcpConfig) -> bool:
    types = {attribute.id: attribute.type for attribute in new.attributes}
    return any(types.get(attribute.id, attribute.type) != attribute.type for attribute in old.attributes)


def _is_remapped(workspace: Workspace, before: RunKey, key: RunKey) -> bool:
    """Whether a source is read otherwise than it was, for the same profile: what moved may be no news of the accounts.

    A new version asks for other attributes, and so changes how sources are read without redefining any.
    """
    if before.icp_version != key.icp_version:
        return False
    loads = workspace.ledger.loads
    for source in workspace.config.sources.sources:
        then, now = (loads.last_of(source, known_by=run.as_of) for run in (before, key))
        if then and now and then.fingerprint.partition(":")[0] != now.fingerprint.partition(":")[0]:
            return True
    return False
