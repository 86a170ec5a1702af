"""Why this score, why this alert."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from icp_monitor.drift.verdict import Verdict
from icp_monitor.errors import NotReadyError
from icp_monitor.ledger.alerts import Alert, AlertEvent
from icp_monitor.pipeline.naming import asof_of, run_key, version_of
from icp_monitor.pipeline.provenance import Provenance, Rating, provenance_of, ratings_of
from icp_monitor.pipeline.score_changes import ScoreChange, changes_of
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.scoring.contributions import contributions
from icp_monitor.scoring.explanation import Explanation, explain
from icp_monitor.scoring.weights import points_on
from icp_monitor.snapshots.accounts import accounts


@dataclass(frozen=True)
class AlertStory:
    """An alert with the verdicts that opened it and what became of it."""

    alert: Alert
    lead: Verdict | None
    also: tuple[Verdict, ...]
    history: tuple[AlertEvent, ...]


@dataclass(frozen=True)
class AccountStory:
    """An account's score with every attribute's part in it, and how it moved before, the newest move first.

    ``origins`` say of each known attribute where its value comes from and since when it holds.
    """

    explanation: Explanation
    changes: tuple[ScoreChange, ...]
    origins: tuple[Provenance, ...]
    ratings: tuple[Rating, ...]


def explain_account(workspace: Workspace, account_id: str, as_of: date | None) -> AccountStory:
    """The account's score on a day (today by default), and how it came about.

    Raises:
        NotReadyError: the account is not known on the day.
    """
    key = run_key(workspace, as_of or workspace.today)
    icp = version_of(workspace, key).icp
    asof = asof_of(workspace, key)
    with workspace.warehouse(icp) as (warehouse, catalogue):
        known = accounts(catalogue, asof).subquery("known")
        wanted = sa.select(known).where(known.c.account_id == account_id).subquery("wanted")
        rows = warehouse.read(contributions(icp, wanted, points_on(icp, key.as_of))).to_pylist()
        origins = provenance_of(warehouse, catalogue, icp, asof, account_id)
        ratings = ratings_of(warehouse, catalogue, asof, account_id)
    if not rows:
        raise NotReadyError(f"no account {account_id!r} was known on {key.as_of}. Cure: check the id, or pull first")
    changes = changes_of(workspace, account_id, key.as_of)
    return AccountStory(explain(icp, rows[0], key.as_of), changes, origins, ratings)


def explain_alert(workspace: Workspace, alert_id: str) -> AlertStory:
    """The alert, what it rests on, and its history.

    Raises:
        NotReadyError: the ledger doesn't hold the alert.
    """
    alert = workspace.ledger.alerts.get(alert_id)
    lead, also = alert.payload.get("lead"), alert.payload.get("also", ())
    return AlertStory(
        alert=alert,
        lead=Verdict.from_json(lead) if lead else None,
        also=tuple(Verdict.from_json(item) for item in also),
        history=workspace.ledger.alerts.history(alert_id),
    )
