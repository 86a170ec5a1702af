"""What would change where the scores go: only what differs is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from icp_monitor.config.export import Exported
from icp_monitor.delivery.crm.target import Change, Values
from icp_monitor.pipeline.export.scores import NUMBERS, Scored, rounded

NO_TIER = "none"
SILENT: tuple[Exported, ...] = ("scored_on",)  # sent along, but no reason to send: it changes every day

Move = tuple[str, str]


@dataclass(frozen=True)
class Fields:
    """How a target calls what it gets, renames tiers, and how exactly it is told numbers."""

    names: Mapping[Exported, str]
    tiers: Mapping[str, str]
    digits: int

    def written(self, account: Scored) -> dict[str, str | None]:
        """An account's values by the target's names."""
        return {name: self._value(what, account.values[what]) for what, name in self.names.items()}

    def differ(self, held: Values, wanted: Values) -> bool:
        """Whether anything but the day has changed."""
        return any(
            self._comparable(what, held.get(name)) != self._comparable(what, wanted[name])
            for what, name in self.names.items()
            if what not in SILENT
        )

    def _value(self, what: Exported, text: str | None) -> str | None:
        return self.tiers.get(text, text) if what == "tier" and text is not None else text

    def _comparable(self, what: Exported, text: str | None) -> str | None:
        if what == "icp_version":
            return rounded(text, 0)  # a CRM may hold it as the number 2.0
        return rounded(text, self.digits) if what in NUMBERS else text or None


@dataclass(frozen=True)
class Differences:
    """``moves`` counts the changes by the tier that is held and the one that would be; no account is named in it."""

    changes: list[Change] = field(repr=False)
    moves: Mapping[Move, int]
    unchanged: int
    unknown: int
    scored: frozenset[str] = field(repr=False)


def differences(accounts: Iterable[Scored], held: Mapping[str, Values], fields: Fields, *, adds: bool) -> Differences:
    """Compares accounts with what a target holds; where it ``adds`` none, those that it doesn't know are left out."""
    changes: list[Change] = []
    moves: Counter[Move] = Counter()
    unchanged = unknown = 0
    scored = set()
    tier = fields.names["tier"]
    for account in accounts:
        scored.add(account.account_id)
        there, wanted = held.get(account.account_id), fields.written(account)
        if there is None and not adds:
            unknown += 1
        elif there is not None and not fields.differ(there, wanted):
            unchanged += 1
        else:
            changes.append(Change(account.account_id, wanted))
            moves[(there or {}).get(tier) or NO_TIER, wanted[tier] or NO_TIER] += 1
    return Differences(changes, dict(moves), unchanged, unknown, frozenset(scored))
