"""What the doctor found about one part of the installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from icp_monitor.errors import IcpError, Problem

Status = Literal["ok", "note", "broken", "misconfigured"]


@dataclass(frozen=True)
class Finding:
    """``broken``: it worked as configured once, or should; ``misconfigured``: it can't work as it is written."""

    part: str
    status: Status
    message: str
    cure: str | None = None


def findings_of(part: str, status: Status, problems: Sequence[Problem | str]) -> list[Finding]:
    """One finding for each problem."""
    return [
        Finding(part, status, str(problem))
        if isinstance(problem, str)
        else Finding(part, status, str(Problem(problem.where, problem.message, problem.value)), problem.cure)
        for problem in problems
    ]


def findings_of_error(part: str, error: IcpError) -> list[Finding]:
    """What an error says; one that a usage or configuration caused is a misconfiguration."""
    return findings_of(part, "misconfigured" if error.exit_code == 2 else "broken", error.problems)
