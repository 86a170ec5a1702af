"""Who is told what: each thing once, in the right channel, and nobody in a backfill."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from icp_monitor import pipeline

pytestmark = pytest.mark.slow

LOOK, NEXT_LOOK = date(2025, 12, 1), date(2025, 12, 8)


def sent(project: Any) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(project.folder.glob("output/outbox/*.json"))]


def test_an_alert_is_sent_once_however_often_its_day_is_run(project: Any) -> None:
    pipeline.pull(project.settings)
    for day in (LOOK, LOOK, NEXT_LOOK):
        project.day(day)
    alerts = [text for text in project.messages() if "ICP drift" in text]
    digests = [text for text in project.messages() if "Weekly look" in text]
    assert len(alerts) == len(set(alerts)) >= 1
    assert len(digests) == 2


def test_nobody_is_told_in_a_backfill_and_live_results_stay(project: Any) -> None:
    pipeline.pull(project.settings)
    project.day(LOOK)
    before, live = project.messages(), project.results()
    request = pipeline.plan_backfill(
        project.settings, from_date="2025-11-24", to_date="2025-12-08", knowledge="restated"
    )
    pipeline.run_backfill(project.settings, request, "analyst")
    assert project.messages() == before
    assert live.items() <= project.results().items()
    assert any(f"run_set={request['run_set']}" in path for path in project.results())


def test_the_same_backfill_twice_is_the_same_run_set_and_the_same_bytes(project: Any) -> None:
    pipeline.pull(project.settings)
    form = {"from_date": "2025-12-01", "to_date": "2025-12-08", "knowledge": "as-was"}
    first = pipeline.plan_backfill(project.settings, **form)
    pipeline.run_backfill(project.settings, first, "analyst")
    results = project.results()
    again = pipeline.plan_backfill(project.settings, **form)
    pipeline.run_backfill(project.settings, again, "analyst")
    assert again == first
    assert project.results() == results


def test_trap_5_40_no_account_name_reaches_a_message(project: Any) -> None:
    pipeline.pull(project.settings)
    project.day(LOOK)
    lines = (project.folder / "data" / "accounts.csv").read_text("utf-8").splitlines()[1:]
    names = {line.split(",")[1] for line in lines}
    texts = json.dumps(sent(project))
    assert texts
    assert not [name for name in names if name and name in texts]


def test_stale_data_is_a_data_problem_on_its_own_channel_and_no_drift(project: Any) -> None:
    """A source that fell silent in September must not look like customers who stopped deciding."""
    for table, column in (("opportunities", "created_on"), ("stage_events", "entered_on")):
        path = project.folder / "data" / f"{table}.csv"
        header, *rows = path.read_text("utf-8").splitlines()
        position = header.split(",").index(column)
        early = [row for row in rows if row.split(",")[position] < "2025-09-01"]
        path.write_text("\n".join([header, *early]) + "\n", "utf-8")
    pipeline.pull(project.settings)
    project.day(LOOK)
    assert set(project.verdicts(LOOK).values()) == {"data_problem"}
    channels = {item["channel"] for item in sent(project) if "Data problem" in item["text"]}
    assert channels == {"#icp-ops"}
    assert not [text for text in project.messages() if "ICP drift" in text]
