"""Tiers and scores leave the house: as a file, into a table, and only where they differ."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from icp_monitor import pipeline
from icp_monitor.config.export import Export
from icp_monitor.errors import ConfigError, NotReadyError, SourceError
from icp_monitor.pipeline import naming
from icp_monitor.pipeline.export.sending import Summary, export
from icp_monitor.pipeline.workspace import open_workspace
from tests.counterparts.hubspot.portal import Portal
from tests.counterparts.hubspot.server import Fault, Server, serving
from tests.counterparts.hubspot.updates import Updates

pytestmark = pytest.mark.slow

DAY = date(2026, 2, 2)


@pytest.fixture
def scored(small: Any) -> Any:
    """An installation with one finished run."""
    run = pipeline.name_run(small.settings, DAY)
    pipeline.score(small.settings, run)
    with open_workspace(small.settings) as workspace:
        workspace.ledger.runs.finish(naming.from_text(run).run_id, workspace.now)
    return small


def configure(project: Any, text: str) -> None:
    with (project.folder / "config" / "monitoring.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def send(project: Any, to: Any, *, dry_run: bool = False, as_of: date | None = None) -> Summary:
    with open_workspace(project.settings) as workspace:
        return export(workspace, to, as_of, dry_run=dry_run)


def test_a_file_holds_every_account_with_its_reasons_and_no_name(scored: Any) -> None:
    told = scored.run("export", "--to", "file", "--as-of", str(DAY))
    path = scored.folder / "output" / "export" / f"icp-scores-{DAY}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        *("account_id", "tier", "score", "score_low", "score_high"),
        *("segment", "icp_version", "scored_on", "reasons"),
    ]
    assert len(rows) == 300
    assert [row["account_id"] for row in rows] == sorted(row["account_id"] for row in rows)
    for row in rows:
        assert row["scored_on"] == str(DAY)
        if row["tier"] == "unscored":
            assert row["score"] == ""
            assert row["reasons"].startswith("needs ")
    names = (scored.folder / "data" / "accounts.csv").read_text("utf-8").splitlines()[1:]
    assert not [name for line in names if (name := line.split(",")[1]) in told or name in path.read_text("utf-8")]


def test_a_dry_run_counts_by_tier_and_writes_nothing(scored: Any) -> None:
    summary = json.loads(scored.run("export", "--to", "file", "--dry-run", "--format", "json"))
    assert sum(move["accounts"] for move in summary["moves"]) == summary["changed"] == 300
    assert {move["before"] for move in summary["moves"]} == {"none"}
    assert not (scored.folder / "output" / "export").exists()


def test_a_day_without_a_finished_run_has_nothing_to_export(scored: Any) -> None:
    with pytest.raises(NotReadyError, match=r"no run of 2026-01-05 is finished\. Cure: .* run --as-of 2026-01-05"):
        send(scored, "file", as_of=date(2026, 1, 5))


def test_a_table_takes_what_differs_and_loses_who_is_gone(scored: Any) -> None:
    database = scored.folder / "reporting.db"
    scored.variables["ICP_CONNECTION_REPORTING"] = json.dumps({"conn_type": "sqlite", "schema": str(database)})
    configure(scored, "export: {table: {connection: reporting, name: scores}}")
    planned = send(scored, "table", dry_run=True)
    assert (planned.changed, planned.sent) == (300, 0)
    first = send(scored, "table")
    assert (first.sent, first.unchanged, first.failures) == (300, 0, ())
    assert (send(scored, "table").changed, send(scored, "table").unchanged) == (0, 300)
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE scores SET tier = 'tier_9' WHERE account_id IN (SELECT min(account_id) FROM scores)")
        connection.execute("INSERT INTO scores (account_id, tier) VALUES ('gone', 'tier_1')")
        tiers = dict(connection.execute("SELECT tier, count(*) FROM scores GROUP BY tier").fetchall())
    assert tiers["tier_9"] == 1
    again = send(scored, "table")
    assert (again.changed, again.removed, again.moves[0].before) == (1, 1, "tier_9")
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM scores").fetchone() == (300,)
        connection.execute("ALTER TABLE scores DROP COLUMN reasons")
    assert "has no column reasons" in scored.run("export", "--to", "table", expect=1)


def test_files_are_no_database(scored: Any) -> None:
    with pytest.raises(ConfigError, match=r"the warehouse is no database, but files\. Cure: add table:"):
        send(scored, "table")


def test_a_target_that_is_not_set_up_says_what_to_add(scored: Any) -> None:
    with pytest.raises(
        ConfigError, match=r"salesforce is not set up\. Cure: add salesforce: with connection and fields"
    ):
        send(scored, "salesforce")
    configure(scored, "export: {hubspot: {connection: portal, fields: {tier: icp_tier}}}")
    with pytest.raises(ConfigError, match="ICP_CONNECTION_PORTAL"):
        send(scored, "hubspot")


@pytest.mark.parametrize(
    ("export", "said"),
    [
        ({"hubspot": {"connection": "portal", "fields": {"score": "s"}}}, "the tier must be among the fields"),
        ({"hubspot": {"connection": "portal", "fields": {"tier": "x", "score": "x"}}}, "go into one field"),
        ({"file": {"path": "scores-{day}.csv"}}, "only {as_of} can stand in braces"),
    ],
)
def test_ways_back_that_make_no_sense_are_refused(export: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Export.model_validate(export)


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> Updates:
    made = Updates()
    made.install(monkeypatch)
    return made


@pytest.fixture
def crm(scored: Any, updates: Updates) -> Iterator[Server]:
    """A HubSpot portal with all accounts but ten, which it knows by an id of the company's own."""
    del updates
    portal = Portal(datetime(2026, 2, 2, 9, tzinfo=UTC))
    portal.define("companies", account="string", tier="string", score="number", day="date")
    lines = (scored.folder / "data" / "accounts.csv").read_text("utf-8").splitlines()[1:]
    for account in sorted(line.split(",")[0] for line in lines)[:-10]:
        portal.create("companies", account=account)
    with serving(portal) as server:
        connection = {"conn_type": "hubspot", "host": server.url, "password": portal.token}
        scored.variables["ICP_CONNECTION_PORTAL"] = json.dumps(connection)
        fields = "{tier: tier, score: score, scored_on: day}"
        names = "{tier_1: Tier 1}"
        configure(
            scored, f"export: {{hubspot: {{connection: portal, key: account, fields: {fields}, tiers: {names}}}}}"
        )
        yield server


def test_an_export_that_broke_off_goes_on_where_it_stopped(scored: Any, crm: Server) -> None:
    crm.faults.append(Fault("batch/update", status=400, after=2))
    with pytest.raises(SourceError, match="HubSpot answers 400"):
        send(scored, "hubspot")
    rest = send(scored, "hubspot")
    assert (rest.unchanged, rest.sent, rest.unknown) == (200, 90, 10)
    assert send(scored, "hubspot").changed == 0
    tiers = {record.properties.get("tier") for record in crm.portal.alive("companies")}
    assert "Tier 1" in tiers
    assert "tier_1" not in tiers


def test_a_dry_run_reads_the_crm_and_changes_nothing_there(scored: Any, crm: Server, updates: Updates) -> None:
    told = scored.run("export", "--to", "hubspot", "--dry-run")
    assert "290 accounts would change, 0 are as they should be, 10 are not there" in told
    assert updates.batches == []
    assert not [record for record in crm.portal.alive("companies") if "tier" in record.properties]


def test_what_is_refused_is_told_by_record_and_sent_again_next_time(scored: Any, crm: Server, updates: Updates) -> None:
    refused = crm.portal.alive("companies")[:2]
    updates.locked = {record.id for record in refused}
    first = send(scored, "hubspot")
    assert {failure.key for failure in first.failures} == {record.properties["account"] for record in refused}
    assert (first.sent, first.changed) == (288, 290)
    updates.locked = set()
    assert send(scored, "hubspot").sent == 2


def test_a_new_day_alone_and_finer_digits_send_nothing(scored: Any, crm: Server) -> None:
    send(scored, "hubspot")
    for record in crm.portal.alive("companies"):
        score = record.properties.get("score")
        finer = {"score": f"{float(score) + 0.01:.4f}"} if score else {}
        crm.portal.update("companies", record.id, day="2001-01-01", **finer)
    assert send(scored, "hubspot").changed == 0


def test_trap_5_41_tags_that_are_not_the_computed_tier_are_counted_by_the_checks(scored: Any) -> None:
    """The CRM calls every account Tier 1, but for one that has no tier."""
    path: Path = scored.folder / "data" / "accounts.csv"
    header, first, *rows = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([f"{header},Tier", f"{first},", *(f"{row},T1" for row in rows)]) + "\n", "utf-8")
    sources = scored.folder / "config" / "sources.yaml"
    sources.write_text(
        sources.read_text("utf-8").replace("name: name\n", "name: name\n          crm_tier: Tier\n"), "utf-8"
    )
    day = date(2026, 2, 3)
    scored.variables["ICP_NOW"] = f"{day}T12:00:00Z"
    pipeline.pull(scored.settings)
    found = pipeline.check(scored.settings, pipeline.name_run(scored.settings, day))
    share, *pairs = [result for result in found if result.check == "tier_tags"]
    assert share.total == 299
    assert share.n == sum(pair.n or 0 for pair in pairs) > 100
    assert "1 accounts have no tier there" in share.message
    assert {pair.value.split(" → ")[0] for pair in pairs} == {"tier_1"}
