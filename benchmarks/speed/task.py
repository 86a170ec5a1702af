"""The work that every contender does: one look day of the example profile, from raw loads to verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from icp_monitor.config.loading import Config, load_config
from icp_monitor.periods import Quarter, quarter_of
from icp_monitor.pipeline.weekly import Weeks
from icp_monitor.snapshots.asof import Asof

ROOT = Path(__file__).parents[2]
SQL = Path(__file__).parent / "sql"
QUIET = "SET enable_progress_bar = false"  # DuckDB would print it among the results
LATER = date(2025, 10, 6)  # of the second pull
DAY = date(2026, 1, 26)
WEEKLY = ("deals", "amounts", "created_values", "resolved_values", "accounts")
TABLES = (
    "account_scores",
    "opportunity_scores",
    "life_tables",
    "close_counts",
    "win_loss_counts",
    "attribute_distributions",
    "segment_metrics",
    *(f"weekly_{name}" for name in WEEKLY),
)
VERDICTS = "verdicts.json"


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
    def weeks(self) -> Weeks:
        """The weeks that are judged."""
        return Weeks.of(self.config.icp.baseline.window, self.config.monitoring.look_day, self.first_month)

    @property
    def asof(self) -> Asof:
        """The day from which the contenders look, after both pulls."""
        return Asof(DAY, "as-was", last_load=2, observed_until=DAY)

    def table(self, name: str) -> Path:
        """Where the file of a table is written."""
        return self.out / f"{name}.parquet"
