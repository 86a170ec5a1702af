"""Registers what icp_monitor adds to Airflow; nothing else happens here."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin
from icp_fiscal_timetable import FiscalQuarterTimetable


class IcpDriftPlugin(AirflowPlugin):
    """The fiscal calendar as a timetable."""

    name = "icp_drift"
    timetables = [FiscalQuarterTimetable]  # noqa: RUF012 - Airflow's attribute
