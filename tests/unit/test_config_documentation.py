"""The how-to names every key of the three files, and its rules can be read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from icp_monitor.config.canonical import CANONICAL_COLUMNS, REQUIRED_COLUMNS
from icp_monitor.config.expressions import parse_rule
from icp_monitor.config.schemas import MODELS, schema_text
from icp_monitor.config.strict import File

GUIDE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", GUIDE))))


def keys(schema: object) -> set[str]:
    """Every key that a group of the file may hold."""
    if isinstance(schema, list):
        return set().union(*map(keys, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*map(keys, schema.values()))


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_guide_names_every_key(model: type[File]) -> None:
    assert keys(json.loads(schema_text(model))) - WORDS == set()


@pytest.mark.parametrize("table", CANONICAL_COLUMNS)
def test_the_guide_names_every_column_and_which_are_required(table: str) -> None:
    (row,) = re.findall(rf"(?m)^\| `{table}` \| (.*) \|$", GUIDE)
    assert set(CANONICAL_COLUMNS[table]) <= set(re.findall(r"[a-z_]+", row))
    assert set(re.findall(r"\*\*([a-z_]+)\*\*", row)) == set(REQUIRED_COLUMNS[table])


def test_every_rule_of_the_guide_can_be_read() -> None:
    section = GUIDE[GUIDE.index("### Rules") : GUIDE.index("## monitoring.yaml")]
    rules = [text for text in re.findall(r"`([^`]+)`", section) if re.search(r" (==|!=|<|in|is) |\w\(", text)]
    assert len(rules) > 8
    for rule in rules:
        assert parse_rule(rule)
