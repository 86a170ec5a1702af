"""A public data set of a synthetic software company whose tables contradict each other: the gate counts where."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from icp_monitor import pipeline
from icp_monitor.settings import Settings

REPOSITORY = Path(__file__).parents[3]
SHARED = Path(os.environ.get("ICP_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))  # noqa: TID251 - tests' switch

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SHARED / "ravenstack").is_dir(), reason=f"no public data sets in {SHARED}"),
]

ICP = """
apiVersion: icp/v1
kind: IdealCustomerProfile
metadata: {id: ravenstack, name: Ravenstack, version: 1, owner: revops}
attributes:
  - {id: industry, family: firmographic, type: category, weight: 1, match: {full: [FinTech]}}
baseline: {from: 2023-02-01, to: 2024-01-01}
effective_from: 2024-01-01
"""
SOURCES = """
sources:
  app:
    kind: csv
    folder: data
    stages: {won: ["FALSE", "TRUE"], lost: [Lost]}
    tables:
      accounts:
        file: ravenstack_accounts.csv
        columns:
          account_id: account_id
          name: account_name
          created_on: signup_date
          industry: industry
          has_left: churn_flag
      opportunities:                        # every account signed once, on the day of its signup
        file: ravenstack_accounts.csv
        columns:
          opportunity_id: account_id
          account_id: account_id
          stage: is_trial
          created_on: signup_date
          closed_on: signup_date
      subscriptions:
        file: ravenstack_subscriptions.csv
        columns:
          subscription_id: subscription_id
          account_id: account_id
          product: plan_tier
          monthly_amount: mrr_amount
          started_on: start_date
          ended_on: end_date
          is_trial: is_trial
      activities: ACTIVITIES
"""
DEPARTURES = """
        file: ravenstack_churn_events.csv
        columns:
          activity_id: churn_event_id
          account_id: account_id
          occurred_on: churn_date
          kind: {constant: churn}
"""
USAGE = """
        file: ravenstack_feature_usage.csv
        columns: {activity_id: usage_id, account_id: subscription_id, occurred_on: usage_date, kind: feature_name}
"""


def found(gate: Any, activities: str) -> dict[tuple[str, str], tuple[int | None, int | None]]:
    """The number and total of each finding that is not ok, by check and value."""
    config = gate.folder / "config"
    (config / "icp.yaml").write_text(ICP, "utf-8")
    (config / "sources.yaml").write_text(SOURCES.replace("ACTIVITIES", activities), "utf-8")
    variables = {"ICP_SOURCE_DIR": str(SHARED / "ravenstack"), "ICP_NOW": "2025-01-06T12:00:00Z"}
    settings = Settings.from_environment({**gate.environment, **variables}, gate.folder)
    pipeline.pull(settings)
    results = pipeline.check(settings, pipeline.name_run(settings))
    return {(item.check, item.value): (item.n, item.total) for item in results if item.status != "ok"}


def test_departures_and_subscriptions_contradict_each_other(gate: Any) -> None:
    """Of 352 customers with a departure 277 bear no mark of it; six of 600 departures fall on a subscription's end.

    Subscriptions overlap, and cost nothing just on trials.
    """
    told = found(gate, DEPARTURES)
    assert told["contradictions", "churn without end"] == (594, 600)
    unmarked, _ = told["contradictions", "unmarked departures"]
    assert unmarked == 277
    assert told["contradictions", "trials"] == (778, 5_000)
    assert ("contradictions", "free") not in told
    left, customers = told["contradictions", "runs on"]
    assert left is not None
    assert customers is not None
    assert left > 0.5 * customers
    assert told["contradictions", "overlapping"]


def test_ids_that_occur_twice_are_counted(gate: Any) -> None:
    """Twenty-one usage records bear the id of another one."""
    told = found(gate, USAGE)
    doubled = {reason: n for (check, reason), (n, _) in told.items() if check == "quarantine"}
    assert sum(n or 0 for reason, n in doubled.items() if "twice" in reason or "duplicate" in reason) == 2 * 21
