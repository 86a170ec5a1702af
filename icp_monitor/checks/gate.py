"""The data gate: every check in the order in which it is told of, and how sure one must be before it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from icp_monitor.checks import (
    amounts,
    backdating,
    close_dates,
    completeness,
    contradictions,
    currencies,
    deal_types,
    deletions,
    duplicates,
    freshness,
    leads,
    leakage,
    missingness,
    placeholders,
    quarantine,
    ratings,
    reasons,
    references,
    restatements,
    schema,
    stages,
    tampering,
    units,
    vocabulary,
    volume,
)
from icp_monitor.checks.data import Data
from icp_monitor.checks.result import CheckResult

LOOKS_A_YEAR = 52
Check = Callable[[Data], Iterator[CheckResult]]
CHECKS: Mapping[str, Check] = {
    "schema": schema.check,
    "freshness": freshness.check,
    "volume": volume.check,
    "quarantine": quarantine.check,
    "references": references.check,
    "vocabulary": vocabulary.check,
    "completeness": completeness.check,
    "missingness": missingness.check,
    "placeholders": placeholders.check,
    "units": units.check,
    "amounts": amounts.check,
    "currencies": currencies.check,
    "types": deal_types.check,
    "stages": stages.check,
    "leads": leads.check,
    "deletions": deletions.check,
    "duplicates": duplicates.check,
    "backdating": backdating.check,
    "close_dates": close_dates.check,
    "tampering": tampering.check,
    "leakage": leakage.check,
    "ratings": ratings.check,
    "restatements": restatements.check,
    "reasons": reasons.check,
    "contradictions": contradictions.check,
}


def findings(data: Data) -> tuple[CheckResult, ...]:
    """What every check found, within the false alarms a year that the gate may give."""
    found = [result for check in CHECKS.values() for result in check(data)]
    return settled(found, data.gate.false_alarms_per_year)


def settled(found: Sequence[CheckResult], false_alarms_per_year: float) -> tuple[CheckResult, ...]:
    """The results, those that chance may explain turned from failed into notes.

    A look makes as many comparisons as there are p-values; each may err at a level of which 52 looks of them add up
    to the allowed number (Bonferroni: however the comparisons depend on each other).
    """
    compared = sum(result.p_value is not None for result in found)
    level = false_alarms_per_year / LOOKS_A_YEAR / max(compared, 1)
    return tuple(_settled(result, level) for result in found)


def _settled(result: CheckResult, level: float) -> CheckResult:
    by_chance = result.p_value is not None and result.p_value > level
    return replace(result, status="note") if by_chance and result.status == "failed" else result
