"""What was planted in a synthetic company is found, by the same verdicts on every store."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from icp_monitor import pipeline
from icp_monitor.drift.verdict import Verdict
from icp_monitor.errors import NotReadyError, RefusedError

pytestmark = pytest.mark.slow

LOOK = date(2025, 12, 1)
PLANTED_ON = date(2025, 5, 1)


@pytest.fixture
def early(project: Any) -> Any:
    """The same company, with a profile that was in force when its baseline ended."""
    path = project.folder / "config" / "icp.yaml"
    text = path.read_text("utf-8")
    assert "effective_from: 2025-06-01" in text
    path.write_text(text.replace("effective_from: 2025-06-01", "effective_from: 2025-01-01"), "utf-8")
    pipeline.pull(project.settings)
    return project


def test_the_planted_drift_is_found_where_and_when_it_was_planted(early: Any) -> None:
    """Win rates fall by 20 points for deals created from May on: looks see it within 13 weeks, and not before."""
    before, after = PLANTED_ON - timedelta(days=3), date(2025, 7, 28)
    early.day(before)
    early.day(after)
    assert "drift" not in early.verdicts(before).values()
    drifts = {unit for unit, verdict in early.verdicts(after).items() if verdict == "drift"}
    assert ("win_rate", "fintech-mm") in drifts
    assert drifts <= {(metric, place) for metric in ("win_rate", "score_power") for place in ("fintech-mm", "company")}
    changed_on = _document(early, after)[("win_rate", "fintech-mm")]["changed_on"]
    assert abs(date.fromisoformat(changed_on) - PLANTED_ON) <= timedelta(weeks=4)


def test_a_validation_of_the_quarter_finds_it_too(project: Any) -> None:
    pipeline.pull(project.settings)
    run = pipeline.name_validation(project.settings, LOOK, quarter="2025Q2")
    for step in (pipeline.check, pipeline.score, pipeline.measure):
        step(project.settings, run)
    verdicts = pipeline.validate(project.settings, run).verdicts
    drifts = {(item.finding.unit.metric, item.finding.unit.segment) for item in verdicts if _drifts(item)}
    assert ("win_rate", "fintech-mm") in drifts
    echoes = {(metric, "company") for metric in ("win_rate", "tier_order", "score_power")}
    others = drifts - {("win_rate", "fintech-mm"), *echoes}
    assert len(others) <= 1  # of some sixty units, at a false discovery rate of a tenth


def test_before_the_baseline_is_over_a_look_says_when_monitoring_begins(early: Any) -> None:
    run = pipeline.name_run(early.settings, date(2025, 1, 27))
    for step in (pipeline.check, pipeline.score, pipeline.measure):
        step(early.settings, run)
    findings = [item.finding for item in pipeline.compare(early.settings, run).verdicts]
    assert {finding.verdict for finding in findings} == {"insufficient_evidence"}
    assert {finding.needs.judged_on for finding in findings if finding.needs} == {date(2025, 2, 3)}


def test_weeks_and_thresholds_are_worked_out_once_for_a_version(project: Any) -> None:
    """A correction of the past after the first look does not move what the baseline was."""
    pipeline.pull(project.settings)
    project.day(LOOK)
    path = project.folder / "data" / "opportunities.csv"
    header, *rows = path.read_text("utf-8").splitlines()
    won = [row.replace("Closed Lost", "Closed Won") if "2024-0" in row else row for row in rows]
    path.write_text("\n".join([header, *won]) + "\n", "utf-8")
    pipeline.pull(project.settings)
    project.day(LOOK + timedelta(weeks=1))
    first, second = (_document(project, LOOK + timedelta(weeks=week)) for week in (0, 1))
    for unit in (("win_rate", "smb"), ("acv", "smb"), ("industry", "company")):
        assert first[unit]["baseline"] == second[unit]["baseline"]


def test_nothing_is_compared_on_a_day_that_is_no_look_day(project: Any) -> None:
    pipeline.pull(project.settings)
    tuesday = date(2025, 12, 2)
    project.day(tuesday)
    assert not (project.folder / "output" / "verdicts" / "live" / f"{tuesday}.json").exists()
    assert project.messages() == []


def _document(project: Any, look: date) -> dict[tuple[str, str], dict[str, Any]]:
    text = (project.folder / "output/verdicts/live" / f"{look}.json").read_text("utf-8")
    return {(item["attribute"] or item["metric"], item["segment"]): item for item in json.loads(text)}


def _drifts(verdict: Verdict) -> bool:
    return verdict.finding.verdict == "drift"


@pytest.mark.postgres
def test_postgresql_gives_the_verdicts_that_files_give(project: Any, postgres_url: str) -> None:
    pipeline.pull(project.settings)
    project.day(LOOK)
    url = sa.make_url(postgres_url)
    warehouse = url.update_query_dict({"schema": f"pipeline_{uuid4().hex[:8]}"}).render_as_string(hide_password=False)
    server = replace(
        project,
        variables={
            "ICP_WAREHOUSE_URL": warehouse,
            "ICP_LEDGER_URL": postgres_url,
            "ICP_OUTPUT_DIR": str(project.folder / "server-output"),
        },
    )
    pipeline.pull(server.settings)
    server.day(LOOK)
    files = (project.folder / "output/verdicts/live" / f"{LOOK}.json").read_bytes()
    assert (project.folder / "server-output/verdicts/live" / f"{LOOK}.json").read_bytes() == files


def test_a_run_before_any_version_is_in_force_says_when_one_will_be(project: Any) -> None:
    pipeline.pull(project.settings)
    with pytest.raises(NotReadyError, match="takes effect on"):
        pipeline.name_run(project.settings, date(2024, 1, 1))


def test_a_step_out_of_order_says_what_comes_first(project: Any) -> None:
    pipeline.pull(project.settings)
    run = pipeline.name_run(project.settings, LOOK)
    with pytest.raises(NotReadyError, match="run score first"):
        pipeline.measure(project.settings, run)


def test_a_run_is_not_finished_under_another_configuration_than_it_began_with(project: Any) -> None:
    pipeline.pull(project.settings)
    run = pipeline.name_run(project.settings, LOOK)
    pipeline.score(project.settings, run)
    file = project.folder / "config" / "monitoring.yaml"
    file.write_text(file.read_text("utf-8").replace("fdr: 0.10", "fdr: 0.05"), "utf-8")
    with pytest.raises(RefusedError, match="start the run again from its first step"):
        pipeline.measure(project.settings, run)


def test_a_quarter_that_has_not_begun_is_refused(project: Any) -> None:
    pipeline.pull(project.settings)
    with pytest.raises(RefusedError, match="begins on"):
        pipeline.name_validation(project.settings, LOOK, quarter="2027Q1")


def test_a_young_quarter_waits_with_the_date_when_it_can_be_judged(project: Any) -> None:
    pipeline.pull(project.settings)
    run = pipeline.name_validation(project.settings, LOOK, quarter="2025Q3")
    for step in (pipeline.check, pipeline.score, pipeline.measure):
        step(project.settings, run)
    published = pipeline.validate(project.settings, run)
    findings = [item.finding for item in published.verdicts if item.finding.unit.metric == "win_rate"]
    assert {finding.verdict for finding in findings} == {"insufficient_evidence"}
    assert {finding.needs.judged_on for finding in findings if finding.needs} == {date(2026, 3, 1)}
