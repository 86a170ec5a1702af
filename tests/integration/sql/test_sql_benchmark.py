"""The benchmark of pulling stores every record that COPY would bring."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.pull.company import connect, fill
from benchmarks.pull.contenders import BARE, CONTENDERS, OURS, STORED, prepare

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

ROWS = 2_000


def test_all_contenders_read_the_same_rows_and_ours_keeps_all_of_them(
    postgres_server_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = connect(postgres_server_url)
    server.autocommit = True
    server.execute("DROP DATABASE IF EXISTS icp_pull_benchmark")
    server.execute("CREATE DATABASE icp_pull_benchmark")
    url = sa.make_url(postgres_server_url).set(database="icp_pull_benchmark").render_as_string(hide_password=False)
    fill(url, ROWS)
    CONTENDERS[BARE](url, tmp_path)
    CONTENDERS[STORED](url, tmp_path)
    with connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM copied").fetchone() == (ROWS,)
    prepare(url, tmp_path)
    CONTENDERS[OURS](url, tmp_path)
    told = capsys.readouterr().out
    assert f"read={{'raw_accounts': 1000, 'raw_opportunities': {ROWS}}}" in told
    assert "quarantined={'raw_accounts': 0, 'raw_opportunities': 0}" in told
    server.execute("DROP DATABASE icp_pull_benchmark WITH (FORCE)")
    server.close()
