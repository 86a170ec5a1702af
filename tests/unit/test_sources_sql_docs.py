"""Every mapping that docs/databases.md shows is a mapping."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from icp_monitor.config.document import read_document
from icp_monitor.config.presets import FOLDER, preset_names
from icp_monitor.config.sources import SourcesConfig, SqlSource

PAGE = (Path(__file__).parents[2] / "docs" / "databases.md").read_text(encoding="utf-8")
MAPPINGS = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_a_mapping_of_the_page_is_accepted(mapping: str, tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(mapping, encoding="utf-8")
    config = SourcesConfig.model_validate(read_document(file).values)
    assert all(isinstance(source, SqlSource) for source in config.sources.values())


def test_a_key_that_is_given_as_nothing_leaves_out_what_the_preset_has(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    (mapping,) = (mapping for mapping in MAPPINGS if "preset:" in mapping)
    file.write_text(mapping, encoding="utf-8")
    source = SourcesConfig.model_validate(read_document(file).values).sources["crm"]
    assert "leads" not in source.tables
    assert source.tables["accounts"].columns["deleted"].column == "is_gone"
    assert source.tables["accounts"].columns["core_stack"].column == "stack__c"


@pytest.mark.parametrize("name", [name for name in preset_names() if name.startswith("fivetran")])
def test_a_preset_of_fivetran_needs_nothing_but_a_connection(name: str) -> None:
    given = {"kind": "sql", "preset": name, "connection": "dwh"}
    source = SqlSource.model_validate(given)
    assert (FOLDER / f"{name}.yaml").is_file()
    assert {"accounts", "opportunities", "stage_events", "account_history"} <= set(source.tables)
