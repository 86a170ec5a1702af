"""What was guessed, how sure that is, and what a person should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sureness = Literal["sure", "likely", "unsure"]


@dataclass(frozen=True)
class Guess:
    """One decision that the files didn't state.

    ``about`` names what was decided, ``because`` what it rests on, ``look`` what to check where it isn't sure.
    """

    about: str
    value: str
    sure: Sureness
    because: str
    look: str | None = None
