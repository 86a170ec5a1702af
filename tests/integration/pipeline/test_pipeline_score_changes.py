"""The log of score changes: who moved, why, and by how much of each attribute."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from icp_monitor import pipeline
from icp_monitor.pipeline import naming
from icp_monitor.pipeline.doctor.examination import examine
from icp_monitor.pipeline.workspace import open_workspace

pytestmark = pytest.mark.slow

FIRST, SECOND = date(2026, 2, 2), date(2026, 2, 3)
Change = dict[str, Any]


def score(project: Any, day: date) -> None:
    """Pull, score and finish a day's run."""
    settings = on(project, day).settings
    pipeline.pull(settings)
    run = pipeline.name_run(settings, day)
    pipeline.score(settings, run)
    with open_workspace(settings) as workspace:
        workspace.ledger.runs.finish(naming.from_text(run).run_id, workspace.now)


def on(project: Any, day: date) -> Any:
    return type(project)(project.folder, {**project.variables, "ICP_NOW": f"{day}T12:00:00Z"})


def log(project: Any, day: date = SECOND) -> list[Change]:
    with open_workspace(project.settings) as workspace, workspace.warehouse(workspace.config.icp) as opened:
        warehouse, catalogue = opened
        changes = catalogue.score_changes.table
        rows = warehouse.read(sa.select(changes).where(changes.c.as_of == day)).to_pylist()
    for moved in by_account(rows).values():
        first = moved[0]
        if first["score"] is not None and first["previous_score"] is not None:
            difference = round(first["score"] * 1e6) - round(first["previous_score"] * 1e6)
            assert sum(item["millionths"] for item in moved) == difference
    return rows


def by_account(rows: list[Change]) -> dict[str, list[Change]]:
    grouped = defaultdict(list)
    for row in rows:
        grouped[row["account_id"]].append(row)
    return dict(grouped)


def causes(rows: list[Change]) -> set[str]:
    return {row["cause"] for row in rows}


def correct(project: Any, column: str, change: Callable[[str], str], accounts: int) -> list[str]:
    """Change a column of the first accounts that have a value; returns their ids."""
    path = project.folder / "data" / "accounts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    touched = [row for row in rows if row[column]][:accounts]
    for row in touched:
        row[column] = change(row[column])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return [row["account_id"] for row in touched]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def new_version(project: Any, effective: date) -> None:
    """The second version weighs employees at 5 instead of 4, and no longer asks for the country."""
    path = project.folder / "config" / "icp.yaml"
    edit(path, "weight: 4\n    type: number", "weight: 5\n    type: number")
    edit(
        path,
        "weight: 2\n    type: category\n    source: headquarters",
        "weight: 0\n    type: category\n    source: headquarters",
    )
    register(project, effective)


def register(project: Any, effective: date) -> None:
    """Bring the draft into force as the second version."""
    path = project.folder / "config" / "icp.yaml"
    edit(path, "version: 1 ", "version: 2 ")
    edit(path, "effective_from: 2025-06-01", f"effective_from: {effective}")
    with open_workspace(project.settings) as workspace:
        icp = workspace.config.icp
        workspace.ledger.versions.register(icp, workspace.config.icp_hash, icp.metadata.owner, workspace.now)


def test_the_first_run_has_nothing_to_compare_with(small: Any) -> None:
    score(small, FIRST)
    assert log(small, FIRST) == []


def test_a_day_without_news_logs_nothing(small: Any) -> None:
    score(small, FIRST)
    score(small, SECOND)
    assert log(small) == []


def test_new_data_is_laid_on_the_attribute_that_changed(small: Any) -> None:
    score(small, FIRST)
    touched = correct(small, "employees", lambda _: "3", accounts=40)
    score(small, SECOND)
    rows = log(small)
    assert rows
    assert {row["account_id"] for row in rows} <= set(touched)
    assert {(row["cause"], row["attribute"]) for row in rows} == {("data", "employees")}
    assert {row["previous_as_of"] for row in rows} == {FIRST}


def test_trap_5_34_a_code_change_without_effect_logs_nothing(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refactor that shifts no number is not drift."""
    score(small, FIRST)
    monkeypatch.setattr(naming, "code_version", lambda: "9.9.9+refactor")
    score(small, SECOND)
    assert log(small) == []


def test_trap_5_34_a_code_change_with_an_effect_is_told_from_news(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first day's scores are stored as code would have computed them that gave one point more."""
    score(small, FIRST)
    with open_workspace(small.settings) as workspace, workspace.warehouse(workspace.config.icp) as opened:
        warehouse, catalogue = opened
        scores = catalogue.account_scores.table
        higher = sa.select(
            *((column + 1.0).label("score") if column.name == "score" else column for column in scores.c)
        )
        warehouse.replace_partition(catalogue.account_scores, {"run_set": "live", "as_of": FIRST}, higher)
    monkeypatch.setattr(naming, "code_version", lambda: "9.9.9+other")
    touched = correct(small, "employees", lambda _: "3", accounts=5)
    score(small, SECOND)
    rows = log(small)
    code = [row for row in rows if row["cause"] == "code"]
    assert {(row["attribute"], row["millionths"]) for row in code} == {("*", -1_000_000)}
    assert len(code) > 100
    assert {row["account_id"] for row in rows if row["cause"] == "data"} <= set(touched)


def test_the_activation_of_a_version_is_its_own_cause(small: Any) -> None:
    score(small, FIRST)
    new_version(small, SECOND)
    score(small, SECOND)
    rows = log(small)
    assert causes(rows) == {"icp_version"}
    assert {"employees", "country"} <= {row["attribute"] for row in rows}


def test_a_version_that_reads_an_attribute_otherwise_takes_the_whole_difference(small: Any) -> None:
    """The old profile can't score what the new one stores, so nothing can be laid on single attributes."""
    score(small, FIRST)
    path = small.folder / "config" / "icp.yaml"
    edit(path, "type: category\n    source: discovery notes", "type: set\n    source: discovery notes")
    edit(path, "match: {full: [formal_rfp, poc]}", "match: {any: {informal: 1}}")
    register(small, SECOND)
    score(small, SECOND)
    rows = log(small)
    assert {(row["cause"], row["attribute"]) for row in rows} == {("icp_version", "*")}
    assert len(rows) > 100


def test_news_on_the_day_of_an_activation_are_kept_apart_from_it(small: Any) -> None:
    score(small, FIRST)
    new_version(small, SECOND)
    touched = correct(small, "employees", lambda _: "3", accounts=40)
    score(small, SECOND)
    rows = log(small)
    assert causes(rows) == {"icp_version", "data"}
    assert {row["account_id"] for row in rows if row["cause"] == "data"} <= set(touched)


def test_a_changed_mapping_redefines_and_brings_no_news(small: Any) -> None:
    score(small, FIRST)
    edit(
        small.folder / "config" / "sources.yaml",
        "employees: employees",
        "employees: {column: employees, divide_by: 100}",
    )
    score(small, SECOND)
    rows = log(small)
    assert {(row["cause"], row["attribute"]) for row in rows} == {("definitions", "employees")}


def test_a_declared_push_that_runs_out_is_a_definition(small: Any) -> None:
    push = "{attribute: industry, multiplier: 2, author: cmo@marrowgate.example, reason: launch, expires: 2026-02-03}"
    edit(small.folder / "config" / "icp.yaml", "strategic_overrides: []", f"strategic_overrides: [{push}]")
    register(small, FIRST)
    score(small, FIRST)
    score(small, SECOND)
    assert causes(log(small)) == {"definitions"}


def test_a_tier_that_changes_at_the_same_score_is_logged_without_points(small: Any) -> None:
    """A sanctioned country disqualifies; the country itself was no match before either."""
    touched = correct(small, "country", lambda _: "FR", accounts=20)
    score(small, FIRST)
    correct(small, "country", lambda _: "RU", accounts=20)
    score(small, SECOND)
    rows = log(small)
    assert set(by_account(rows)) == set(touched)
    assert {(row["tier"], row["cause"], row["attribute"], row["millionths"]) for row in rows} == {
        ("disqualified", "data", "*", 0)
    }


def test_other_run_sets_log_nothing(small: Any) -> None:
    score(small, FIRST)
    with open_workspace(small.settings) as workspace:
        bf = workspace.ledger.runs.create_backfill("me", {}, workspace.now)
        key = replace(naming.run_key(workspace, SECOND), run_set=bf)
    counts = pipeline.score(small.settings, naming.as_text(key))
    assert "score_changes" not in counts


def test_an_explanation_shows_how_the_score_came_about(small: Any) -> None:
    score(small, FIRST)
    correct(small, "employees", lambda _: "3", accounts=40)
    score(small, SECOND)
    moved = log(small)[0]
    told = on(small, SECOND).run("explain", moved["account_id"])
    assert "2026-02-03" in told
    assert "data: employees" in told
    as_json = json.loads(on(small, SECOND).run("explain", moved["account_id"], "--format", "json"))
    assert as_json["changes"][0]["parts"] == [
        {"cause": "data", "attribute": "employees", "points": moved["millionths"] / 1e6}
    ]


def test_an_activation_day_raises_no_alert_about_scores(project: Any) -> None:
    """Weights that move shift the mix of tiers: that is a decision of the company, not a drift of its market."""
    looks = date(2026, 1, 26), date(2026, 2, 2)
    pipeline.pull(project.settings)
    project.day(looks[0])
    new_version(project, looks[1])
    project.day(looks[1])
    verdicts = project.verdicts(looks[1])
    assert not [
        unit for unit, verdict in verdicts.items() if verdict == "drift" and unit[0].startswith(("score", "tier"))
    ]
    assert causes(log(project, looks[1])) <= {"icp_version", "data"}
    versions = by_account([row for row in log(project, looks[1]) if row["cause"] == "icp_version"])
    assert len(versions) > 1_000


def test_the_checks_tell_how_many_accounts_changed_tier(small: Any) -> None:
    third = date(2026, 2, 4)
    score(small, FIRST)
    correct(small, "employees", lambda _: "3", accounts=200)
    score(small, SECOND)
    moved = {row["account_id"] for row in log(small) if row["tier"] != row["previous_tier"]}
    settings = on(small, third).settings
    found = pipeline.check(settings, pipeline.name_run(settings, third))
    (flips,) = [result for result in found if result.check == "tier_flips"]
    assert (flips.n, flips.status) == (len(moved), "note")
    assert f"{len(moved):,} by data; 0 more than once" in flips.message
    (told,) = [item for item in examine(settings, third).findings if item.part == "tiers"]
    assert told.message == flips.message
