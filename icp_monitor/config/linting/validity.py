"""Are the dates of the profile such that its baseline can be trusted, and its overrides still hold?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from icp_monitor.config.faults import Fault
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.monitoring import MonitoringConfig
from icp_monitor.periods import quarter_of


def validity_warnings(icp: IcpConfig, today: date | None) -> Iterator[Fault]:
    """Doubts about the baseline's window and about overrides that have run out."""
    baseline = icp.baseline
    if baseline.to > icp.effective_from:
        message = "the baseline ends after the profile came into force, so the profile is compared with itself"
        yield Fault(("baseline", "to"), message, cure=f"end it by {icp.effective_from}")
    if baseline.window.days < icp.horizon_days:
        message = f"the baseline is shorter than the horizon of {icp.horizon_days} days"
        yield Fault(("baseline",), message, f"{baseline.window.days} days", "take at least a fiscal year")
    for position, override in enumerate(icp.strategic_overrides):
        if today and override.expires <= today:
            path = ("strategic_overrides", position, "expires")
            yield Fault(path, f"the override of {override.attribute} has expired", cure="remove it, or decide it anew")


def calendar_warnings(icp: IcpConfig, monitoring: MonitoringConfig) -> Iterator[Fault]:
    """Deals are counted by fiscal quarter, so a baseline that cuts a quarter can't be compared whole."""
    first_month = monitoring.calendar.fiscal_year_start
    for key, day in (("from", icp.baseline.from_), ("to", icp.baseline.to)):
        start = quarter_of(day, first_month).window.start
        if day != start:
            yield Fault(("baseline", key), "the baseline cuts a fiscal quarter in two", cure=f"write {start}")
