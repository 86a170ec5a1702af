"""Verdicts are kept as they were given; published reports never change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from icp_monitor.config.icp import IcpConfig
from icp_monitor.drift.verdict import Context, Effect, Estimate, Evidence, Family, Finding, Needs, Unit, Verdict
from icp_monitor.ledger import Ledger, RunKey
from icp_monitor.periods import Window

MORNING = datetime(2026, 10, 5, 6, tzinfo=UTC)
KEY = RunKey("live", date(2026, 10, 5), 1, "c0ffee", "0.1.0+3f9a04c1", "as-was")
BASELINE, CURRENT = Window(date(2025, 4, 1), date(2026, 4, 1)), Window(date(2026, 4, 1), date(2026, 7, 1))
CONTEXT = Context(KEY.run_id, KEY.as_of, "live", "as-was", 1, "v1-0a1b", BASELINE, 120, 0.9, Family(64, fdr=0.1))
DRIFT = Verdict(
    CONTEXT,
    Finding(
        unit=Unit("outcome", "win_rate", "fintech-mm"),
        window=CURRENT,
        baseline=Estimate(0.29, 0.25, 0.34, 410),
        current=Estimate(12 / 98, 0.07, 0.2, 98, maturity=1.0),
        effect=Effect(0.1 + 0.2 - 0.47, -0.23, -0.1, "points", 0.05),
        evidence=Evidence("asymptotic", 0.0007, q_value=0.02),
        verdict="drift",
        severity="critical",
        direction="down",
        because=("loss reason “integration”",),
    ),
)
WAITING = replace(
    DRIFT,
    finding=Finding(
        unit=Unit("economics", "acv", "other", tier="tier_1"),
        window=CURRENT,
        baseline=Estimate(None, None, None, 0),
        current=Estimate(None, None, None, 3),
        effect=Effect(None, None, None, "relative", 0.15),
        evidence=Evidence("none", None),
        needs=Needs(judged_on=date(2026, 10, 29)),
    ),
)


@pytest.fixture(autouse=True)
def _a_run(ledger: Ledger, profile: Callable[..., IcpConfig]) -> None:
    ledger.versions.register(profile(), "hash", "ana", MORNING)
    ledger.runs.start(KEY, MORNING)


def _finished(ledger: Ledger, day: date, *verdicts: Verdict) -> None:
    key = replace(KEY, as_of=day)
    ledger.runs.start(key, MORNING)
    ledger.verdicts.store(key.run_id, verdicts)
    ledger.runs.finish(key.run_id, MORNING)


def test_verdicts_come_back_as_they_were_given_and_in_order(ledger: Ledger) -> None:
    ledger.verdicts.store(KEY.run_id, [DRIFT, WAITING])
    assert ledger.verdicts.of_run(KEY.run_id) == (DRIFT, WAITING)


def test_storing_again_replaces(ledger: Ledger) -> None:
    ledger.verdicts.store(KEY.run_id, [DRIFT, WAITING])
    ledger.verdicts.store(KEY.run_id, [WAITING])
    assert ledger.verdicts.of_run(KEY.run_id) == (WAITING,)
    assert ledger.verdicts.of_run("another") == ()


def test_the_look_before_is_the_last_finished_run_that_gave_verdicts(ledger: Ledger) -> None:
    assert ledger.verdicts.latest_before("live", KEY.as_of) == ()
    _finished(ledger, date(2026, 9, 21), WAITING)
    _finished(ledger, date(2026, 9, 28), DRIFT)
    _finished(ledger, date(2026, 9, 29))
    ledger.verdicts.store(KEY.run_id, [WAITING])
    assert ledger.verdicts.latest_before("live", KEY.as_of) == (DRIFT,)
    assert ledger.verdicts.latest_before("live", date(2026, 9, 28)) == (WAITING,)
    assert ledger.verdicts.latest_before("live", date(2026, 10, 6)) == (DRIFT,)
    assert ledger.verdicts.latest_before("bf-1", KEY.as_of) == ()


def test_a_restated_report_is_a_new_edition_and_the_published_one_stays(ledger: Ledger) -> None:
    first = ledger.reports.publish("2026Q2", "reports/2026Q2.html", "aa", KEY.run_id, MORNING)
    assert ledger.reports.publish("2026Q2", "reports/2026Q2.html", "aa", KEY.run_id, MORNING) == first
    second = ledger.reports.publish("2026Q2", "reports/2026Q2-2.html", "bb", KEY.run_id, MORNING)
    assert (first.number, second.number) == (1, 2)
    assert ledger.reports.editions("2026Q2") == (first, second)
    assert ledger.reports.editions("2026Q3") == ()
