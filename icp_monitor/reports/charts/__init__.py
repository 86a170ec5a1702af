"""The report's pictures, one file each, drawn from the document's values; they can be told apart in greyscale."""

from icp_monitor.reports.charts.canvas import svg
from icp_monitor.reports.charts.customers import costs, stays
from icp_monitor.reports.charts.funnel import funnel
from icp_monitor.reports.charts.lifts import lifts
from icp_monitor.reports.charts.mix import mix
from icp_monitor.reports.charts.tier_curves import win_curves
from icp_monitor.reports.charts.trend import trend
from icp_monitor.reports.charts.waterfall import waterfall

__all__ = ["costs", "funnel", "lifts", "mix", "stays", "svg", "trend", "waterfall", "win_curves"]
