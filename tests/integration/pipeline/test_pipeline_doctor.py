"""The doctor says what is wrong with an installation, what it can compute, and which gap to fill first."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from icp_monitor.pipeline.doctor.examination import Diagnosis, examine
from icp_monitor.pipeline.doctor.finding import Finding


def finding(diagnosis: Diagnosis, part: str) -> Finding:
    (found,) = [item for item in diagnosis.findings if item.part == part]
    return found


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_sound_installation_is_told_what_it_can_compute(small: Any) -> None:
    diagnosis = json.loads(small.run("doctor", "--format", "json"))
    states = {item["part"]: item["status"] for item in diagnosis["findings"]}
    assert states["source crm"] == states["warehouse"] == states["ledger"] == states["output"] == "ok"
    computable = {item["name"]: not item["lacks"] for item in diagnosis["capabilities"]}
    assert computable["win rate and sales cycle"]
    assert computable["reasons for losses"]
    assert not computable["acquisition cost (CAC) and payback"]
    assert diagnosis["unlocks"][0]["unlocks"]


def test_gaps_are_ordered_by_the_open_pipeline_that_they_hold_up(small: Any) -> None:
    gaps = examine(small.settings).gaps
    held_up = [gap.blocked_pipeline for gap in gaps]
    assert held_up == sorted(held_up, reverse=True)
    assert held_up[0] > 0
    for gap in gaps:
        assert gap.settled <= gap.provisional <= gap.missing
        assert 0 < gap.blocked <= gap.provisional


def test_before_the_first_pull_it_says_what_the_mapping_promises(tmp_path: Path, small: Any) -> None:
    shutil.rmtree(tmp_path / "warehouse")
    (tmp_path / "ledger.db").unlink()
    diagnosis = examine(small.settings)
    assert diagnosis.exit_code == 0
    assert finding(diagnosis, "pulls of crm").cure == "run icp-monitor pull"
    assert {item.name for item in diagnosis.capabilities if item.computable} >= {"win rate and sales cycle"}
    assert diagnosis.gaps == ()


def test_a_configuration_that_cannot_be_used_is_all_that_is_told(small: Any) -> None:
    edit(small.folder / "config" / "icp.yaml", "horizon_days: 120", "horizon_days: soon")
    diagnosis = examine(small.settings)
    assert diagnosis.exit_code == 2
    assert [item.status for item in diagnosis.findings] == ["misconfigured", "ok"]
    assert "horizon_days" in json.dumps(diagnosis.findings[0].message) or "'soon'" in diagnosis.findings[0].message
    assert small.run("doctor", expect=2) == ""


def test_a_file_that_is_gone_breaks_its_source(small: Any) -> None:
    (small.folder / "data" / "win_loss.csv").unlink()
    diagnosis = examine(small.settings)
    assert diagnosis.exit_code == 1
    broken = finding(diagnosis, "source crm")
    assert (broken.status, broken.cure) == (
        "broken",
        "the folder holds accounts.csv, opportunities.csv, stage_events.csv",
    )


def test_a_connection_that_nobody_has_set_is_a_misconfiguration(small: Any) -> None:
    sources = small.folder / "config" / "sources.yaml"
    sources.write_text(
        """
sources:
  crm:
    kind: sql
    connection: crm
    stages: {won: [Won], lost: [Lost]}
    tables:
      accounts: {table: accounts, columns: {account_id: id}}
      opportunities:
        table: deals
        columns: {opportunity_id: id, account_id: account, stage: stage, created_on: created, closed_on: closed}
""",
        "utf-8",
    )
    diagnosis = examine(small.settings)
    assert diagnosis.exit_code == 2
    assert finding(diagnosis, "source crm").cure == "set ICP_CONNECTION_CRM, or add it to Airflow's connections"


@pytest.mark.parametrize(("token", "status"), [(None, "misconfigured"), (SecretStr("xoxb-secret"), "ok")])
def test_live_delivery_needs_a_token_which_is_never_shown(small: Any, token: SecretStr | None, status: str) -> None:
    edit(small.folder / "config" / "monitoring.yaml", "delivery: outbox", "delivery: live")
    diagnosis = examine(replace(small.settings, slack_token=token))
    assert finding(diagnosis, "slack").status == status
    assert "xoxb" not in repr(diagnosis)


def test_a_way_back_needs_its_connection(small: Any) -> None:
    with (small.folder / "config" / "monitoring.yaml").open("a", encoding="utf-8") as file:
        file.write("\nexport: {hubspot: {connection: portal, fields: {tier: icp_tier}}}\n")
    assert finding(examine(small.settings), "export to hubspot").status == "misconfigured"
    small.variables["ICP_CONNECTION_PORTAL"] = "hubspot://:secret@"
    assert finding(examine(small.settings), "export to hubspot").status == "ok"


def test_a_store_that_cannot_be_written_is_broken(small: Any) -> None:
    shutil.rmtree(small.folder / "warehouse")
    (small.folder / "warehouse").write_text("a file, not a folder", "utf-8")
    diagnosis = examine(small.settings)
    assert diagnosis.exit_code == 1
    assert finding(diagnosis, "warehouse").status == "broken"


def test_what_is_asked_of_a_day_that_nobody_could_know_says_so(small: Any) -> None:
    """The first pull was made in 2026: all history before it is assumed."""
    diagnosis = examine(small.settings)
    assert "is certain from 2026-02-02 on" in finding(diagnosis, "history").message


def test_examining_leaves_nothing_behind(small: Any) -> None:
    before = {path: path.read_bytes() for path in small.folder.glob("warehouse/**/*.parquet")}
    examine(small.settings)
    assert {path: path.read_bytes() for path in small.folder.glob("warehouse/**/*.parquet")} == before
