"""What can go wrong, in the words of the person who must put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it is, and what would put it right.

    ``where`` names a file, with a line or record where there is one: ``config/icp.yaml:14``.
    ``value`` is the offending value as it was written, already shortened.

    >>> print(Problem("icp.yaml:14", "weight must be a number", "'five'", "write 5"))
    icp.yaml:14: weight must be a number, got 'five'. Cure: write 5
    """

    where: str
    message: str
    value: str | None = None
    cure: str | None = None

    def __str__(self) -> str:
        got = f", got {self.value}" if self.value is not None else ""
        cure = f". Cure: {self.cure}" if self.cure else ""
        return f"{self.where}: {self.message}{got}{cure}"


class IcpError(Exception):
    """Anything that the user can put right; carries every problem found, not only the first."""

    exit_code = 1

    def __init__(self, *problems: Problem | str) -> None:
        self.problems: tuple[Problem | str, ...] = problems
        super().__init__("\n".join(str(problem) for problem in problems))

    @classmethod
    def from_problems(cls, problems: Sequence[Problem]) -> IcpError:
        """The error that reports all of ``problems`` at once."""
        return cls(*problems)


class ConfigError(IcpError):
    """A configuration file or an argument can't be used as it stands."""

    exit_code = 2


class SourceError(IcpError):
    """An extract is refused as a whole; what was stored before it is untouched."""


class NotReadyError(IcpError):
    """A step was asked for before the step that it builds on had finished."""


class StorageError(IcpError):
    """The warehouse or the ledger can't be used as addressed."""


class RefusedError(IcpError):
    """The question can't be answered honestly with this data; the message says why."""


class DeliveryError(IcpError):
    """A message could not be handed over; it stays due and is tried again by the next run."""
