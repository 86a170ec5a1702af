"""The plugins folder: only the registration is executed, and no file takes another module's name."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("dags")]

PLUGINS = Path(__file__).parents[2] / "plugins"
STEMS = sorted(path.stem for path in PLUGINS.glob("*.py"))


def test_airflow_executes_the_registration_alone_and_finds_the_timetable(airflow: Any) -> None:
    found = airflow.ask("plugins")
    assert found["errors"] == {}
    assert found["sources"] == {"icp_drift": "$PLUGINS_FOLDER/icp_drift_plugin.py"}
    assert "icp_fiscal_timetable.FiscalQuarterTimetable" in found["timetables"]


def test_every_other_file_is_left_to_be_imported_by_name() -> None:
    lines = (PLUGINS / ".airflowignore").read_text("utf-8").splitlines()
    ignored = [line for line in lines if not line.startswith("#")]
    assert sorted(ignored) == sorted(f"{stem}.py" for stem in STEMS if stem != "icp_drift_plugin")


@pytest.mark.parametrize("stem", STEMS)
def test_no_file_is_named_like_a_module_that_it_would_replace(stem: str) -> None:
    assert stem.startswith("icp_")
    assert stem not in sys.stdlib_module_names
    elsewhere = [entry for entry in sys.path if Path(entry) != PLUGINS]
    assert PathFinder.find_spec(stem, elsewhere) is None


def test_the_folder_holds_no_package() -> None:
    assert [path.name for path in PLUGINS.iterdir() if path.is_dir() and path.name != "__pycache__"] == []
