"""Which kinds of account a synthetic company sells to, and how deals with each kind usually go."""

from __future__ import annotations

from dataclasses import dataclass

FINANCE = ("522110", "522291", "523120", "523940")
HEALTH = ("621111", "621511", "622110", "623110")
SOFTWARE = ("511210",)
MANUFACTURING = ("311812", "325412", "332710", "334413", "336390")
ELSEWHERE = ("221122", "236220", "423430", "445110", "484121", "524126", "541611", "611310")
EVERY_INDUSTRY = FINANCE + HEALTH + SOFTWARE + MANUFACTURING + ELSEWHERE


@dataclass(frozen=True)
class SegmentProfile:
    """A segment's accounts and the usual course of its deals.

    ``industries`` are NAICS codes out of ``EVERY_INDUSTRY``; ``employees`` is half-open; ``deals`` counts the
    opportunities that a company of scale 1 creates in a quarter; ``amount`` is the mean in currency units;
    ``cycle_weeks`` the mean time to close.
    """

    id: str
    industries: tuple[str, ...]
    employees: tuple[int, int]
    deals: float
    win_rate: float
    amount: float
    cycle_weeks: float


OTHER = SegmentProfile("other", ELSEWHERE, (200, 10_000), 190, 0.12, 20_000, 10)

SEGMENTS = (
    SegmentProfile("fintech-mm", FINANCE, (200, 2_000), 150, 0.28, 48_000, 13),
    SegmentProfile("fintech-ent", FINANCE, (2_000, 60_000), 60, 0.40, 90_000, 18),
    SegmentProfile("health-mm", HEALTH, (200, 2_000), 100, 0.34, 70_000, 15),
    SegmentProfile("saas-mm", SOFTWARE, (200, 2_000), 200, 0.24, 36_000, 11),
    SegmentProfile("manufacturing-mm", MANUFACTURING, (200, 2_000), 300, 0.20, 24_000, 9),
    SegmentProfile("smb", EVERY_INDUSTRY, (5, 200), 400, 0.16, 15_000, 7),
    OTHER,
)
