"""A whole ERP that others wrote is read by the mapping of docs/databases.md, through the life of its deals."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import yaml
from sqlalchemy.pool import NullPool

from icp_monitor.pipeline.pulling import PullSummary, pull_sources
from icp_monitor.pipeline.workspace import Workspace, open_workspace
from icp_monitor.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

ROOT = Path(__file__).parents[3]
LIFE = Path(__file__).with_name("tryton_life.py")
(MAPPING,) = re.findall(
    r"```yaml\n(sources:\n(?:(?!```).)*connection: erp.*?)```",
    (ROOT / "docs" / "databases.md").read_text("utf-8"),
    re.DOTALL,
)
OUTCOMES = {"lead": "open", "opportunity": "open", "converted": "open", "cancelled": "no_decision"}
Step = Callable[[str], None]


@pytest.fixture
def tryton(postgres_server_url: str) -> Iterator[tuple[sa.Engine, Step]]:
    """An installed Tryton, and what makes its next step."""
    pytest.importorskip("trytond")
    pytest.importorskip("psycopg_pool")
    name = f"tryton_{uuid4().hex[:12]}"
    url = sa.make_url(postgres_server_url)
    server = sa.create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    place = {"PGHOST": url.query.get("host", url.host), "PGPORT": url.query.get("port", url.port or 5432)}
    login = {"PGUSER": url.username, "PGPASSWORD": url.password}
    libpq = {key: str(value) for key, value in {**place, **login}.items() if value is not None}

    def step(what: str) -> None:
        subprocess.run([sys.executable, LIFE, name, what], env={**os.environ, **libpq}, check=True)  # noqa: TID251 - a child's

    step("install")
    engine = sa.create_engine(url.set(database=name), poolclass=NullPool)
    yield engine, step
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def project(tryton: tuple[sa.Engine, Step], tmp_path: Path) -> Iterator[Workspace]:
    """A project that reads it, without an overlap, so that only changes are read again."""
    engine, _ = tryton
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("sources.yaml"))
    mapping = yaml.safe_load(MAPPING)
    mapping["sources"]["crm"]["tables"]["accounts"]["overlap_minutes"] = 0
    (tmp_path / "config" / "sources.yaml").write_text(yaml.safe_dump(mapping), "utf-8")
    environment = {"ICP_CONNECTION_ERP": engine.url.render_as_string(hide_password=False)}
    with open_workspace(Settings.from_environment(environment, tmp_path)) as workspace:
        yield workspace


def pulled(workspace: Workspace) -> PullSummary:
    (summary,) = pull_sources(workspace)
    assert set(summary.quarantined.values()) == {0}
    return summary


def stored(workspace: Workspace, name: str, load: int) -> list[dict[str, Any]]:
    with workspace.warehouse(workspace.config.icp) as (warehouse, catalogue):
        table = catalogue.named(name).table
        rows: list[dict[str, Any]] = warehouse.read(sa.select(table).where(table.c.load == load)).to_pylist()
        return rows


def test_the_life_of_deals_in_tryton_is_followed_by_configuration_alone(
    tryton: tuple[sa.Engine, Step], project: Workspace
) -> None:
    engine, step = tryton
    step("begin")
    step("decide")
    first = pulled(project)
    assert first.changed == {"raw_accounts": 6, "raw_opportunities": 60, "raw_win_loss": 10}
    with engine.connect() as connection:
        truth = connection.exec_driver_sql("SELECT id, party, state, amount, end_date FROM sale_opportunity").all()
    deals = {row["opportunity_id"]: row for row in stored(project, "raw_opportunities", 1)}
    assert len(truth) == len(deals) == 60
    for key, party, state, amount, ended in truth:
        deal = deals[str(key)]
        assert (deal["account_id"], deal["stage"], deal["currency"]) == (str(party), state, "EUR")
        assert deal["outcome"] == OUTCOMES.get(state, state)
        assert deal["amount_minor"] == (None if amount is None else int(amount * 100))
        assert deal["closed_on"] == ended
        assert isinstance(deal["created_on"], date)
    assert {row["reason"] for row in stored(project, "raw_win_loss", 1)} == {"price"}

    step("amend")
    second = pulled(project)
    assert second.read == {"raw_accounts": 2, "raw_opportunities": 59, "raw_win_loss": 10}
    assert second.changed == {"raw_accounts": 1, "raw_opportunities": 2, "raw_win_loss": 0}
    assert [row["name"] for row in stored(project, "raw_accounts", 2)] == ["Acme & Sons"]
    changes = stored(project, "raw_opportunities", 2)
    assert sorted((row["deleted"], row["amount_minor"]) for row in changes) == [(False, 123456), (True, None)]
