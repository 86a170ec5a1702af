"""A cause opens one alert, which lives until its unit is stable again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from icp_monitor.alerts.history import alert_history
from icp_monitor.drift.verdict import (
    Context,
    Decision,
    Effect,
    Estimate,
    Evidence,
    Family,
    Finding,
    Unit,
    Verdict,
)
from icp_monitor.periods import Window

FIRST = date(2026, 1, 5)
CONTEXT = Context(
    run_id="r-1",
    as_of=FIRST,
    run_set="live",
    knowledge="as-was",
    icp_version=1,
    baseline_id="b-1",
    baseline=Window(date(2025, 1, 1), date(2026, 1, 1)),
    horizon_days=120,
    level=0.9,
    family=Family(24, alarm_budget_per_year=0.7),
)


def look(number: int, verdict: Decision, segment: str = "mid") -> tuple[date, list[Verdict]]:
    as_of = FIRST + timedelta(weeks=number)
    finding = Finding(
        unit=Unit("outcome", "win_rate", segment),
        window=Window(FIRST - timedelta(weeks=26), as_of),
        baseline=Estimate(0.3, 0.28, 0.32, 400),
        current=Estimate(0.2, 0.15, 0.25, 100),
        effect=Effect(-0.1, -0.15, -0.05, "points", 0.05),
        evidence=Evidence("a test", None, e_value=1e3),
        verdict=verdict,
        severity="watch",
        direction="down",
    )
    return as_of, [Verdict(replace(CONTEXT, as_of=as_of), finding)]


def events(*verdicts: Decision) -> list[tuple[int, str]]:
    found = alert_history(look(number, verdict) for number, verdict in enumerate(verdicts))
    return [((event.as_of - FIRST).days // 7, event.event) for event in found]


def test_a_drift_that_lasts_is_told_once_and_its_end_once() -> None:
    assert events("stable", "drift", "drift", "stable", "stable") == [(1, "opened"), (3, "recovered")]


@pytest.mark.parametrize("verdict", ["insufficient_evidence", "data_problem"])
def test_only_a_stable_unit_ends_an_alert(verdict: Decision) -> None:
    assert events("drift", verdict, "drift") == [(0, "opened")]


def test_a_drift_that_comes_back_is_told_again() -> None:
    assert events("drift", "stable", "drift") == [(0, "opened"), (1, "recovered"), (2, "opened")]


def test_different_places_have_alerts_of_their_own() -> None:
    both = [(day, [*first, *second]) for (day, first), (_, second) in [(look(0, "drift"), look(0, "drift", "smb"))]]
    assert [event.cause.key for event in alert_history(both)] == ["win_rate:down:company"]
    after = (look(0, "drift")[0], look(0, "drift")[1]), look(1, "drift", "smb")
    assert [event.cause.key for event in alert_history(after)] == ["win_rate:down:mid", "win_rate:down:smb"]
