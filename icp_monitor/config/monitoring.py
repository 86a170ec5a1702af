"""How the monitor is operated: calendar, look days, alarm budget, channels (``monitoring.yaml``)."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, field_validator

from icp_monitor.config.faults import refusal
from icp_monitor.config.strict import CHANNEL, Currency, Day, File, Positive, Share, Slug, Strict, Text

Channel = Annotated[str, StringConstraints(pattern=CHANNEL)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Calendar(Strict):
    """The business time zone, the first month of the fiscal year and the reporting currency."""

    timezone: str = "UTC"
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    currency: Currency = "USD"

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (KeyError, ValueError, OSError):  # unknown, not a relative path, a folder such as America
            raise refusal("unknown time zone", "use an IANA name such as America/New_York") from None

    @property
    def zone(self) -> ZoneInfo:
        """The business time zone."""
        return ZoneInfo(self.timezone)


class Evidence(Strict):
    """How sure a verdict must be.

    ``level`` is the coverage of every printed interval; ``fdr`` bounds the share of false findings in a family;
    ``min_maturity`` is the share of a cohort that must have been watched for the whole horizon.
    """

    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.90
    fdr: Annotated[float, Field(gt=0, lt=0.5)] = 0.10
    min_maturity: Share = 0.50
    power: Annotated[float, Field(gt=0.5, lt=1)] = 0.80


class DataGate(Strict):
    """When an extract is refused or its fields are no longer trusted.

    ``max_missing_keys``: a full extract that lacks more than this share of the known records is refused.
    ``max_quarantined``: above this share of bad rows the run reports a data problem.
    ``max_days_stale``: days without any new fact before the data counts as stale.
    ``max_fill_drop``: points by which an attribute's fill rate may fall below the baseline's.
    """

    max_missing_keys: Share = 0.10
    max_quarantined: Share = 0.20
    max_days_stale: Annotated[int, Field(ge=1)] = 21
    max_fill_drop: Share = 0.20
    max_unknown_vocabulary: Share = 0.10


class Channels(Strict):
    """Where messages go. ``watch: digest`` keeps small findings to the weekly digest."""

    critical: Channel = "#icp-drift"
    watch: Channel = "#icp-drift"
    digest: Channel = "#icp-drift"
    data: Channel = "#icp-ops"
    ops: Channel = "#icp-ops"


class Alerting(Strict):
    """Whether messages are written to files (``outbox``) or handed to Slack (``live``)."""

    delivery: Literal["outbox", "live"] = "outbox"
    channels: Channels = Channels()
    report_url: str | None = None


class EventMarker(Strict):
    """Something that happened in the market or inside the company, shown beside every series."""

    id: Slug
    on: Day
    kind: Literal["launch", "pricing", "competitor", "market", "process", "other"] = "other"
    label: Text


class MonitoringConfig(File):
    """The whole of ``monitoring.yaml``."""

    calendar: Calendar = Calendar()
    look_day: Weekday = "monday"
    history_quarters: Annotated[int, Field(ge=2, le=40)] = 8
    alarm_budget_per_year: Positive = 0.7
    calibration_replays: Annotated[int, Field(ge=50, le=100_000)] = 2_000
    evidence: Evidence = Evidence()
    data_gate: DataGate = DataGate()
    alerting: Alerting = Alerting()
    events: tuple[EventMarker, ...] = ()
