"""Loading: everything that is wrong with the three files is said at once, each with its line, value and cure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.loading import load_config, load_icp, load_monitoring, load_sources
from icp_monitor.config.matching import RESERVED, CategoryAttribute
from icp_monitor.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(EXAMPLE, tmp_path / "config")


def edit(file: Path, old: str, new: str) -> int:
    """Replace the first ``old``; the line on which it was."""
    text = file.read_text(encoding="utf-8")
    before, found, after = text.partition(old)
    assert found, f"{old!r} is not in {file.name}"
    file.write_text(before + new + after, encoding="utf-8")
    return before.count("\n") + 1


def complaints(folder: Path) -> list[str]:
    """What loading says, with the paths relative to the folder."""
    with pytest.raises(ConfigError) as caught:
        load_config(folder)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


ONE_MISTAKE = {
    "a word for a number": (
        *("icp.yaml", "weight: 5", "weight: five"),
        "weight must be a number, got 'five'. Cure: write 5",
    ),
    "a number in quotes": (
        *("icp.yaml", "weight: 5", "weight: '5'"),
        "weight must be a number, got '5'. Cure: write 5 without quotes",
    ),
    "a decimal comma": (
        *("icp.yaml", "coverage_floor: 0.60", "coverage_floor: 0,60"),
        "coverage_floor must be a number, got '0,60'. Cure: write 0.60",
    ),
    "a percentage": (
        *("icp.yaml", "coverage_floor: 0.60", "coverage_floor: 60 %"),
        "coverage_floor must be a number, got '60 %'. Cure: write 0.6",
    ),
    "a share above 1": (
        *("icp.yaml", "coverage_floor: 0.60", "coverage_floor: 60"),
        "coverage_floor must be at most 1, got 60. Cure: write 0.6",
    ),
    "a thousands separator": (
        *("icp.yaml", "horizon_days: 120", "horizon_days: 1,000"),
        "horizon_days must be a whole number, got '1,000'. Cure: write 1000",
    ),
    "half a day": (
        *("icp.yaml", "horizon_days: 120", "horizon_days: 120.5"),
        "horizon_days must be a whole number, got 120.5. Cure: write 120",
    ),
    "infinity": (
        *("icp.yaml", "weight: 5", "weight: .inf"),
        "weight must be a finite number, got .inf. Cure: write a number",
    ),
    "not a number": (
        *("icp.yaml", "weight: 5", "weight: .NaN"),
        "weight must be a finite number, got .NaN. Cure: write a number",
    ),
    "beyond all weights": (
        *("icp.yaml", "weight: 5", "weight: 1e308"),
        "weight must be at most 1e+15, got 1e308. Cure: write 1e+15 or less",
    ),
    "a negative weight": (
        *("icp.yaml", "weight: 5", "weight: -5"),
        "weight must be at least 0, got -5. Cure: write 0 or more",
    ),
    "truth for a number": (
        *("icp.yaml", "weight: 5", "weight: true"),
        "weight must be a number, got true. Cure: write a number",
    ),
    "yes for true": (
        *("icp.yaml", "no_self_approval: true", "no_self_approval: yes"),
        "no_self_approval must be true or false, got 'yes'. Cure: write true",
    ),
    "a code without quotes keeps its zero in the cure": (
        *("icp.yaml", '"523"', "0523"),
        "full, item 2, must be text, got 0523. Cure: write '0523', in quotes",
    ),
    "a code as a key": (
        *("icp.yaml", '{"524": 0.6}', "{524: 0.6}"),
        "the key 524 must be text, got 524. Cure: write '524', in quotes",
    ),
    "a list with one end": (
        *("icp.yaml", "[200, 2000]", "[200]"),
        "full, item 2, is missing. Cure: give both, or null for an open end",
    ),
    "text for a list": (
        *("icp.yaml", "[new_business]", "new_business"),
        "types must be a list, got 'new_business'. Cure: write [new_business]",
    ),
    "text for a group": (
        *("icp.yaml", "{matured_opps: 60, wins: 15}", "60"),
        "min_evidence must hold keys and values, got 60. Cure: write key: value under it, indented",
    ),
    "a month without a zero": (
        *("icp.yaml", "effective_from: 2025-06-01", "effective_from: 2025-6-1"),
        "a date is written year-month-day, got '2025-6-1'. Cure: write it like 2026-10-05",
    ),
    "a date as a number": (
        *("icp.yaml", "effective_from: 2025-06-01", "effective_from: 20250601"),
        "a date is written year-month-day, got 20250601. Cure: write it like 2026-10-05",
    ),
    "the 31st of June": (
        *("icp.yaml", "effective_from: 2025-06-01", "effective_from: 2025-06-31"),
        "there is no such day, got '2025-06-31'. Cure: check the month and the day",
    ),
    "an unknown type": (
        *("icp.yaml", "type: ordinal", "type: ordinel"),
        "type must be one of category, number, ordinal, set, got 'ordinel'. Cure: did you mean 'ordinal'?",
    ),
    "another word than the one allowed": (
        *("icp.yaml", "apiVersion: icp/v1", "apiVersion: v2"),
        "apiVersion must be icp/v1, got 'v2'. Cure: write icp/v1",
    ),
    "an id with capitals": (
        *("icp.yaml", "id: data_culture", "id: Data_culture"),
        "id must be a plain id, got 'Data_culture'. Cure: use small letters, digits and _, like core_stack",
    ),
    "an id that is a word of the rule language": (
        *("icp.yaml", "id: data_culture", "id: class"),
        "this id has another meaning, as a column or in rules, got 'class'. Cure: rename it, like class_code",
    ),
    "an id that is a fixed column": (
        *("icp.yaml", "id: data_culture", "id: parent_id"),
        "this id has another meaning, as a column or in rules, got 'parent_id'. Cure: rename it, like parent_id_code",
    ),
    "an empty name": (
        *("icp.yaml", "name: Small business", "name: ''"),
        "name must not be empty, got ''. Cure: write the text",
    ),
    "a baseline that runs backwards": (
        *("icp.yaml", "from: 2024-02-01", "from: 2026-02-01"),
        "the baseline must end after it starts. Cure: swap from and to",
    ),
    "a channel that YAML reads as a comment": (
        *("monitoring.yaml", 'critical: "#icp-drift"', "critical: #icp-drift"),
        "critical must be text, got nothing. Cure: write the text; text that starts with # needs quotes",
    ),
    "a time zone that doesn't exist": (
        *("monitoring.yaml", "America/New_York", "America/NewYork"),
        "unknown time zone, got 'America/NewYork'. Cure: use an IANA name such as America/New_York",
    ),
    "a stage under two outcomes": (
        *("sources.yaml", "lost: [Closed Lost]", "lost: [Closed Lost, Closed Won]"),
        "the stage is listed under won too, got 'Closed Won'. Cure: keep it under one outcome",
    ),
    "a column that the table doesn't have": (
        *("sources.yaml", "closed_on: closed_on", "close_on: closed_on"),
        "opportunities has no column of this name, got 'close_on'. Cure: did you mean 'closed_on'?",
    ),
    "an encoding that doesn't exist": (
        *("sources.yaml", 'dates: ["%Y-%m-%d"]', "encoding: latin-99"),
        "unknown encoding, got 'latin-99'. Cure: use utf-8, utf-16 or windows-1252",
    ),
    "a codec that is no encoding": (
        *("sources.yaml", 'dates: ["%Y-%m-%d"]', "encoding: base64"),
        "unknown encoding, got 'base64'. Cure: use utf-8, utf-16 or windows-1252",
    ),
    "a date format without a day": (
        *("sources.yaml", '["%Y-%m-%d"]', '["%Y-%m"]'),
        "a date format needs year, month and day, got '%Y-%m'. Cure: write it like %Y-%m-%d",
    ),
}


@pytest.mark.parametrize(("name", "old", "new", "said"), ONE_MISTAKE.values(), ids=ONE_MISTAKE)
def test_a_mistake_is_named_with_its_line_value_and_cure(
    folder: Path, name: str, old: str, new: str, said: str
) -> None:
    line = edit(folder / name, old, new)
    assert complaints(folder) == [f"{name}:{line}: {said}"]


def test_an_unknown_key_is_refused_with_the_key_that_was_meant(folder: Path) -> None:
    line = edit(folder / "icp.yaml", "note: Low", "noot: Low")
    assert complaints(folder) == [f"icp.yaml:{line}: noot is not a key here. Cure: did you mean 'note'?"]


def test_what_stands_under_an_unknown_key_is_never_repeated_because_it_may_be_a_secret(folder: Path) -> None:
    line = edit(folder / "sources.yaml", "    kind: csv", "    kind: csv\n    api_token: hunter2")
    said = complaints(folder)
    message = "api_token is not a key here, and no secret belongs in this file. Cure: keep it in the environment"
    assert said == [f"sources.yaml:{line + 1}: {message}"]


def test_problems_of_all_three_files_come_together_from_the_top_of_each_down(folder: Path) -> None:
    weight = edit(folder / "icp.yaml", "weight: 5", "weight: five")
    rule = edit(folder / "icp.yaml", "country in ['BY'", "contry in ['BY'")
    stage = edit(folder / "sources.yaml", "won: [Closed Won]", "won: []")
    (folder / "monitoring.yaml").unlink()
    assert complaints(folder) == [
        f"icp.yaml:{weight}: weight must be a number, got 'five'. Cure: write 5",
        f"icp.yaml:{rule}: no attribute has this id (character 1 of the rule), got contry. "
        "Cure: did you mean 'country'?",
        "monitoring.yaml: there is no such file. Cure: write it, or name another folder",
        f"sources.yaml:{stage}: no stage means that a deal was won. "
        "Cure: add under stages the names that the source uses, like won: [Closed won]",
    ]


def test_the_bands_of_the_tiers_dont_overlap(folder: Path) -> None:
    line = edit(folder / "icp.yaml", "tier_2: {min: 60}", "tier_2: {min: 90}")
    message = "the tiers' bands overlap. Cure: let min fall from tier_1 to tier_3, and end at 0"
    assert complaints(folder) == [f"icp.yaml:{line - 2}: {message}"]


def test_ids_and_priorities_are_given_once(folder: Path) -> None:
    priority = edit(folder / "icp.yaml", "priority: 2", "priority: 1")
    segment = edit(folder / "icp.yaml", "id: saas-mm", "id: health-mm")
    attribute = edit(folder / "icp.yaml", "id: data_culture", "id: risk_tolerance")
    said = complaints(folder)
    assert said == [
        f"icp.yaml:{attribute}: attributes, entry 6, has the same id, got 'risk_tolerance'. Cure: give each its own id",
        f"icp.yaml:{priority}: segments, entry 1, has the same priority, got 1. Cure: give each its own priority",
        f"icp.yaml:{segment}: segments, entry 3, has the same id, got 'health-mm'. Cure: give each its own id",
    ]


def test_a_retired_segment_gives_its_priority_back(folder: Path) -> None:
    edit(folder / "icp.yaml", "priority: 2", "priority: 1")
    edit(folder / "icp.yaml", "lifecycle: active", "lifecycle: retired")
    assert load_config(folder).icp.segment_ids[0] == "fintech-ent"


def test_no_attribute_takes_a_column_that_every_accounts_table_has() -> None:
    icp = load_icp(EXAMPLE / "icp.yaml")
    fixed = set(catalogue_of(icp).raw_accounts.columns) - {attribute.id for attribute in icp.attributes}
    assert "account_id" in fixed
    assert fixed <= RESERVED


def test_an_override_names_an_attribute(folder: Path) -> None:
    override = "[{attribute: contry, multiplier: 1.2, author: cmo, reason: launch, expires: 2027-01-01}]"
    line = edit(folder / "icp.yaml", "strategic_overrides: []", f"strategic_overrides: {override}")
    said = f"icp.yaml:{line}: no attribute has this id, got 'contry'. Cure: did you mean 'country'?"
    assert complaints(folder) == [said]


def test_norway_is_a_country(folder: Path) -> None:
    edit(folder / "icp.yaml", "[US, CA, GB, DE]", "[US, NO]")
    country = next(item for item in load_config(folder).icp.attributes if item.id == "country")
    assert isinstance(country, CategoryAttribute)
    assert country.match.full == ("US", "NO")


def test_a_profile_needs_weight_somewhere(folder: Path) -> None:
    text = (folder / "icp.yaml").read_text(encoding="utf-8")
    for weight in "2345":
        text = text.replace(f"    weight: {weight}", "    weight: 0")
    (folder / "icp.yaml").write_text(text, encoding="utf-8")
    assert [said.partition(": ")[2] for said in complaints(folder)] == [
        "no attribute carries weight. Cure: give one a weight above 0"
    ]


def test_tables_have_exactly_one_source(folder: Path) -> None:
    text = (folder / "sources.yaml").read_text(encoding="utf-8")
    second = text[text.index("  crm:") :].replace("  crm:", "  erp:", 1)
    (folder / "sources.yaml").write_text(text + second, encoding="utf-8")
    said = complaints(folder)
    assert len(said) == 4
    assert all("another source maps" in line for line in said)


def test_sources_map_accounts_and_opportunities_with_their_keys(folder: Path) -> None:
    (folder / "sources.yaml").write_text(
        "sources:\n  crm:\n    kind: csv\n    folder: data\n    tables:\n"
        "      accounts: {file: a.csv, columns: {name: Name}}\n",
        encoding="utf-8",
    )
    assert complaints(folder) == [
        "sources.yaml:1: no source maps the table opportunities. Cure: add opportunities under tables",
        "sources.yaml:6: accounts needs the column account_id. Cure: add account_id: and its header",
    ]


def test_a_folder_that_is_missing_is_one_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such folder"):
        load_config(tmp_path / "nowhere")


def test_the_example_loads_file_by_file_as_it_does_whole() -> None:
    config = load_config(EXAMPLE)
    assert config.folder == EXAMPLE
    assert load_icp(EXAMPLE / "icp.yaml") == config.icp
    assert load_monitoring(EXAMPLE / "monitoring.yaml") == config.monitoring
    assert load_sources(EXAMPLE / "sources.yaml") == config.sources


def test_the_example_profile_has_all_four_families_and_its_segments_in_order() -> None:
    icp = load_icp(EXAMPLE / "icp.yaml")
    assert {attribute.family for attribute in icp.attributes} == {
        *("firmographic", "technographic", "psychographic", "behavioral")
    }
    assert {attribute.id: attribute.weight for attribute in icp.attributes} == {
        **{"industry": 5, "employees": 4, "country": 2, "core_stack": 4, "cloud_maturity": 2},
        **{"risk_tolerance": 2, "data_culture": 2, "buying_committee": 3, "eval_process": 2},
    }
    assert icp.segment_ids == (
        *("fintech-mm", "fintech-ent", "health-mm", "saas-mm", "manufacturing-mm", "smb", "other"),
    )
