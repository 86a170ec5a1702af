"""`explain ACCOUNT` says of every value where it comes from, since when it holds, and who rated what."""

from __future__ import annotations

import csv
import json
import shutil
from typing import Any

import pytest

RATED = ("A000001,risk_tolerance,csm-7,2025-06-01,4", "A000001,risk_tolerance,csm-9,2025-09-01,2")
HISTORY = ("A000001,2024-03-01,20", "A000001,2025-01-15,40")


@pytest.fixture
def enriched(small: Any) -> Any:
    """The small installation, whose accounts' sizes have a history and whose risk tolerance is rated by people."""
    data, config = small.folder / "data", small.folder / "config"
    (data / "ratings.csv").write_text("\n".join(["account,attribute,rater,on,rating", *RATED, ""]), "utf-8")
    (data / "history.csv").write_text("\n".join(["account,on,employees", *HISTORY, ""]), "utf-8")
    text = (config / "sources.yaml").read_text("utf-8").replace("          risk_tolerance: risk_tolerance\n", "", 1)
    ratings = "{account_id: account, attribute: attribute, rater: rater, rated_on: 'on', rating: rating}"
    text += f"""
      ratings: {{file: ratings.csv, columns: {ratings}}}
      account_history:
        file: history.csv
        columns: {{account_id: account, changed_on: 'on', employees: employees}}
"""
    (config / "sources.yaml").write_text(text, "utf-8")
    shutil.rmtree(small.folder / "warehouse")
    for file in small.folder.glob("ledger.db*"):
        file.unlink()
    small.run("pull")
    return small


def test_every_value_has_a_source_and_a_date(enriched: Any) -> None:
    story = json.loads(enriched.run("explain", "A000001", "--as-of", "2026-02-02", "--format", "json"))
    origins = {origin["attribute"]: origin for origin in story["origins"]}
    assert (origins["risk_tolerance"]["table"], origins["risk_tolerance"]["since"]) == ("ratings", "2025-09-01")
    assert (origins["employees"]["since"], origins["employees"]["source"]) == ("2025-01-15", "crm")
    known = {part["attribute"] for part in story["explanation"]["contributions"] if part["value"] is not None}
    assert set(origins) >= known
    assert [rating["rater"] for rating in story["ratings"]] == ["csm-9", "csm-7"]


def test_a_value_is_as_old_as_it_was_on_the_day(enriched: Any) -> None:
    story = json.loads(enriched.run("explain", "A000001", "--as-of", "2025-07-07", "--format", "json"))
    origins = {origin["attribute"]: origin for origin in story["origins"]}
    parts = {part["attribute"]: part["value"] for part in story["explanation"]["contributions"]}
    assert (origins["risk_tolerance"]["since"], parts["risk_tolerance"]) == ("2025-06-01", 4.0)
    assert [rating["rater"] for rating in story["ratings"]] == ["csm-7"]


def test_the_page_for_people_shows_them_and_marks_what_is_assumed(enriched: Any) -> None:
    said = enriched.run("explain", "A000001", "--as-of", "2026-02-02")
    assert "2025-09-01: risk_tolerance 2 by csm-9" in said
    assert "? the first pull found this value" in said
    with (enriched.folder / "data" / "accounts.csv").open(encoding="utf-8", newline="") as file:
        name = next(csv.DictReader(file))["name"]
    assert name not in said
