"""Who is told of a failed check: the data channel, once for each cause, and nobody else."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from icp_monitor import pipeline
from icp_monitor.pipeline.workspace import open_workspace

pytestmark = pytest.mark.slow

LOOK = date(2025, 12, 1)


def judge(gate: Any, day: date) -> None:
    run = pipeline.name_run(gate.settings, day)
    for step in (pipeline.check, pipeline.score, pipeline.measure, pipeline.compare, pipeline.alert):
        step(gate.settings, run)


def messages(gate: Any) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(gate.folder.glob("output/outbox/*.json"))]


def test_each_cause_is_told_once_to_the_data_channel_and_ends_by_itself(gate: Any, company: Any) -> None:
    """Amounts come in cents, then losses are deleted as well: two messages, not one for each look."""
    cents = {deal["opportunity_id"]: deal["amount_minor"] for deal in company.since(LOOK - timedelta(weeks=15))}
    for deal in company.since(LOOK - timedelta(weeks=15)):
        deal["amount_minor"] *= 100
    gate.load(company)
    judge(gate, LOOK - timedelta(weeks=2))
    judge(gate, LOOK - timedelta(weeks=1))
    (told,) = [item for item in messages(gate) if "Data problem" in item["text"]]
    assert told["channel"] == "#icp-ops"
    assert "opportunities.amount_minor" in told["text"]
    lost = [deal for deal in company.opportunities if deal["outcome"] == "lost"]
    gone = [{"opportunity_id": deal["opportunity_id"], "deleted": True} for deal in lost[::4]]
    mended = [
        {**deal, "amount_minor": cents[deal["opportunity_id"]]}
        for deal in company.opportunities
        if deal["opportunity_id"] in cents
    ]
    gate.load(company, known_on=LOOK - timedelta(days=2), opportunities=[*gone, *_without(mended, gone)])
    judge(gate, LOOK)
    assert len([item for item in messages(gate) if "Data problem" in item["text"]]) == 2
    with open_workspace(gate.settings) as workspace:
        states = {alert.key: alert.status for alert in workspace.ledger.alerts.all()}
    assert states["data:units"] == "resolved"
    assert states["data:deletions"] == "open"


def test_the_rest_of_the_verdicts_goes_on(gate: Any, company: Any) -> None:
    for deal in company.since(LOOK - timedelta(weeks=13))[::2]:
        deal["currency"] = "EUR"
    gate.load(company)
    judge(gate, LOOK)
    path = gate.folder / "output" / "verdicts" / "live" / f"{LOOK}.json"
    verdicts = json.loads(path.read_text("utf-8"))
    assert {item["metric"] for item in verdicts if item["verdict"] == "data_problem"} == {"acv"}
    assert {item["metric"] for item in verdicts} > {"acv", "win_rate"}


def test_a_company_that_records_no_amounts_is_judged_on_the_rest(gate: Any, company: Any) -> None:
    for deal in company.opportunities:
        deal |= {"amount_minor": None, "log_amount": None, "log_amount_squared": None}
    gate.load(company)
    judge(gate, LOOK)
    path = gate.folder / "output" / "verdicts" / "live" / f"{LOOK}.json"
    verdicts = {(item["metric"], item["segment"]): item["verdict"] for item in json.loads(path.read_text("utf-8"))}
    assert verdicts["acv", "company"] == "insufficient_evidence"
    assert verdicts["win_rate", "company"] in ("stable", "insufficient_evidence")


def _without(rows: list[Any], gone: list[Any]) -> list[Any]:
    ids = {row["opportunity_id"] for row in gone}
    return [row for row in rows if row["opportunity_id"] not in ids]
