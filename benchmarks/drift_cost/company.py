"""A company as its scored deals, in two Parquet files: those created in the baseline, and those created after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.matching import CategoryAttribute, CategoryMatch

if TYPE_CHECKING:
    import pyarrow as pa

    from icp_monitor.pipeline.weekly import Weeks

CONFIG = Path(__file__).parents[2] / "config"  # whose profile is changed for the company
ORIGIN = date(2023, 1, 2)
BASELINE_WEEKS = 52
VALUES = 5
DEALS_PER_ACCOUNT = 4
REFERENCE, CURRENT = "reference.parquet", "current.parquet"


@dataclass(frozen=True)
class Company:
    """So many deals created in the baseline, and as many after it, up to the end of ``weeks``."""

    deals: int
    segments: int
    attributes: int
    weeks: int

    @property
    def calendar(self) -> Weeks:
        """The weeks that are judged."""
        from icp_monitor.pipeline.weekly import Weeks

        return Weeks(ORIGIN, BASELINE_WEEKS, first_month=1)

    @property
    def end(self) -> date:
        """The day of the last look."""
        return ORIGIN + timedelta(weeks=self.weeks)

    @property
    def columns(self) -> list[str]:
        """The attributes."""
        return [f"attribute_{number}" for number in range(self.attributes)]

    def profile(self, example: IcpConfig) -> IcpConfig:
        """The example profile with this company's segments and attributes; the segment `other` is one of the former."""
        match = CategoryMatch(full=tuple(f"value {value}" for value in range(VALUES - 1)))
        attributes = tuple(
            CategoryAttribute(id=name, family="firmographic", weight=3, type="category", match=match)
            for name in self.columns
        )
        first = example.segments[0]
        segments = tuple(
            first.model_copy(update={"id": f"segment-{number:02}", "priority": number + 1})
            for number in range(self.segments - 1)
        )
        return example.model_copy(update={"attributes": attributes, "segments": segments})

    def write(self, folder: Path, profile: IcpConfig, seed: int = 1) -> None:
        """Draw the deals; nothing changes over time."""
        from pyarrow import parquet as pq

        chance = np.random.default_rng(seed)
        spans = {REFERENCE: (0, BASELINE_WEEKS), CURRENT: (BASELINE_WEEKS, self.weeks)}
        for name, (first, end) in spans.items():
            pq.write_table(self._drawn(chance, profile, first * 7, end * 7), folder / name)

    def _drawn(self, chance: np.random.Generator, profile: IcpConfig, first: int, end: int) -> pa.Table:
        import pyarrow as pa

        n, names = self.deals, np.array(profile.segment_ids)
        values = chance.choice(VALUES, size=(n, self.attributes), p=[0.35, 0.25, 0.2, 0.15, 0.05])
        score = np.clip(55 + 6 * (values - 1.25).sum(1) / self.attributes**0.5 + chance.normal(0, 12, n), 0, 100)
        created = chance.integers(first, end, n)
        age = chance.gamma(2.0, 35.0, n).astype(int)
        closed = created + age < self.weeks * 7
        won = chance.random(n) < 1 / (1 + np.exp(1.2 - (score - 55) / 20))
        return pa.table(
            {
                "account": np.char.add("A", chance.integers(0, n // DEALS_PER_ACCOUNT, n).astype(str)),
                "segment": names[chance.integers(0, len(names), n)],
                "anchor_on": _days(created),
                "closed_on": pa.array(_days(created + age), mask=~closed),
                "age_days": np.where(closed, age, self.weeks * 7 - created).astype("int32"),
                "outcome": np.where(closed, np.where(won, "won", "lost"), "open"),
                "score": score.round(6),
                "log_amount": (chance.normal(10.5, 0.8, n) * 1e9).astype("int64"),
                **{
                    name: np.char.add("value ", values[:, number].astype(str))
                    for number, name in enumerate(self.columns)
                },
            }
        )


def _days(numbers: NDArray[np.int64]) -> NDArray[np.datetime64]:
    return np.datetime64(ORIGIN, "D") + numbers.astype("timedelta64[D]")
