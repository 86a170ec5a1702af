"""What the company has decided: the profile, how it is monitored, and where its records come from."""

from icp_monitor.config.expressions import parse_rule
from icp_monitor.config.hashing import canonical_hash, canonical_json
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.linting import LintReport, lint
from icp_monitor.config.loading import Config, load_config, load_icp, load_monitoring, load_sources
from icp_monitor.config.monitoring import MonitoringConfig
from icp_monitor.config.rules import Rule, names_in
from icp_monitor.config.schemas import write_schemas
from icp_monitor.config.sources import SourcesConfig

__all__ = [
    "Config",
    "IcpConfig",
    "LintReport",
    "MonitoringConfig",
    "Rule",
    "SourcesConfig",
    "canonical_hash",
    "canonical_json",
    "lint",
    "load_config",
    "load_icp",
    "load_monitoring",
    "load_sources",
    "names_in",
    "parse_rule",
    "write_schemas",
]
