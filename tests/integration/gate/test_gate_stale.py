"""A pull that fails leaves what was concluded before standing, and says since when it is stale."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from icp_monitor import pipeline
from icp_monitor.cli.app import program
from icp_monitor.errors import SourceError
from icp_monitor.pipeline.staleness import stale_since
from icp_monitor.pipeline.workspace import open_workspace

pytestmark = pytest.mark.slow

HEADERS = {
    "a.csv": "id,name,i,e,r\nA1,New,fintech,10,1\n",
    "o.csv": "id,a,s,c,d,m,t\nN1,A1,Discovery,2025-11-30,,,new\n",
    "e.csv": "id,s,d\nN1,Discovery,2025-11-30\n",
    "w.csv": "id,r,o\n",
}
LOOK, NEXT_DAY = date(2025, 12, 1), "2025-12-02T08:00:00Z"


@pytest.fixture
def judged(gate: Any, company: Any) -> Any:
    """An installation that has judged a look; its files do not exist, so that every pull is refused."""
    gate.load(company)
    run = pipeline.name_run(gate.settings, LOOK)
    for step in (pipeline.check, pipeline.score, pipeline.measure, pipeline.compare, pipeline.alert):
        step(gate.settings, run)
    return gate


def told(gate: Any) -> list[dict[str, Any]]:
    messages = [json.loads(path.read_text("utf-8")) for path in sorted(gate.folder.glob("output/outbox/*.json"))]
    return [message for message in messages if "stale" in message["text"]]


def refuse(gate: Any) -> str:
    with pytest.raises(SourceError) as refused:
        pipeline.pull(gate.settings)
    return str(refused.value)


def test_a_refused_pull_is_told_once_to_the_data_channel_with_reason_and_day(judged: Any) -> None:
    verdicts = {path: path.read_bytes() for path in judged.folder.glob("output/verdicts/**/*.json")}
    reason = refuse(judged)
    refuse(judged)
    (message,) = told(judged)
    assert message["channel"] == "#icp-ops"
    assert "1 Dec 2025" in message["text"]
    assert reason.splitlines()[0][:40] in json.dumps(message["blocks"], ensure_ascii=False)
    assert verdicts
    assert {path: path.read_bytes() for path in verdicts} == verdicts


def test_the_ops_channel_is_not_told_the_same_with_every_run(judged: Any) -> None:
    reason = refuse(judged)
    for run in ("monday", "tuesday"):
        pipeline.report_failure(judged.settings, dag="icp_monitor_daily", task="pull", run=run, error=reason)
    assert len(told(judged)) == 1
    assert not [path for path in judged.folder.glob("output/outbox/*.json") if "failed at pull" in path.read_text()]


def test_a_message_that_can_not_be_sent_hides_no_refusal_and_stays_due(judged: Any) -> None:
    """The pull's own process has no Slack token; whoever reports its failure has one."""
    judged.configure("events: []", "events: []\nalerting: {delivery: live}")
    reason = refuse(judged)
    assert told(judged) == []
    judged.configure("{delivery: live}", "{delivery: outbox}")
    pipeline.report_failure(judged.settings, dag="icp_monitor_daily", task="pull", run="monday", error=reason)
    assert len(told(judged)) == 1


def test_alerts_and_comparisons_say_since_when_they_are_stale(judged: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(judged)
    for name, value in judged.environment.items():
        monkeypatch.setenv(name, value)
    for command in (["alerts", "list"], ["compare", "--as-of", str(LOOK)]):
        shown = CliRunner().invoke(program, command)
        assert shown.exit_code == 0, shown.output
        assert f"Stale since {LOOK}" in shown.stderr
    assert json.loads(CliRunner().invoke(program, ["compare", "--as-of", str(LOOK), "--format", "json"]).stdout)


def test_the_day_stands_while_the_reason_changes_and_a_pull_that_succeeds_ends_it(judged: Any) -> None:
    refuse(judged)
    judged.now = NEXT_DAY
    data = judged.folder / "config" / "data"
    data.mkdir()
    for name, header in HEADERS.items():
        (data / name).write_text("id\n" if name == "a.csv" else header, "utf-8")
    refuse(judged)
    assert len(told(judged)) == 2
    with open_workspace(judged.settings) as workspace:
        stale = stale_since(workspace)
        assert stale is not None
        assert stale.since == LOOK
    (data / "a.csv").write_text(HEADERS["a.csv"], "utf-8")
    judged.configure("{file:", "{full: false, file:", "sources.yaml")
    judged.configure("        file:", "        full: false\n        file:", "sources.yaml")
    pipeline.pull(judged.settings)
    with open_workspace(judged.settings) as workspace:
        assert stale_since(workspace) is None


def test_the_gate_and_the_next_run_say_it_too(judged: Any) -> None:
    refuse(judged)
    result = judged.check().of("schema")
    assert result.status == "note"
    assert f"stale since {LOOK}" in result.message
