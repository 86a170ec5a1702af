"""The text of a first ``monitoring.yaml``: defaults, with what cannot be read from a file marked."""

from __future__ import annotations

from icp_monitor.pipeline.initial.history import LOOK_DAY


def monitoring_text(currency: str) -> str:
    """The whole file."""
    return f"""\
# yaml-language-server: $schema=schema/monitoring.schema.json

# How the monitor is run: when it looks, how many false alarms it may give, and where it speaks.

calendar:
  timezone: UTC                             # write yours, like Europe/Berlin: a business day ends at midnight there
  fiscal_year_start: 1                      # the month in which the fiscal year begins
  currency: {currency}                             # amounts are reported in it

look_day: {LOOK_DAY}                            # verdicts and alerts are given once a week, on this day
alarm_budget_per_year: 0.7                  # false alarms a year, over every segment and metric together

evidence:
  level: 0.90                               # coverage of every interval shown
  fdr: 0.10                                 # at most this share of a quarter's findings may be false

alerting:
  delivery: outbox                          # outbox writes messages to files, live hands them to Slack
  channels: {{critical: "#icp-drift", watch: digest, digest: "#icp-drift", data: "#icp-ops", ops: "#icp-ops"}}
"""
