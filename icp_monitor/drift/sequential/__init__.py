"""Continuous monitoring: weekly looks at every unit for years, within a budget of false alarms.

    calibration = calibrate(tables, budget_per_year=0.7)     # once for each baseline; keep with the ICP version
    for path in monitor(tables, calibration):                # every look in one pass, each as of its own week
        path.metric, path.segment, path.attribute, path.look(-1)

``calibrate(tables, budget_per_year, *, replays=2000, won_amounts_only=False) -> Calibration`` replays the baseline and
sets thresholds; it is deterministic, and `Calibration.as_json` and `Calibration.from_json` keep it.
``monitor(tables, calibration) -> tuple[UnitPath, ...]`` judges. Directions, by metric: ``win_rate`` and
``score`` are harmful downwards, ``cycle`` is the pace of resolutions, whose fall is harmful; the harmful direction has
nine tenths of the stakes. ``retention``, where customers are known, is the pace at which they leave, whose rise is
harmful. ``acv``, ``mix`` and ``attribute_power`` are looked at in both directions alike.
"""

from icp_monitor.drift.sequential.calibration import Calibration, calibrate
from icp_monitor.drift.sequential.monitor import Look, UnitPath, monitor

__all__ = ["Calibration", "Look", "UnitPath", "calibrate", "monitor"]
