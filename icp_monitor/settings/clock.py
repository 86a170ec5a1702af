"""What time is it, and which business date? Frozen by ``ICP_NOW`` for replays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from icp_monitor.errors import ConfigError


@dataclass(frozen=True)
class Clock:
    """The time of day: the machine's, or always ``frozen`` where that is given."""

    frozen: datetime | None = None

    @classmethod
    def reading(cls, text: str | None) -> Clock:
        """The clock for the value of ``ICP_NOW``: a moment with its offset, or nothing for the machine's clock.

        >>> Clock.reading("2026-10-05T06:00:00Z").now()
        datetime.datetime(2026, 10, 5, 6, 0, tzinfo=datetime.timezone.utc)

        Raises:
            ConfigError: the text is no ISO 8601 moment, or has no offset.
        """
        if text is None:
            return cls()
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise ConfigError(f"ICP_NOW={text!r} is not a moment in time. Cure: write it like 2026-10-05T06:00:00Z")
        return cls(moment.astimezone(UTC))

    def now(self) -> datetime:
        """This moment, in UTC."""
        return self.frozen or datetime.now(UTC)  # noqa: TID251 - the one reading of the clock

    def business_date(self, zone: tzinfo) -> date:
        """Today in the business time zone.

        >>> from zoneinfo import ZoneInfo
        >>> Clock.reading("2026-10-05T02:00:00Z").business_date(ZoneInfo("America/New_York"))
        datetime.date(2026, 10, 4)
        """
        return self.now().astimezone(zone).date()
