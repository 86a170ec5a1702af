"""What was planted in a synthetic company is found, by the same verdicts on every store."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from icp_monitor import pipeline
from icp_monitor.errors import NotReadyError, RefusedError

pytestmark = pytest.mark.slow

LOOK = date(2025, 12, 1)


def test_the_planted_drift_is_found_where_it_was_planted(project: Any) -> None:
    pipeline.pull(project.settings)
    project.day(LOOK)
    verdicts = project.verdicts(LOOK)
    drifts = {unit for unit, verdict in verdicts.items() if verdict == "drift"}
    assert ("win_rate", "fintech-mm") in drifts
    assert drifts <= {("win_rate", "fintech-mm"), ("win_rate", "company"), ("tier_order", "company")}


def test_nothing_is_compared_on_a_day_that_is_no_look_day(project: Any) -> None:
    pipeline.pull(project.settings)
    tuesday = date(2025, 12, 2)
    project.day(tuesday)
    assert not (project.folder / "output" / "verdicts" / "live" / f"{tuesday}.json").exists()
    assert project.messages() == []


def test_later_looks_repeat_the_verdicts_on_the_same_quarter(project: Any) -> None:
    """Three months of looks judge one quarter once: every number but the look's own date stays."""
    pipeline.pull(project.settings)
    looks = (LOOK, date(2026, 1, 26))
    for look in looks:
        project.day(look)
    first, last = (
        json.loads((project.folder / "output/verdicts/live" / f"{look}.json").read_text("utf-8")) for look in looks
    )
    own = ("as_of", "run_id")
    judged = [
        [{k: v for k, v in item.items() if k not in own} for item in look if not _is_mix(item)]
        for look in (first, last)
    ]
    without_family = [[{**item, "evidence": None, "family": None} for item in look] for look in judged]
    assert without_family[0] == without_family[1]


def _is_mix(item: dict[str, Any]) -> bool:
    return str(item["metric"]).endswith("_mix")


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
