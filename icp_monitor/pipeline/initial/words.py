"""What names of columns and files tell: the same thing is called by a few words in most companies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from icp_monitor.config.canonical import TableName

Kind = Literal["key", "account", "text", "day", "number", "stage", "flag"]

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9À-ÿ]+")


@dataclass(frozen=True)
class Wanted:
    """What a canonical column holds, and what files call it, the best name first."""

    kind: Kind
    names: tuple[str, ...]


def words(name: str) -> str:
    """A name in lower case, its words apart.

    >>> words("StageName"), words("close_date"), words("Account ID")
    ('stage name', 'close date', 'account id')
    """
    return " ".join(part for part in _BOUNDARY.split(name.strip()) if part).lower()


def _wanted(kind: Kind, *names: str) -> Wanted:
    return Wanted(kind, names)


_ACCOUNT = _wanted("account", "account id", "accountid", "company id", "customer id", "account", "company", "customer")
_DEAL = _wanted("text", "opportunity id", "opportunityid", "deal id", "opportunity", "deal")
_OWNER = _wanted("text", "owner id", "owner", "sales agent", "sales rep", "rep", "account executive", "salesperson")
_CURRENCY = _wanted("text", "currency", "currency iso code", "currency code")
_PROVIDER = _wanted("text", "provider", "source", "vendor")
_DELETED = _wanted("flag", "deleted", "is deleted", "archived", "is archived")
_CHANNEL = _wanted("text", "channel", "lead source", "source", "acquisition channel")
_MERGED = _wanted("text", "merged into", "master record id")

WANTED: Mapping[TableName, Mapping[str, Wanted]] = {
    "accounts": {
        "account_id": _ACCOUNT,
        "name": _wanted("text", "name", "account name", "company name", "customer name", "company", "account"),
        "parent_id": _wanted("text", "parent id", "parent account id", "parent", "parent account", "subsidiary of"),
        "created_on": _wanted(
            "day", "created on", "created date", "created at", "created", "signup date", "createdate"
        ),
        "crm_tier": _wanted("text", "tier", "crm tier", "account tier", "icp tier", "customer tier"),
        "merged_into": _MERGED,
        "deleted": _DELETED,
    },
    "opportunities": {
        "opportunity_id": _wanted("key", "opportunity id", "deal id", "id", "opportunity", "deal", "record id"),
        "account_id": _ACCOUNT,
        "owner_id": _OWNER,
        "type": _wanted("text", "type", "opportunity type", "deal type", "record type"),
        "channel": _CHANNEL,
        "product": _wanted("text", "product", "product name", "product line"),
        "stage": _wanted("stage", "stage", "stage name", "deal stage", "pipeline stage", "status", "phase", "outcome"),
        "amount": _wanted("number", "amount", "close value", "deal value", "value", "deal amount", "acv", "arr", "tcv"),
        "one_off": _wanted("number", "one off", "one time amount", "setup fee"),
        "term_months": _wanted("number", "term months", "contract term months", "contract months"),
        "currency": _CURRENCY,
        "created_on": _wanted(
            *("day", "created on", "created date", "create date", "created at", "created", "createdate", "open date"),
            *("engage date", "opened on", "start date"),
        ),
        "closed_on": _wanted(
            *("day", "closed on", "close date", "closed date", "closed at", "closed", "closedate", "decided on"),
            *("end date", "won date"),
        ),
        "merged_into": _MERGED,
        "deleted": _DELETED,
    },
    "stage_events": {
        "opportunity_id": _DEAL,
        "stage": _wanted("stage", "stage", "stage name", "new stage", "to stage", "deal stage", "new value"),
        "entered_on": _wanted(
            "day", "entered on", "entered at", "date entered", "changed on", "changed at", "created date"
        ),
        "amount": _wanted("number", "amount", "value"),
    },
    "win_loss": {
        "opportunity_id": _DEAL,
        "origin": _wanted("text", "origin", "said by", "whose words"),
        "outcome": _wanted("text", "outcome", "result"),
        "reason": _wanted("text", "reason", "loss reason", "closed lost reason", "win loss reason", "reason code"),
        "competitor": _wanted("text", "competitor", "lost to", "primary competitor"),
        "recorded_on": _wanted("day", "recorded on", "recorded at", "interviewed on", "created date", "date"),
    },
    "leads": {
        "lead_id": _wanted("key", "lead id", "id", "contact id"),
        "account_id": _ACCOUNT,
        "opportunity_id": _DEAL,
        "channel": _CHANNEL,
        "created_on": _wanted("day", "created on", "created date", "created at", "created"),
        "mql_on": _wanted("day", "mql on", "mql date", "marketing qualified on"),
        "sql_on": _wanted("day", "sql on", "sql date", "sales qualified on", "sales accepted on"),
        "converted_on": _wanted("day", "converted on", "converted date", "conversion date"),
        "rejected_on": _wanted("day", "rejected on", "disqualified on", "recycled on"),
        "rejected_reason": _wanted("text", "rejected reason", "disqualification reason"),
    },
    "subscriptions": {
        "subscription_id": _wanted("key", "subscription id", "id", "contract id"),
        "account_id": _ACCOUNT,
        "product": _wanted("text", "product", "plan", "plan tier", "plan name"),
        "currency": _CURRENCY,
        "monthly_amount": _wanted("number", "monthly amount", "mrr", "mrr amount", "monthly recurring revenue"),
        "started_on": _wanted("day", "started on", "start date", "started at", "begins on"),
        "ended_on": _wanted("day", "ended on", "end date", "ended at", "cancelled on", "churn date"),
        "is_trial": _wanted("flag", "is trial", "trial"),
    },
    "revenue": {
        "account_id": _ACCOUNT,
        "month": _wanted("day", "month", "period", "invoice month"),
        "currency": _CURRENCY,
        "monthly_amount": _wanted("number", "monthly amount", "mrr", "revenue", "amount"),
    },
    "costs": {
        "cost_id": _wanted("key", "cost id", "id"),
        "month": _wanted("day", "month", "period"),
        "category": _wanted("text", "category", "cost type"),
        "purpose": _wanted("text", "purpose"),
        "segment": _wanted("text", "segment"),
        "channel": _CHANNEL,
        "account_id": _ACCOUNT,
        "currency": _CURRENCY,
        "amount": _wanted("number", "amount", "cost", "spend"),
    },
    "activities": {
        "activity_id": _wanted("key", "activity id", "task id", "engagement id", "id"),
        "account_id": _ACCOUNT,
        "opportunity_id": _DEAL,
        "owner_id": _OWNER,
        "kind": _wanted("text", "kind", "type", "activity type", "engagement type"),
        "occurred_on": _wanted("day", "occurred on", "activity date", "occurred at", "date", "timestamp"),
        "hours": _wanted("number", "hours", "duration hours"),
    },
    "technologies": {
        "account_id": _ACCOUNT,
        "technology": _wanted("text", "technology", "product", "tool"),
        "provider": _PROVIDER,
        "detected_on": _wanted("day", "detected on", "first seen on", "first seen", "detected at"),
        "last_seen_on": _wanted("day", "last seen on", "last seen"),
        "confidence": _wanted("number", "confidence"),
    },
    "intent": {
        "account_id": _ACCOUNT,
        "topic": _wanted("text", "topic", "intent topic", "keyword"),
        "provider": _PROVIDER,
        "observed_on": _wanted("day", "observed on", "date", "week", "observed at"),
        "score": _wanted("number", "score", "intent score", "surge score"),
    },
    "usage": {
        "account_id": _ACCOUNT,
        "feature": _wanted("text", "feature", "feature name", "event"),
        "used_on": _wanted("day", "used on", "usage date", "date"),
        "quantity": _wanted("number", "quantity", "usage count", "count", "events"),
    },
    "ratings": {
        "account_id": _ACCOUNT,
        "attribute": _wanted("text", "attribute", "dimension", "question"),
        "rater": _wanted("text", "rater", "rated by"),
        "rated_on": _wanted("day", "rated on", "rated at", "date"),
        "rating": _wanted("number", "rating", "score", "value"),
        "provider": _PROVIDER,
    },
}

FILE_WORDS: Mapping[TableName, tuple[str, ...]] = {
    "win_loss": ("win loss", "loss reason", "lost reason"),
    "stage_events": ("stage event", "stage history", "stage change", "opportunity history"),
    "opportunities": ("opportunit", "deal", "pipeline"),
    "accounts": ("account", "compan", "customer", "client"),
    "leads": ("lead",),
    "subscriptions": ("subscription",),
    "revenue": ("revenue", "mrr", "invoice"),
    "costs": ("cost", "spend"),
    "activities": ("activity", "activities", "engagement", "task"),
    "technologies": ("technolog", "tech stack"),
    "intent": ("intent",),
    "usage": ("usage",),
    "ratings": ("rating", "survey"),
}
