"""From when to when are records read, and when must everything be read again?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

OVERLAP = timedelta(minutes=10)  # a change is stamped when its transaction begins, and seen when it ends
RECYCLED = timedelta(days=14)  # a day less than deleted records stay in the recycle bin, where they can be seen


@dataclass(frozen=True)
class Window:
    """What changed at Salesforce before ``until``; since ``since``, or ever.

    ``until`` is Salesforce's own time when the reading began: what changes later belongs to the next reading.
    """

    since: datetime | None
    until: datetime

    @classmethod
    def after(cls, watermark: str | None, now: datetime) -> Window:
        """The window that follows a reading which ended at ``watermark``, overlapping it."""
        since = None if watermark is None else datetime.fromisoformat(watermark) - OVERLAP
        return cls(since, now)

    @property
    def may_miss_deletions(self) -> bool:
        """Whether records that were deleted since may be gone from the recycle bin, so that nothing tells of them."""
        return self.since is None or self.until - self.since > RECYCLED

    @property
    def watermark(self) -> str:
        """Where the next reading goes on."""
        return self.until.isoformat()
