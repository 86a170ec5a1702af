"""The only place that reads the environment and the clock."""

from icp_monitor.config.connection import Connection
from icp_monitor.settings.clock import Clock
from icp_monitor.settings.code import code_version
from icp_monitor.settings.environment import Settings

__all__ = ["Clock", "Connection", "Settings", "code_version"]
