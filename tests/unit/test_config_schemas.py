"""JSON Schemas: those in the repository are current, and they accept what the models accept."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from icp_monitor.config.document import read_document
from icp_monitor.config.schemas import MODELS, schema_text, write_schemas
from icp_monitor.config.strict import File
from icp_monitor.config.wording import Finding, said_of

EXAMPLE = Path(__file__).parents[2] / "config"
NAMES = ("icp", "monitoring", "sources")


def listed(value: object) -> object:
    """The values with lists in place of tuples, as an editor sees them."""
    if isinstance(value, dict):
        return {str(key): listed(item) for key, item in value.items()}
    return [listed(item) for item in value] if isinstance(value, tuple) else value


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((EXAMPLE / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_schemas_in_the_repository_are_current(tmp_path: Path) -> None:
    for written in write_schemas(tmp_path):
        committed = EXAMPLE / "schema" / written.name
        assert committed.read_text(encoding="utf-8") == written.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_example_names_its_schema_and_obeys_it(name: str) -> None:
    first = (EXAMPLE / f"{name}.yaml").read_text(encoding="utf-8").partition("\n")[0]
    assert first == f"# yaml-language-server: $schema=schema/{name}.schema.json"
    values = listed(read_document(EXAMPLE / f"{name}.yaml").values)
    assert [error.message for error in validator(name).iter_errors(values)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_refuses_an_unknown_key(name: str) -> None:
    values = listed(read_document(EXAMPLE / f"{name}.yaml").values)
    assert isinstance(values, dict)
    errors = list(validator(name).iter_errors({**values, "surprise": 1}))
    assert [error.validator for error in errors] == ["additionalProperties"]


@pytest.mark.parametrize(
    ("column", "valid"), [("Account ID", True), ({"column": "Account ID"}, True), ({"colum": "x"}, False), (5, False)]
)
def test_a_column_is_a_header_or_a_group_with_options(column: object, valid: bool) -> None:
    source = {
        "kind": "csv",
        "folder": "data",
        "tables": {"accounts": {"file": "a.csv", "columns": {"account_id": column}}},
    }
    assert validator("sources").is_valid({"sources": {"crm": source}}) is valid


def patterns(schema: object) -> set[str]:
    """Every pattern that a value or key must match."""
    if isinstance(schema, list):
        return set().union(*map(patterns, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    return own.union(schema.get("patternProperties", ()), *map(patterns, schema.values()))


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_pattern_has_an_explanation_in_plain_words(model: type[File]) -> None:
    found = patterns(json.loads(schema_text(model)))
    assert found
    for pattern in found:
        message, cure = said_of(Finding("string_pattern_mismatch", "it", "?", "'?'", {"pattern": pattern}, ()))
        assert message.startswith("it must be a")
        assert cure
