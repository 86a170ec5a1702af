"""Who must agree to a new version, how far it may step, and when it may start."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import Problem


def missing_functions(icp: IcpConfig, approvers: Collection[str]) -> tuple[str, ...]:
    """The functions of the quorum that none of ``approvers`` speaks for.

    A function is spoken for by its steward (``metadata.stewards``), or by the owner where it has none.
    """
    people = icp.metadata.stewards
    return tuple(role for role in icp.approval.quorum if people.get(role, icp.metadata.owner) not in approvers)


def is_agreed(icp: IcpConfig, approvers: Collection[str]) -> bool:
    """Whether the whole quorum has approved; where no quorum is named, one person is enough."""
    return bool(approvers) and not missing_functions(icp, approvers)


def start_date(icp: IcpConfig, agreed_on: date) -> date:
    """The declared effective date, or the end of the notice period where that is later."""
    return max(icp.effective_from, agreed_on + timedelta(days=icp.approval.notice_days))


def weight_steps(current: IcpConfig, proposed: IcpConfig) -> tuple[Problem, ...]:
    """A problem for each attribute whose weight moves further than the profile in force allows.

    A new or dropped attribute is no step: it shows as such in the comparison of the two versions.
    """
    limit = current.approval.max_weight_step
    before = {attribute.id: attribute.weight for attribute in current.attributes}
    return tuple(
        Problem(
            f"attribute {attribute.id}",
            f"the weight moves from {before[attribute.id]:g} by more than max_weight_step {limit:g}",
            f"{attribute.weight:g}",
            "take a smaller step and look again in a later version",
        )
        for attribute in proposed.attributes
        if attribute.id in before and abs(attribute.weight - before[attribute.id]) > limit
    )
