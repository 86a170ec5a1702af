"""The benchmark of pulling stores every record that COPY would bring."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.pull.company import connect, fill
from benchmarks.pull.contenders import COPIES, OURS, command_of, prepare

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

ROWS = 2_000


def test_all_contenders_read_the_same_rows_and_ours_keeps_all_of_them(postgres_server_url: str, tmp_path: Path) -> None:
    server = connect(postgres_server_url)
    server.autocommit = True
    server.execute("DROP DATABASE IF EXISTS icp_pull_benchmark")
    server.execute("CREATE DATABASE icp_pull_benchmark")
    url = sa.make_url(postgres_server_url).set(database="icp_pull_benchmark").render_as_string(hide_password=False)
    fill(url, ROWS)
    for copy in COPIES.values():
        copy(url)
    with connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM copied").fetchone() == (ROWS,)
    prepare(url, tmp_path)
    command, environment = [*command_of(OURS, url), "--format", "json"], {"ICP_CONNECTION_CRM": url}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)[0]
    assert told["read"] == {"raw_accounts": 1000, "raw_opportunities": ROWS}
    assert told["quarantined"] == {"raw_accounts": 0, "raw_opportunities": 0}
    server.execute("DROP DATABASE icp_pull_benchmark WITH (FORCE)")
    server.close()
