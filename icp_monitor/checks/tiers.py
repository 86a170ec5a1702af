"""Do people work with the tier that the score gives, and does that tier hold still?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.result import CheckResult
from icp_monitor.config.icp import TIERS

FLIP_DAYS = 28
MOST_FLIPS = 0.05  # of the accounts in FLIP_DAYS, before somebody should look
NO_TIER, OTHER_WORD = "(none)", "(another word)"

Pair = tuple[str, str]


@dataclass(frozen=True)
class Flips:
    """The accounts that changed tier in `FLIP_DAYS`, how many did more than once, and how many by each cause."""

    accounts: int
    repeatedly: int
    by_cause: Mapping[str, int]
    scored: int


def tag_counts(scored: sa.FromClause) -> sa.Select[Any]:
    """How many accounts the CRM holds in which tier (``crm_tier``), by the computed one: tag, tier, n."""
    tag = _tag(scored.c.crm_tier).label("tag")
    return sa.select(tag, scored.c.tier, sa.func.count().label("n")).group_by(tag, scored.c.tier)


def tag_results(counts: Mapping[Pair, int]) -> Iterator[CheckResult]:
    """The share of the CRM's tiers that are the computed ones, and every pair that differs; nothing without tags."""
    tagged = {pair: n for pair, n in counts.items() if pair[0] != NO_TIER}
    total = sum(tagged.values())
    if not total:
        return
    wrong = {pair: n for pair, n in tagged.items() if pair[0] != pair[1]}
    differing = sum(wrong.values())
    yield CheckResult(
        check="tier_tags",
        table_name="accounts",
        field="crm_tier",
        status="note" if differing else "ok",
        message=f"the CRM holds the computed tier for {total - differing:,} of {total:,} tagged accounts "
        f"({1 - differing / total:.0%}); {sum(counts.values()) - total:,} accounts have no tier there",
        n=differing,
        total=total,
        suggestion="icp-monitor export --dry-run shows what would be corrected" if differing else None,
    )
    for (tag, tier), n in sorted(wrong.items(), key=lambda item: (-item[1], item[0])):
        cure = "rename it under values of crm_tier in sources.yaml" if tag == OTHER_WORD else None
        message = f"{n:,} accounts are {tag} in the CRM and {tier} by their score"
        yield CheckResult("tier_tags", "accounts", "crm_tier", "note", message, f"{tag} → {tier}", n, total, cure)


def flip_result(flips: Flips) -> CheckResult:
    """How many accounts changed tier lately; tiers that come and go cost the score its trust."""
    share = flips.accounts / flips.scored if flips.scored else 0.0
    causes = ", ".join(f"{n:,} by {cause}" for cause, n in sorted(flips.by_cause.items()))
    told = f": {causes}; {flips.repeatedly:,} more than once" if flips.accounts else ""
    cure = "icp-monitor explain ACCOUNT says why one moved; scores beside a cut move with every correction"
    return CheckResult(
        check="tier_flips",
        table_name="accounts",
        field="tier",
        status="note" if share > MOST_FLIPS else "ok",
        message=f"{flips.accounts:,} of {flips.scored:,} accounts ({share:.1%}) changed tier in {FLIP_DAYS} days{told}",
        n=flips.accounts,
        total=flips.scored,
        suggestion=cure if share > MOST_FLIPS else None,
    )


def _tag(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """The CRM's word for a tier as one of ours; people write Tier 1, T1 or 1."""
    written = sa.func.lower(column, type_=sa.Text)
    forms = {form: tier for tier in TIERS for form in _forms(tier)}
    known = sa.case(forms, value=written, else_=sa.literal(OTHER_WORD, sa.Text))
    return sa.case((column.is_(None), sa.literal(NO_TIER, sa.Text)), else_=known)


def _forms(tier: str) -> tuple[str, ...]:
    number = tier.removeprefix("tier_")
    return tier, f"tier {number}", f"tier{number}", f"t{number}", number
