"""Lint: the example is beyond doubt, and each doubt is raised by the change that deserves it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from icp_monitor.config.linting import lint
from icp_monitor.config.loading import load_config

EXAMPLE = Path(__file__).parents[2] / "config"
TODAY = date(2026, 2, 2)
Edit = Callable[[str], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(EXAMPLE, tmp_path / "config")


def replaced(old: str, new: str, count: int = 1) -> Edit:
    def edit(text: str) -> str:
        assert old in text, f"{old!r} is not in the file"
        return text.replace(old, new, count)

    return edit


def without_attributes(*names: str) -> Edit:
    def edit(text: str) -> str:
        for name in names:
            text, count = re.subn(rf"  - id: {name}\n(?:    .*\n|\n)*", "", text)
            assert count == 1
        return text

    return edit


def every_weight(weight: str) -> Edit:
    return lambda text: re.sub(r"(?m)^    weight: \d", f"    weight: {weight}", text)


def more_attributes(count: int) -> Edit:
    line = "  - {{id: extra_{}, family: behavioral, weight: 1, type: ordinal, match: {{gte: 3}}}}\n"
    more = "".join(line.format(number) for number in range(count))
    return replaced("# Accounts that we never", f"{more}# Accounts that we never")


def override(expires: str) -> Edit:
    entry = f"[{{attribute: country, multiplier: 1.2, author: cmo, reason: launch, expires: {expires}}}]"
    return replaced("strategic_overrides: []", f"strategic_overrides: {entry}")


DOUBTS: dict[str, tuple[str, Edit, str]] = {
    "too few attributes": (
        "icp.yaml",
        without_attributes("risk_tolerance", "data_culture", "buying_committee", "eval_process"),
        "so few attributes hardly tell customers apart, got 5. Cure: add some; 6 to 10 are usual",
    ),
    "too many attributes": (
        "icp.yaml",
        more_attributes(2),
        "so many attributes fit past deals better than future ones, got 11",
    ),
    "all weights equal": ("icp.yaml", every_weight("3"), "all weights are equal"),
    "a weight off the scale": (
        "icp.yaml",
        replaced("weight: 5", "weight: 7"),
        "the weight of industry is off the declared scale, got 7. Cure: keep it between 1 and 5",
    ),
    "psychographic weight dominates": (
        "icp.yaml",
        replaced("family: psychographic\n    weight: 2", "family: psychographic\n    weight: 9", 2),
        "more than a third of the weight lies on psychographic attributes, which are rarely known, got 45%",
    ),
    "intent carries weight": (
        "icp.yaml",
        replaced("source: discovery form", "source: intent feed"),
        "data_culture is intent, which says when to call, not who fits",
    ),
    "an attribute of persons": (
        "icp.yaml",
        replaced("source: discovery form", "source: gender of the champion"),
        "data_culture speaks of people, not of companies, got gender. Cure: describe the account",
    ),
    "technographic without history": (
        "icp.yaml",
        replaced("    known_before: anchor\n    absence_means", "    absence_means"),
        "core_stack may be filled in after the deal is decided",
    ),
    "post-outcome risk without history": (
        "icp.yaml",
        lambda text: re.sub(r"    known_before: anchor.*\n(    post_outcome_risk: high)", r"\1", text),
        "employees may be filled in after the deal is decided",
    ),
    "the same rule at a lower priority": (
        "icp.yaml",
        replaced("when: employees < 200", "when: prefix(industry, '62') and 200 <= employees < 2000"),
        "no account can ever belong to smb: they all go to health-mm first",
    ),
    "a narrower rule at a lower priority": (
        "icp.yaml",
        replaced("when: employees < 200", "when: employees >= 3000 and industry in ['522110', '523920']"),
        "no account can ever belong to smb: they all go to fintech-ent first",
    ),
    "a rule that contradicts itself": (
        "icp.yaml",
        replaced("when: employees < 200", "when: employees < 200 and employees > 300"),
        "no account can ever belong to smb: its rule contradicts itself",
    ),
    "the same value proposition": (
        "icp.yaml",
        replaced("One ledger for every entity", "audit-ready reporting in 30 days"),
        "fintech-ent has the value_prop of fintech-mm",
    ),
    "a tier without a play": (
        "icp.yaml",
        replaced(", tier_3: inbound_only", ""),
        "no play for tier_3. Cure: say what is done with each tier",
    ),
    "a baseline after the profile came into force": (
        "icp.yaml",
        replaced("effective_from: 2025-06-01", "effective_from: 2025-01-01"),
        "the baseline ends after the profile came into force",
    ),
    "a baseline shorter than the horizon": (
        "icp.yaml",
        replaced("from: 2024-02-01", "from: 2024-11-01"),
        "the baseline is shorter than the horizon of 120 days, got 92 days",
    ),
    "a baseline that cuts a quarter": (
        "icp.yaml",
        replaced("from: 2024-02-01", "from: 2024-02-15"),
        "the baseline cuts a fiscal quarter in two, got '2024-02-15'. Cure: write 2024-02-01",
    ),
    "an override that ran out today": (
        "icp.yaml",
        override("2026-02-02"),
        "the override of country has expired, got '2026-02-02'. Cure: remove it, or decide it anew",
    ),
    "an attribute without a source": (
        "sources.yaml",
        replaced("          country: country\n", ""),
        "no source fills country, so it is always unknown",
    ),
    "a column that nobody asks for": (
        "sources.yaml",
        replaced("          name: name\n", "          name: name\n          contry: country\n"),
        "neither the accounts nor the profile have a column of this name, got contry. Cure: did you mean 'country'?",
    ),
}


def test_the_example_is_beyond_doubt() -> None:
    report = lint(EXAMPLE, TODAY)
    assert (report.errors, report.warnings, report.ok) == ((), (), True)


@pytest.mark.parametrize(("name", "edit", "said"), DOUBTS.values(), ids=DOUBTS)
def test_a_doubt_is_a_warning_that_keeps_nothing_from_loading(folder: Path, name: str, edit: Edit, said: str) -> None:
    file = folder / name
    file.write_text(edit(file.read_text(encoding="utf-8")), encoding="utf-8")
    report = lint(folder, TODAY)
    assert report.errors == ()
    assert any(said in str(warning) for warning in report.warnings), [*map(str, report.warnings)]
    assert all(warning.cure for warning in report.warnings)
    assert load_config(folder).icp.attributes


def test_an_override_of_tomorrow_and_one_on_an_unknown_day_are_no_doubt(folder: Path) -> None:
    file = folder / "icp.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(override("2026-02-03")(text), encoding="utf-8")
    assert lint(folder, TODAY).warnings == ()
    file.write_text(override("2026-02-02")(text), encoding="utf-8")
    assert lint(folder).warnings == ()


def test_a_warning_stands_at_the_line_that_it_is_about(folder: Path) -> None:
    file = folder / "icp.yaml"
    text = replaced("weight: 5", "weight: 7")(file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    line = text[: text.index("weight: 7")].count("\n") + 1
    assert [warning.where for warning in lint(folder).warnings] == [f"{file}:{line}"]


def test_a_file_that_cant_be_used_is_an_error_and_the_others_are_still_linted(folder: Path) -> None:
    (folder / "sources.yaml").write_text("sources: {}\n", encoding="utf-8")
    file = folder / "icp.yaml"
    file.write_text(every_weight("3")(file.read_text(encoding="utf-8")), encoding="utf-8")
    report = lint(folder)
    assert not report.ok
    assert {error.where.rpartition(":")[0] for error in report.errors} == {str(folder / "sources.yaml")}
    assert any("all weights are equal" in warning.message for warning in report.warnings)


def test_an_empty_folder_has_three_missing_files(tmp_path: Path) -> None:
    report = lint(tmp_path)
    assert [error.message for error in report.errors] == ["there is no such file"] * 3
    assert report.warnings == ()
