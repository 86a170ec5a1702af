"""How values, ranges and changes are written: one precision everywhere, and a dash for what is unknown."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TypeGuard

from icp_monitor.alerts.names import COUNTED
from icp_monitor.drift.phrases import MINUS, change_in, percent, points
from icp_monitor.drift.verdict import Direction, Effect, EffectUnit, Estimate, Finding
from icp_monitor.periods import Window

UNKNOWN = "–"
UNITS = (" %", " points", " days", " ×")
ARROWS: dict[Direction | None, str] = {"up": "▲ ", "down": "▼ ", None: ""}


def shown(value: float | None, finding: Finding) -> str:
    """A value of the finding's metric: a share, a difference of shares, an amount or days."""
    if not is_known(value):
        return UNKNOWN
    match finding.unit.metric:
        case "tier_order" | "attribute_power":
            return points(value).lstrip("+")
        case "acv" | "ltv" | "cac":
            return f"{finding.currency or ''} {value:,.0f}".strip()
        case "cycle":
            return counted(round(value), "day")
    return share(value) if finding.effect.unit == "points" else f"{value:,.4g}"


def share(value: float) -> str:
    """A share of 1, more precise than in running text, so that differences of printed shares are right.

    >>> share(0.1224)
    '12.2 %'
    """
    return f"{value * 100:.1f} %".replace("-", MINUS)


def estimate(item: Estimate, finding: Finding) -> str:
    """A value with its range and the number of deals or customers behind it.

    The range is left out where it is unknown.
    """
    known = behind(item, finding)
    if is_known(item.value) and is_known(item.low) and is_known(item.high):
        known = f"{span(shown(item.low, finding), shown(item.high, finding))}, {known}"
    return f"{shown(item.value, finding)} ({known})"


def behind(item: Estimate, finding: Finding) -> str:
    """How many deals, or whatever else the metric counts, a value comes from."""
    return counted(item.n, COUNTED.get(finding.unit.metric, "deal"))


def amount_of_change(value: float | None, unit: EffectUnit, *, signed: bool = True) -> str:
    """A difference in points, or in percent of the baseline.

    >>> amount_of_change(-0.17, "points"), amount_of_change(0.2, "relative", signed=False)
    ('−17.0 points', '20.0 %')
    """
    if not is_known(value):
        return UNKNOWN
    return change_in(unit, value) if signed else change_in(unit, abs(value)).lstrip("+")


def change(effect: Effect, level: float, basis: str = "") -> str:
    """The effect with its range; the arrow says what the printed number says.

    >>> change(Effect(-0.17, -0.23, -0.10, "points", 0.05), 0.90)
    '▼ −17.0 points (90 % range −23.0 to −10.0 points)'
    """
    if not is_known(effect.value):
        return "change not known"
    text = f"{ARROWS[direction(effect)]}{amount_of_change(effect.value, effect.unit)}{basis}"
    if not (is_known(effect.low) and is_known(effect.high)):
        return text
    low, high = (amount_of_change(end, effect.unit) for end in (effect.low, effect.high))
    return f"{text} ({percent(level)} range {span(low, high)})"


def span(low: str, high: str) -> str:
    """A range of two written values, with their unit once.

    >>> span("13.3 %", "22.1 %"), span("USD 5,100", "USD 6,900")
    ('13.3 to 22.1 %', 'USD 5,100 to USD 6,900')
    """
    unit = next((unit for unit in UNITS if low.endswith(unit) and high.endswith(unit)), "")
    return f"{low.removesuffix(unit)} to {high}"


def direction(effect: Effect) -> Direction | None:
    """The way that the printed number goes; None where it is unknown or prints as no change at all."""
    text = amount_of_change(effect.value, effect.unit)
    if text.startswith("+"):
        return "up"
    return "down" if text.startswith(MINUS) else None


def probability(p: float) -> str:
    """A p-value or q-value as it stands after its letter.

    >>> probability(0.000003), probability(0.02)
    ('below 0.0001', '0.02')
    """
    return "below 0.0001" if p < 0.0001 else f"{p:.2g}"


def counted(n: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "deal"), counted(1200, "deal")
    ('1 deal', '1,200 deals')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def day(when: date) -> str:
    """A date as people write it.

    >>> day(date(2026, 10, 5))
    '5 Oct 2026'
    """
    return f"{when.day} {when:%b %Y}"


def days(window: Window) -> str:
    """The window with its last day included, as people write it."""
    return f"{day(window.start)} to {day(window.end - timedelta(days=1))}"


def is_known(value: float | None) -> TypeGuard[float]:
    """Whether there is a number to print."""
    return value is not None and math.isfinite(value)
