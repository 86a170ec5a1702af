"""Text that came from outside, made fit to stand in a sentence: one line, no control characters, not too long."""

from __future__ import annotations

import unicodedata

NAME_LIMIT = 60
LINE_LIMIT = 160
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
ISOLATE, END_ISOLATE = "\u2068", "\u2069"


def printable(text: str, limit: int = LINE_LIMIT) -> str:
    r"""``text`` as one line of at most ``limit`` characters.

    Control characters and those that reorder the text round them are dropped.

    >>> printable("two\nlines\x07")
    'two lines'
    """
    kept = "".join(_kept(character) for character in text)
    return shorten(" ".join(kept.split()), limit)


def printable_lines(text: str, limit: int) -> str:
    """As ``printable``, but with its lines kept apart."""
    return shorten("\n".join(printable(line, limit) for line in text.splitlines()), limit)


def printable_name(text: str) -> str:
    """A name that leaves the sentence round it in order, even one that is written from right to left."""
    name = printable(text, NAME_LIMIT)
    right_to_left = any(unicodedata.bidirectional(character) in ("R", "AL") for character in name)
    return f"{ISOLATE}{name}{END_ISOLATE}" if right_to_left else name


def shorten(text: str, limit: int) -> str:
    """``text`` cut to ``limit`` characters in its middle: the end of a line often holds the numbers.

    >>> shorten("a very long sentence", 11)
    'a ver…tence'
    """
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def _kept(character: str) -> str:
    if character.isspace():
        return " "
    unwanted = character in BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Cs")
    return "" if unwanted else character
