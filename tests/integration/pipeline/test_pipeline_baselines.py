"""The baseline is looked at as every later day is: in the same currency, with the same merges and history."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from icp_monitor.pipeline.baselines import ensure_baseline
from icp_monitor.pipeline.naming import asof_of, looking_from, run_key
from icp_monitor.pipeline.versions import version_for
from icp_monitor.pipeline.workspace import open_workspace

pytestmark = pytest.mark.slow
DAY = date(2025, 12, 1)


def baseline_amount(project: Any) -> int:
    with open_workspace(project.settings) as workspace:
        cohort, _ = ensure_baseline(workspace, version_for(workspace, DAY))
        return int(cohort.cells["amount_minor"].sum())


def test_a_baseline_is_in_the_companys_currency(
    small: Any, pulled: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All deals are in dollars, and a dollar is worth half a euro."""
    abroad = replace(small, folder=tmp_path_factory.mktemp("abroad"))
    shutil.copytree(pulled, abroad.folder, dirs_exist_ok=True)
    path = abroad.folder / "config" / "monitoring.yaml"
    text = path.read_text("utf-8")
    assert "  currency: USD" in text
    path.write_text(text.replace("  currency: USD", "  rates: {USD: 0.5}\n  currency: EUR"), "utf-8")
    in_dollars = baseline_amount(small)
    assert in_dollars > 0
    assert baseline_amount(abroad) == pytest.approx(in_dollars / 2, rel=1e-6)


def test_runs_and_baselines_look_alike(small: Any) -> None:
    with open_workspace(small.settings) as workspace:
        version = version_for(workspace, DAY)
        assert looking_from(workspace, version.icp, DAY, "as-was") == asof_of(workspace, run_key(workspace, DAY))
