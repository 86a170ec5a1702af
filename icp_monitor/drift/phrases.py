"""Numbers as they are written in sentences."""

from __future__ import annotations

from collections.abc import Sequence

MINUS = "\N{MINUS SIGN}"
AT_EQUAL_MIX = "at equal mix"
AT_EQUAL_AGE = "at equal age and mix"


def percent(share: float) -> str:
    """A share.

    >>> percent(0.293)
    '29 %'
    """
    return _signed(100 * share, 0).lstrip("+") + " %"


def signed_percent(change: float) -> str:
    """A relative change.

    >>> signed_percent(0.4)
    '+40 %'
    """
    return _signed(100 * change, 0) + " %"


def signed_days(change: float) -> str:
    """A difference of days.

    >>> signed_days(6.6)
    '+7 days'
    """
    return _signed(change, 0) + " days"


def points(change: float) -> str:
    """A difference of shares.

    >>> points(0.1234)
    '+12.3 points'
    """
    return _signed(100 * change, 1) + " points"


def change_in(unit: str, change: float) -> str:
    """A change in the unit of its effect, ``points`` or ``relative``, with one decimal."""
    return points(change) if unit == "points" else _signed(100 * change, 1) + " %"


def tier_name(tier: str) -> str:
    """A tier as people say it.

    >>> tier_name("tier_1")
    'Tier 1'
    """
    return tier.replace("_", " ").capitalize()


def plural(keys: Sequence[str]) -> str:
    """What strata are made of.

    >>> plural(("tier", "channel"))
    'tiers and channels'
    """
    return " and ".join(f"{key}s" for key in keys)


def either(names: Sequence[str]) -> str:
    """One of several.

    >>> either(["owner", "channel", "industry"])
    'owner, channel or industry'
    """
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def _signed(number: float, digits: int) -> str:
    text = f"{number:+.{digits}f}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", MINUS)
