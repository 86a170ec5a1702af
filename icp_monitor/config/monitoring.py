"""How the monitor is operated: calendar, look days, alarm budget, channels (``monitoring.yaml``)."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from icp_monitor.config.export import Export
from icp_monitor.config.strict import CHANNEL, LARGEST, Currency, Day, File, Positive, Share, Slug, Strict, Text, Zone

Channel = Annotated[str, StringConstraints(pattern=CHANNEL)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Calendar(Strict):
    """The business time zone, the first month of the fiscal year and the reporting currency.

    ``rates`` are what one unit of another currency is worth in it, declared once so that markets are no drift.
    """

    timezone: Zone = "UTC"
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    currency: Currency = "USD"
    rates: dict[Currency, Positive] = Field(default={})

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


class StageChange(Strict):
    """A redefinition of the sales stages that is known: from ``on`` a new name stands for a former one.

    ``added`` and ``removed`` stages are looked through on either side of the day, so that paths stay comparable.
    """

    on: Day
    renamed: dict[Text, Text] = Field(default={})
    added: tuple[Text, ...] = ()
    removed: tuple[Text, ...] = ()


class DataGate(Strict):
    """When an extract is refused or its fields are no longer trusted.

    What compares two samples fails only where the difference is larger than allowed and larger than chance makes it:
    ``false_alarms_per_year`` is how often all these comparisons together may err.

    ``max_missing_keys``: a full extract that lacks more than this share of the known records is refused.
    ``max_quarantined``: above this share of bad rows the run reports a data problem.
    ``max_days_stale``: days without any new fact before the data counts as stale.
    ``max_fill_drop``: points by which an attribute's fill rate may fall below the baseline's.
    ``max_fill_gap``: points by which the fill rates of won and lost deals may differ.
    ``max_volume_drop``: share by which the records of some weeks may fall below what the weeks before let expect.
    ``max_placeholders``: points by which the share of placeholders may rise.
    ``max_unit_factor``: factor by which a quantity's median may move; ``max_strays`` points by which the share of
    values far outside the baseline's range may rise.
    ``max_missing_amounts``: points by which won deals without an amount may rise; share of lost deals without one above
    which rates by value are not given.
    ``max_currency_shift``: share of deals that may have changed their currency.
    ``max_stage_shift``: points by which the path between stages may jump; ``max_stay_factor`` how much longer or
    shorter deals may suddenly stay in one stage.
    ``max_deleted``: share of the deals of one outcome that may be deleted in half a year.
    ``max_duplicates``: points by which the share of deals with a duplicated account may rise.
    ``max_same_day``: points by which the share of deals closed on the day of their creation may rise.
    ``max_information_gap``: what today's value of an attribute may tell of the outcome beyond that of the anchor date
    (information value), where more than the share ``max_stand_ins`` of deals is judged by values taken over later.
    ``max_rated_late``: share of ratings that may be given after the outcome.
    """

    max_missing_keys: Share = 0.10
    max_quarantined: Share = 0.20
    max_days_stale: Annotated[int, Field(ge=1)] = 21
    max_fill_drop: Share = 0.20
    max_unknown_vocabulary: Share = 0.10
    false_alarms_per_year: Positive = 0.2
    max_volume_drop: Share = 0.40
    max_fill_gap: Share = 0.15
    max_placeholders: Share = 0.10
    max_unit_factor: Annotated[float, Field(gt=1, le=LARGEST, allow_inf_nan=False)] = 5.0
    max_strays: Share = 0.02
    max_missing_amounts: Share = 0.20
    max_currency_shift: Share = 0.20
    max_stage_shift: Share = 0.30
    max_stay_factor: Annotated[float, Field(gt=1, le=LARGEST, allow_inf_nan=False)] = 3.0
    max_deleted: Share = 0.05
    max_duplicates: Share = 0.10
    max_same_day: Share = 0.10
    max_information_gap: Positive = 0.05
    max_stand_ins: Share = 0.20
    max_rated_late: Share = 0.20
    stage_changes: tuple[StageChange, ...] = ()


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
    export: Export = Export()
    events: tuple[EventMarker, ...] = ()
