"""The nearest word that would have been right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

FEW = 12


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A cure that names the known word nearest to ``word``, or else all of them if they are few.

    >>> did_you_mean("weigth", ["id", "weight"])
    "did you mean 'weight'?"
    >>> did_you_mean("x", ["won", "lost"])
    'one of lost, won'
    """
    words = sorted(known)
    close = get_close_matches(word.lower(), words, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"one of {', '.join(words)}" if 0 < len(words) <= FEW else None
