"""What docs/salesforce.md shows can be written so."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from icp_monitor.config.sources import SalesforceSource, SourcesConfig
from icp_monitor.settings.connections import read_connection
from icp_monitor.sources.salesforce.credentials import login_arguments

PAGE = (Path(__file__).parents[3] / "docs" / "salesforce.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_mapping_is_one_and_stands_on_the_preset() -> None:
    (mapping,) = blocks("yaml")
    source = SourcesConfig.model_validate(yaml.safe_load(mapping), strict=False).sources["crm"]
    assert isinstance(source, SalesforceSource)
    assert set(source.tables) == {
        *("accounts", "account_history", "opportunities", "stage_events", "leads", "win_loss"),
    }
    assert {"account_id", "merged_into", "industry"} <= source.tables["accounts"].columns.keys()
    assert source.tables["leads"].columns["converted_on"].column == "ConvertedDate"


def test_the_connections_log_in_the_way_that_is_said() -> None:
    given = [login_arguments(read_connection("crm", text)).keys() for text in blocks("json")]
    assert given == [
        {"consumer_key", "consumer_secret", "domain"},
        {"username", "consumer_key", "privatekey_file"},
    ]
