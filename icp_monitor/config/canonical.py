"""The tables that sources fill: their columns, and those without which a record means nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

TableName = Literal[
    "accounts",
    "account_history",
    "opportunities",
    "stage_events",
    "win_loss",
    "leads",
    "subscriptions",
    "revenue",
    "costs",
    "activities",
    "technologies",
    "intent",
    "usage",
    "ratings",
]
WITH_ATTRIBUTES = ("accounts", "account_history")  # the profile's attributes are columns of these
FLAGS = ("deleted",)  # any table may say that a record is gone


@dataclass(frozen=True)
class Canonical:
    """One table: the columns that can be mapped, and those that must be."""

    columns: tuple[str, ...]
    required: tuple[str, ...]


CANONICAL: Mapping[str, Canonical] = {
    "accounts": Canonical(
        ("account_id", "name", "parent_id", "created_on", "crm_tier", "has_left", "merged_into", *FLAGS),
        ("account_id",),
    ),
    "account_history": Canonical(
        ("account_id", "changed_on", "field", "value", "old_value", *FLAGS), ("account_id", "changed_on")
    ),
    "opportunities": Canonical(
        (
            *("opportunity_id", "account_id", "owner_id", "type", "channel", "product", "stage"),
            *("amount", "one_off", "term_months", "currency", "created_on", "closed_on", "merged_into", *FLAGS),
        ),
        ("opportunity_id", "account_id", "stage", "created_on"),
    ),
    "stage_events": Canonical(
        ("opportunity_id", "stage", "entered_on", "amount", *FLAGS), ("opportunity_id", "stage", "entered_on")
    ),
    "win_loss": Canonical(
        ("opportunity_id", "origin", "outcome", "reason", "competitor", "recorded_on", *FLAGS), ("opportunity_id",)
    ),
    "leads": Canonical(
        (
            *("lead_id", "account_id", "opportunity_id", "channel", "created_on", "mql_on", "sql_on"),
            *("converted_on", "rejected_on", "rejected_reason", *FLAGS),
        ),
        ("lead_id", "created_on"),
    ),
    "subscriptions": Canonical(
        (
            *("subscription_id", "account_id", "product", "currency", "monthly_amount"),
            *("started_on", "ended_on", "is_trial", *FLAGS),
        ),
        ("subscription_id", "account_id", "monthly_amount", "started_on"),
    ),
    "revenue": Canonical(
        ("account_id", "month", "currency", "monthly_amount", *FLAGS), ("account_id", "month", "monthly_amount")
    ),
    "costs": Canonical(
        (
            *("cost_id", "month", "category", "purpose", "segment", "channel", "account_id"),
            *("currency", "amount", *FLAGS),
        ),
        ("cost_id", "month", "purpose", "amount"),
    ),
    "activities": Canonical(
        ("activity_id", "account_id", "opportunity_id", "owner_id", "kind", "occurred_on", "hours", *FLAGS),
        ("activity_id", "account_id", "occurred_on"),
    ),
    "technologies": Canonical(
        ("account_id", "technology", "provider", "detected_on", "last_seen_on", "confidence", *FLAGS),
        ("account_id", "technology", "detected_on"),
    ),
    "intent": Canonical(
        ("account_id", "topic", "provider", "observed_on", "score", *FLAGS), ("account_id", "topic", "observed_on")
    ),
    "usage": Canonical(("account_id", "feature", "used_on", "quantity", *FLAGS), ("account_id", "used_on", "quantity")),
    "ratings": Canonical(
        ("account_id", "attribute", "rater", "rated_on", "rating", "provider", *FLAGS),
        ("account_id", "attribute", "rated_on", "rating"),
    ),
}
CANONICAL_COLUMNS: Mapping[str, tuple[str, ...]] = {name: table.columns for name, table in CANONICAL.items()}
REQUIRED_COLUMNS: Mapping[str, tuple[str, ...]] = {name: table.required for name, table in CANONICAL.items()}
