"""In a deployment the warehouse is a database: the log is kept there, and the scores can be left beside it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from icp_monitor import pipeline
from icp_monitor.pipeline import naming
from icp_monitor.pipeline.doctor.examination import examine
from icp_monitor.pipeline.export.sending import export
from icp_monitor.pipeline.workspace import open_workspace

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

FIRST, SECOND = date(2026, 2, 2), date(2026, 2, 3)


@pytest.fixture
def deployed(postgres_url: str, tmp_path: Path, small: Any) -> Any:
    """An installation over PostgreSQL, with nothing pulled yet."""
    url = sa.make_url(postgres_url).update_query_dict({"schema": f"test_{uuid4().hex[:12]}"})
    (tmp_path / "ledger.db").unlink()
    return type(small)(tmp_path, {"ICP_WAREHOUSE_URL": url.render_as_string(hide_password=False)})


def score(project: Any, day: date) -> None:
    settings = type(project)(project.folder, {**project.variables, "ICP_NOW": f"{day}T12:00:00Z"}).settings
    pipeline.pull(settings)
    run = pipeline.name_run(settings, day)
    pipeline.score(settings, run)
    with open_workspace(settings) as workspace:
        workspace.ledger.runs.finish(naming.from_text(run).run_id, workspace.now)


def test_the_log_and_the_scores_are_kept_in_the_database(deployed: Any) -> None:
    score(deployed, FIRST)
    path = deployed.folder / "data" / "accounts.csv"
    header, *rows = path.read_text("utf-8").splitlines()
    place = header.split(",").index("employees")
    cells = [row.split(",") for row in rows]
    for row in cells[:40]:
        row[place] = "3"
    path.write_text("\n".join([header, *(",".join(row) for row in cells)]) + "\n", "utf-8")
    score(deployed, SECOND)
    with open_workspace(deployed.settings) as workspace:
        with workspace.warehouse(workspace.config.icp) as (warehouse, catalogue):
            log = catalogue.score_changes.table
            moved = warehouse.read(sa.select(log).where(log.c.as_of == SECOND)).to_pylist()
        first = export(workspace, "table", None, dry_run=False)
        again = export(workspace, "table", SECOND, dry_run=False)
    assert {(row["cause"], row["attribute"]) for row in moved} == {("data", "employees")}
    for row in moved:
        if row["score"] is not None and row["previous_score"] is not None:
            assert row["millionths"] == round(row["score"] * 1e6) - round(row["previous_score"] * 1e6)
    assert (first.sent, again.unchanged, again.changed) == (300, 300, 0)
    assert examine(deployed.settings).exit_code == 0
