"""How the page writes numbers and dates; a dash for what is unknown."""

from __future__ import annotations

from datetime import date, timedelta

from icp_monitor.alerts.figures import UNKNOWN, day, is_known
from icp_monitor.drift.phrases import MINUS, signed_percent
from icp_monitor.drift.phrases import points as signed_points

METRICS = {
    "win_rate": "Win rate",
    "acv": "Average contract",
    "cycle": "Time to a decision",
    "velocity": "Won a day",
    "pipeline_share": "Open pipeline",
}
MONEY = ("acv", "velocity")
MATURE = 0.995  # prints as 100 %


def percent(value: float | None, digits: int = 1) -> str:
    """A share."""
    return f"{value * 100:.{digits}f} %".replace("-", MINUS) if is_known(value) else UNKNOWN


def points(value: float | None) -> str:
    """A difference of shares."""
    return signed_points(value) if is_known(value) else UNKNOWN


def growth(value: float | None) -> str:
    """A factor's contribution to a change, in log points."""
    return signed_percent(value) if is_known(value) else UNKNOWN


def count(value: float | None) -> str:
    """A number of records."""
    return f"{value:,.0f}" if is_known(value) else UNKNOWN


def times(value: float | None) -> str:
    """A ratio."""
    return f"{value:.2f} ×" if is_known(value) else UNKNOWN


def metric(value: float | None, name: str) -> str:
    """A number of the scorecard; the column says in which currency or unit."""
    return count(value) if name in MONEY or name == "cycle" else percent(value)


def metric_title(name: str, currency: str) -> str:
    """What a metric is called, and what it is counted in."""
    unit = f", {currency}" if name in MONEY else ", days" if name == "cycle" else ""
    return METRICS[name] + unit


def date_of(iso: str) -> str:
    """A date as people write it."""
    return day(date.fromisoformat(iso))


def period(days: tuple[str, str]) -> str:
    """A window, whose second date is not included, with its last day."""
    return f"{date_of(days[0])} to {day(date.fromisoformat(days[1]) - timedelta(days=1))}"


def is_mature(maturity: float | None) -> bool:
    """Whether a cohort was watched for the whole horizon."""
    return maturity is not None and maturity >= MATURE
