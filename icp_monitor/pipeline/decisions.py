"""The decision that a validation asks for, and its record in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from icp_monitor.errors import ConfigError, Problem
from icp_monitor.ledger.decisions import Decision
from icp_monitor.pipeline.validation import Published
from icp_monitor.pipeline.workspace import Workspace

Choice = Literal["Keep the ICP", "Change the ICP", "Not enough evidence"]
CHOICES: Mapping[str, Decision] = {"Keep the ICP": "keep", "Change the ICP": "change", "Not enough evidence": "wait"}


def question(published: Published, icp_version: int) -> dict[str, str]:
    """The subject and the summary (Markdown) that the person who decides sees, with what the record needs."""
    conclusion = published.conclusion
    findings = "\n".join(f"- {line}" for line in conclusion.findings)
    questions = "\n".join(f"- {line}" for line in conclusion.questions)
    return {
        "quarter": published.quarter,
        "icp_version": str(icp_version),
        "report": str(published.html),
        "subject": f"ICP validation {published.quarter}: {conclusion.sentence}",
        "summary": (
            f"{conclusion.sentence}\n\n{findings}\n\n**To decide**\n{questions}\n\n"
            f"Report (edition {published.edition}): {published.html}"
        ),
    }


def record(workspace: Workspace, asked: Mapping[str, str], *, choice: str, reason: str, who: str) -> None:
    """Store the decision as an event of the ICP version, once however often it is repeated.

    Raises:
        ConfigError: the answer is not one that was offered.
    """
    if choice not in CHOICES:
        raise ConfigError(Problem("decision", f"must be one of {', '.join(CHOICES)}", repr(choice)))
    said = reason.strip() or "no reason was given"
    version, quarter = int(asked["icp_version"]), asked["quarter"]
    workspace.ledger.decisions.record(version, CHOICES[choice], who, said, quarter, workspace.now)
