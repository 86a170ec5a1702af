"""The work that every contender does: one look day of the example profile, from raw loads to verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from icp_monitor.config.loading import Config, load_config
from icp_monitor.periods import Quarter, Window, last_complete_quarter, quarter_of

ROOT = Path(__file__).parents[2]
SQL = Path(__file__).parent / "sql"
QUIET = "SET enable_progress_bar = false"  # DuckDB would print it among the results
LATER = date(2025, 10, 6)  # of the second pull
DAY = date(2026, 1, 26)
TABLES = (
    "account_scores",
    "opportunity_scores",
    "life_tables",
    "close_counts",
    "win_loss_counts",
    "attribute_distributions",
    "segment_metrics",
)
VERDICTS = "verdicts.json"


@dataclass(frozen=True)
class Question:
    """The cohort of ``window`` is wanted as it was known on ``day``."""

    window: Window
    day: date


@dataclass(frozen=True)
class Task:
    """A company's raw datasets in the folder ``raw``, and the folder that takes what is computed."""

    raw: Path
    out: Path
    config: Config

    @classmethod
    def on(cls, raw: Path, out: Path) -> Task:
        """The task with the example configuration."""
        return cls(raw, out, load_config(ROOT / "config"))

    @property
    def first_month(self) -> int:
        """The month in which the fiscal year begins."""
        return self.config.monitoring.calendar.fiscal_year_start

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        """The quarters that are measured, the current one last."""
        current = quarter_of(DAY, self.first_month)
        return tuple(current.shift(-back) for back in reversed(range(self.config.monitoring.history_quarters)))

    @property
    def questions(self) -> Iterator[Question]:
        """The cohorts of the verdicts: the baseline, the quarter whose outcomes are known, the last complete one."""
        icp, horizon = self.config.icp, timedelta(days=self.config.icp.horizon_days)
        mature = last_complete_quarter(DAY, icp.horizon_days, self.first_month).window
        complete = last_complete_quarter(DAY, 0, self.first_month).window
        yield Question(icp.baseline.window, icp.baseline.window.end + horizon)
        yield Question(mature, mature.end + horizon)
        yield Question(complete, complete.end)

    def table(self, name: str) -> Path:
        """Where the file of a table is written."""
        return self.out / f"{name}.parquet"
