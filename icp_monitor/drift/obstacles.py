"""What stands in the way of judging a unit: data that can't be trusted, deals too young, or too few of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.phrases import percent
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.verdict import Decision, Needs, Unit

WHOLE_TABLE = "*"
CREATED = frozenset({"opportunity_id", "created_on", "type"})
DECIDED = CREATED | {"closed_on", "stage", "outcome", "entered_on"}
POWER = frozenset({"attribute_power", "score_power"})
FEEDS: Mapping[str, frozenset[str]] = {
    "win_rate": DECIDED,
    "value_rate": DECIDED | {"amount", "amount_minor", "currency", "lost_amount"},
    "cycle": DECIDED,
    "acv": DECIDED | {"amount", "amount_minor", "currency"},
    "tier_order": DECIDED,
    "score_power": DECIDED,
    "attribute_power": DECIDED,
    "retention": frozenset({"account_id", "subscription"}),
    "ltv": frozenset({"account_id", "subscription", "margin"}),
    "cac": DECIDED | {"cost"},
    "segment_mix": CREATED,
    "tier_mix": CREATED,
    "attribute_mix": CREATED,
}
# A check that says who has a value, or when it got it, tells of what values say of winning, and of nothing else.
ONLY: Mapping[str, frozenset[str]] = {"missingness": POWER, "leakage": POWER, "ratings": POWER}
MADE_OF: Mapping[str, tuple[str, ...]] = {
    "accounts": ("account_id",),
    "account_history": ("account_id",),
    "subscriptions": ("subscription",),
    "revenue": ("subscription",),
    "costs": ("cost", "margin"),
    "win_loss": ("reason",),
    "leads": ("lead",),
    "activities": ("activity",),
    "technologies": ("technology",),
    "intent": ("intent",),
    "usage": ("usage",),
    "ratings": ("rating",),
}
READ_FROM: Mapping[str, str] = {
    "score_power": "scores",
    "retention": "subscriptions",
    "ltv": "subscriptions",
    "cac": "costs",
}
TABLE_UNKNOWN = {
    (True, True): "the table {} is not known: no source gives it",
    (False, True): "the table {} of the quarter is not known",
    (True, False): "the frozen baseline has no table {}: it is frozen with the next version of the profile",
}


@dataclass(frozen=True)
class Obstacle:
    """Why a unit gets no other verdict than this one, and what would remove the reason."""

    verdict: Decision
    reasons: tuple[str, ...]
    needs: Needs | None = None


def fields_of(unit: Unit, plan: Plan) -> frozenset[str]:
    """The fields that a unit's numbers are made of."""
    fields = FEEDS[unit.metric]
    if unit.attribute is not None:
        return fields | {"account_id", unit.attribute}
    if unit.kind == "score":
        segmenting = plan.segmenting if unit.segment != COMPANY else ()
        return fields | {"account_id", *plan.scored, *segmenting}
    if unit.segment != COMPANY or unit.metric == "segment_mix":
        return fields | {"account_id", *plan.segmenting}
    return fields


def fields_read_from(table: str, field: str) -> tuple[str, ...]:
    """The fields of units that a check's field stands for; a whole table of deals concerns everything.

    >>> fields_read_from("accounts", "industry"), fields_read_from("accounts", "*")
    (('industry',), ('account_id',))
    """
    return (field,) if field != WHOLE_TABLE else MADE_OF.get(table, (WHOLE_TABLE,))


def data_problem(unit: Unit, plan: Plan, failed_checks: Mapping[str, Sequence[str]]) -> Obstacle | None:
    """The checks that failed on a field of the unit, or on a whole table, and concern its metric."""
    concerned = fields_of(unit, plan) | {WHOLE_TABLE}
    reasons = tuple(
        f"the check {check} failed on {'the whole table' if field == WHOLE_TABLE else field}"
        for field, checks in sorted(failed_checks.items())
        if field in concerned
        for check in checks
        if unit.metric in ONLY.get(check, (unit.metric,))
    )
    return Obstacle("data_problem", reasons) if reasons else None


def unknown_table(unit: Unit, baseline: Cohort, current: Cohort) -> Obstacle | None:
    """The table that the unit is read from, where a cohort lacks it."""
    name = READ_FROM.get(unit.metric)
    if name is None:
        return None
    unknown = getattr(baseline, name) is None, getattr(current, name) is None
    if not any(unknown):
        return None
    return Obstacle("insufficient_evidence", (TABLE_UNKNOWN[unknown].format(name),))


def too_young(current: Cohort, plan: Plan, *, watched: bool) -> Obstacle | None:
    """The window is not over, or, where deals must be ``watched`` for the horizon, too few of them have been."""
    due = current.matures_on if watched else current.window.end
    if current.as_of < due:
        reason = f"{percent(current.maturity)} of the deals have been watched for {plan.horizon_days} days"
        return _until(due, reason if watched else "the window is not over")
    if watched and current.maturity < plan.min_maturity:
        return _until(due, f"the data ends on {current.observed_until}, before the deals were watched for long enough")
    return None


def _until(due: date, reason: str) -> Obstacle:
    return Obstacle("insufficient_evidence", (reason,), Needs(judged_on=due))
