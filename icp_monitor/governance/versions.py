"""Which version of the profile is in force on a date?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar


class Dated(Protocol):
    """A version with the date from which it holds."""

    @property
    def number(self) -> int:
        """Its version number."""

    @property
    def effective_from(self) -> date:
        """The first date on which it is in force."""


Version = TypeVar("Version", bound=Dated)


def select_version_in_force(approved: Iterable[Version], as_of: date) -> Version | None:
    """The highest-numbered of the ``approved`` versions that has taken effect by ``as_of``; None when none has.

    A later version replaces an earlier one even where its own effective date is earlier: it was decided last.
    """
    effective = (version for version in approved if version.effective_from <= as_of)
    return max(effective, key=lambda version: version.number, default=None)
