"""What people outside get to know of an account's score: tier, score, bounds, and why it isn't certain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.icp import DISQUALIFIED, IcpConfig
from icp_monitor.scoring.contributions import knockout_name
from icp_monitor.scoring.matching import value_of
from icp_monitor.scoring.rules import holds

STORED = ("account_id", "tier", "tier_certain", "score", "score_low", "score_high", "segment")


def exported(icp: IcpConfig, scores: sa.FromClause, accounts: sa.FromClause) -> sa.Select[Any]:
    """Stored ``scores`` in order of account_id, with what is missing of each account and which knock-outs hold."""
    missing = (
        value_of(item, accounts.c[item.id]).is_(None).label(missing_name(item.id)) for item in icp.scored_attributes
    )
    knockouts = (holds(icp, item.when, accounts).label(knockout_name(item.id)) for item in icp.knockouts)
    return (
        sa.select(*(scores.c[name] for name in STORED), *missing, *knockouts)
        .select_from(scores.outerjoin(accounts, accounts.c.account_id == scores.c.account_id))
        .order_by(scores.c.account_id)
    )


def missing_name(attribute: str) -> str:
    """The column that says whether the value of ``attribute`` is missing."""
    return f"missing_{attribute}"


def reasons(icp: IcpConfig, row: Mapping[str, Any]) -> str:
    """Why the tier is not certain, or why there is none, in a few words; empty where it stands.

    ``row`` is one of `exported`.
    """
    if row["tier"] == DISQUALIFIED:
        rules = [item.id for item in icp.knockouts if row[knockout_name(item.id)]]
        return f"disqualified by {', '.join(map(_words, rules))}"
    if row["tier_certain"]:
        return ""
    by_weight = sorted(icp.scored_attributes, key=lambda item: -item.weight)
    missing = [item.id for item in by_weight if row[missing_name(item.id)]]
    return f"needs {', '.join(map(_words, missing))}" if missing else ""


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")
