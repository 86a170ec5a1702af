"""What every metric and every test is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from icp_monitor.config.icp import IcpConfig

Kind = Literal["metric", "test"]
Field = tuple[str, str]  # a canonical table and one of its columns

_CREATED = ("opportunities", "created_on")
_DECIDED = (("opportunities", "closed_on"), ("stage_events", "entered_on"))
_AMOUNT = (("opportunities", "amount"),)
_RECURRING = (("subscriptions", "monthly_amount"), ("revenue", "monthly_amount"))
_COSTS = (("costs", "amount"),)


@dataclass(frozen=True)
class Need:
    """A capability with the fields that it takes: of each group one is enough."""

    name: str
    kind: Kind
    groups: tuple[tuple[Field, ...], ...]


def needs_of(icp: IcpConfig) -> Iterator[Need]:
    """Everything that the monitor can say, the most used first."""
    yield from METRICS
    yield from TESTS
    for attribute in icp.attributes:
        groups = ((_CREATED,), (("accounts", attribute.id),))
        yield Need(f"mix by {attribute.id}", "test", groups)
        yield Need(f"power of {attribute.id}", "test", (*groups, _DECIDED))


def _metric(name: str, *groups: tuple[Field, ...]) -> Need:
    return Need(name, "metric", groups)


def _test(name: str, *groups: tuple[Field, ...]) -> Need:
    return Need(name, "test", groups)


METRICS = (
    _metric("win rate and sales cycle", (_CREATED,), _DECIDED),
    _metric("contract value (ACV) and pipeline velocity", (_CREATED,), _DECIDED, _AMOUNT),
    _metric("share of the money won, at first values", _DECIDED, (("stage_events", "amount"),)),
    _metric("which owners carry a change", (_CREATED,), _DECIDED, (("opportunities", "owner_id"),)),
    _metric("which channels carry a change", (_CREATED,), _DECIDED, (("opportunities", "channel"),)),
    _metric("redefinitions of stages noticed", (("stage_events", "entered_on"),)),
    _metric("reasons for losses", _DECIDED, (("win_loss", "reason"),)),
    _metric("losses by competitor", _DECIDED, (("win_loss", "competitor"),)),
    _metric("retention of revenue and customers", _RECURRING),
    _metric("lifetime value (LTV)", _RECURRING, _COSTS),
    _metric("acquisition cost (CAC) and payback", _DECIDED, _COSTS),
    _metric("profit and loss by segment", _RECURRING, _COSTS),
    _metric("lead funnel", (("leads", "created_on"),)),
    _metric("acquisition cost by activity", _DECIDED, _COSTS, (("activities", "occurred_on"),)),
    _metric("technologies as an attribute", (("technologies", "technology"),)),
    _metric("ratings as attributes, and those given too late", (("ratings", "rating"),)),
    _metric("tier in the CRM beside the computed one", (("accounts", "crm_tier"),)),
    _metric("attributes as they were when a deal began", (("account_history", "changed_on"),)),
)
TESTS = (
    _test("win rate", (_CREATED,), _DECIDED),
    _test("average contract", (_CREATED,), _DECIDED, _AMOUNT),
    _test("time to a decision", (_CREATED,), _DECIDED),
    _test("power of the score, and order of the tiers", (_CREATED,), _DECIDED, (("opportunities", "account_id"),)),
    _test("mix of segments and tiers", (_CREATED,), (("opportunities", "account_id"),)),
    _test("retention", _RECURRING),
    _test("lifetime value", _RECURRING, _COSTS),
    _test("acquisition cost", _DECIDED, _COSTS),
)
