"""A pull that is killed between two blocks leaves nothing behind, and the next one brings everything."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from icp_monitor.ledger import open_ledger
from icp_monitor.pipeline.pulling import PullSummary, pull_sources
from icp_monitor.pipeline.workspace import open_workspace
from icp_monitor.settings import Settings
from tests.integration.sql.reading import Store

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

ROOT = Path(__file__).parents[3]
ROWS = 40_000
HELD = "SELECT pg_advisory_lock(20261122)"
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 20261122 AND NOT granted"
DEALS = """
    SELECT 'D' || n AS id, 'A1' AS account, 'Open' AS stage, date '2025-01-01' AS created, NULL AS closed
    FROM generate_series(1, 40000) AS n
    WHERE n <> 20000 OR pg_advisory_xact_lock_shared(20261122) IS NOT NULL
"""


@pytest.fixture
def environment(postgres: Store, tmp_path: Path) -> dict[str, str]:
    """A project whose query waits in the middle of its rows for as long as somebody else holds a lock."""
    postgres.run("CREATE TABLE account AS SELECT 'A1' AS id")
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("sources.yaml"))
    columns = {"opportunity_id": "id", "account_id": "account", "stage": "stage"}
    tables = {
        "accounts": {"table": "account", "columns": {"account_id": "id"}},
        "opportunities": {"query": DEALS, "columns": {**columns, "created_on": "created", "closed_on": "closed"}},
    }
    source = {"kind": "sql", "connection": "crm", "schema": postgres.schema, "tables": tables}
    stages = {"open": ["Open"], "won": ["Won"], "lost": ["Lost"]}
    sources = yaml.safe_dump({"sources": {"crm": {**source, "stages": stages}}})
    (tmp_path / "config" / "sources.yaml").write_text(sources, encoding="utf-8")
    return {"ICP_CONNECTION_CRM": postgres.url}


def pull(environment: dict[str, str], folder: Path) -> PullSummary:
    """One whole pull."""
    with open_workspace(Settings.from_environment(environment, folder)) as workspace:
        (summary,) = pull_sources(workspace)
        return summary


def test_a_pull_killed_between_blocks_stores_nothing_and_the_next_is_complete(
    postgres: Store, environment: dict[str, str], tmp_path: Path
) -> None:
    with postgres.engine.connect() as holder:
        holder.exec_driver_sql(HELD)
        command = [sys.executable, "-m", "icp_monitor.cli", "pull"]
        process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, **environment})  # noqa: TID251 - a child's
        deadline = time.monotonic() + 120
        while holder.exec_driver_sql(WAITING).scalar_one() == 0:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    settings = Settings.from_environment(environment, tmp_path)
    assert not list((tmp_path / ".local" / "warehouse").glob("raw_*/**/*.parquet"))
    with open_ledger(settings.ledger_url) as ledger:
        assert ledger.loads.last_of("crm") is None
    summary = pull(environment, tmp_path)
    assert summary.read == {"raw_accounts": 1, "raw_opportunities": ROWS}
    assert summary.changed == {"raw_accounts": 1, "raw_opportunities": ROWS}
    assert summary.load == 1
