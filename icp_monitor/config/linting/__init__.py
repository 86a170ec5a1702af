"""What deserves a second look in a configuration, beside what makes it unusable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.linting.attributes import attribute_warnings
from icp_monitor.config.linting.mapping import unknown_columns, unmapped_attributes
from icp_monitor.config.linting.segments import segment_warnings
from icp_monitor.config.linting.validity import calendar_warnings, validity_warnings
from icp_monitor.config.loading import ICP_FILE, MONITORING_FILE, SOURCES_FILE, read_file
from icp_monitor.config.monitoring import MonitoringConfig
from icp_monitor.config.sources import SourcesConfig
from icp_monitor.errors import Problem


@dataclass(frozen=True)
class LintReport:
    """``errors`` keep the configuration from being used; ``warnings`` never do."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether the configuration can be used."""
        return not self.errors


def lint(folder: Path, today: date | None = None) -> LintReport:
    """Everything that is wrong or doubtful in the three files of ``folder``.

    ``today`` is needed to say which overrides have expired; without it none has.
    """
    icp = read_file(folder / ICP_FILE, IcpConfig)
    monitoring = read_file(folder / MONITORING_FILE, MonitoringConfig)
    sources = read_file(folder / SOURCES_FILE, SourcesConfig)
    doubts = []
    if icp.content:
        doubts += [*attribute_warnings(icp.content), *segment_warnings(icp.content)]
        doubts += validity_warnings(icp.content, today)
    if icp.content and monitoring.content:
        doubts += calendar_warnings(icp.content, monitoring.content)
    if icp.content and sources.content:
        doubts += unmapped_attributes(icp.content, sources.content)
    warnings = icp.document.problems(doubts)
    if icp.content and sources.content:
        warnings += sources.document.problems(unknown_columns(icp.content, sources.content))
    return LintReport((*icp.problems, *monitoring.problems, *sources.problems), warnings)
