"""What a place can do that holds an account's tier and score: say what it holds, and take what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from icp_monitor.errors import Problem

Values = Mapping[str, str | None]  # by the target's own field names, as text; None where a field is empty


@dataclass(frozen=True)
class Change:
    """What is to be written to one record; ``key`` is how the target knows it."""

    key: str
    values: Values


@dataclass(frozen=True)
class Failure:
    """A record that the target did not take, and why."""

    key: str
    reason: str


class Target(Protocol):
    """One place. ``batch`` is how many changes it takes at once."""

    batch: int

    def refusals(self) -> list[Problem]:
        """What keeps it from being written at all: fields that it hasn't, rights that are missing."""

    def held(self) -> dict[str, Values]:
        """What it holds now, by key."""

    def update(self, changes: Sequence[Change]) -> list[Failure]:
        """Write some changes; those that it refuses are returned, the others are kept."""

    def close(self) -> None:
        """Give connections back."""
