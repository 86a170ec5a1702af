"""A small synthetic company and a project folder of its own for each test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from icp_monitor import pipeline
from icp_monitor.cli.demo import rehearsal
from icp_monitor.periods import Window
from icp_monitor.settings import Settings
from icp_monitor.synthetic.changes import WinRateShift
from icp_monitor.synthetic.company import Company, generate
from icp_monitor.synthetic.files import write_csv
from icp_monitor.synthetic.world import World

REPOSITORY = Path(__file__).parents[3]
REPLAYS = 60
NOW = "2026-02-02T12:00:00Z"


@dataclass(frozen=True)
class Project:
    """One installation: its configuration, data and stores below one folder."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes."""
        return {
            **os.environ,  # noqa: TID251 - what the tests were started with
            "ICP_CONFIG_DIR": str(self.folder / "config"),
            "ICP_SOURCE_DIR": str(self.folder / "data"),
            "ICP_WAREHOUSE_URL": f"file:{self.folder / 'warehouse'}",
            "ICP_LEDGER_URL": f"sqlite:///{self.folder / 'ledger.db'}",
            "ICP_OUTPUT_DIR": str(self.folder / "output"),
            "ICP_NOW": NOW,
            **self.variables,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the program."""
        command = [sys.executable, "-m", "icp_monitor.cli", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env=self.environment, cwd=self.folder, text=True, **pipes)

    def run(self, *arguments: str, expect: int = 0) -> str:
        """What the program printed; ``expect`` is its exit code."""
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=300)
        assert process.returncode == expect, errors or output
        return output if expect == 0 else errors

    @property
    def settings(self) -> Settings:
        """The settings of those processes, for calls inside this one."""
        return Settings.from_environment(self.environment, self.folder)

    def day(self, as_of: date, *, muted: bool = False) -> None:
        """All steps of one day but the pull."""
        run = pipeline.name_run(self.settings, as_of)
        pipeline.check(self.settings, run)
        pipeline.score(self.settings, run)
        pipeline.measure(self.settings, run)
        pipeline.compare(self.settings, run)
        pipeline.alert(self.settings, run, muted=muted)

    def verdicts(self, as_of: date) -> dict[tuple[str, str], str]:
        """The live verdicts of a look, by metric (and attribute) and segment."""
        path = self.folder / "output" / "verdicts" / "live" / f"{as_of}.json"
        found = json.loads(path.read_text("utf-8"))
        return {(item["attribute"] or item["metric"], item["segment"]): item["verdict"] for item in found}

    def messages(self) -> list[str]:
        """The texts in the outbox, in order of their file names."""
        return [
            json.loads(path.read_text("utf-8"))["text"] for path in sorted(self.folder.glob("output/outbox/*.json"))
        ]

    def results(self) -> dict[str, bytes]:
        """Every file that a run writes, by its path: derived datasets, verdicts and reports."""
        files = [
            *self.folder.glob("warehouse/*/run_set=*/**/*.parquet"),
            *self.folder.glob("output/verdicts/**/*.json"),
        ]
        files += self.folder.glob("output/reports/**/*.*")
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="session")
def company() -> Company:
    """A company of 2,500 accounts whose mid-market fintech wins less from May 2025 on."""
    return generate(
        World(
            seed=7,
            accounts=2_500,
            history=Window(date(2023, 2, 1), date(2026, 2, 1)),
            drifts=(WinRateShift("fintech-mm", -0.20, on=date(2025, 5, 1)),),
        )
    )


@pytest.fixture(scope="session")
def export(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its CRM export at the end of history."""
    folder = tmp_path_factory.mktemp("export")
    write_csv(company.extract, folder)
    return folder


@pytest.fixture(scope="session")
def small_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a company with 300 accounts, for what doesn't need statistics."""
    folder = tmp_path_factory.mktemp("small-export")
    world = World(seed=3, accounts=300, scale=0.1, history=Window(date(2023, 2, 1), date(2026, 2, 1)))
    write_csv(generate(world).extract, folder)
    return folder


@pytest.fixture(scope="session")
def pulled(small_export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that has pulled the small export once."""
    folder = tmp_path_factory.mktemp("pulled")
    rehearsal(REPOSITORY / "config", folder / "config", REPLAYS)
    shutil.copytree(small_export, folder / "data")
    pipeline.pull(Project(folder).settings)
    return folder


@pytest.fixture
def small(tmp_path: Path, pulled: Path) -> Project:
    """A copy of that installation."""
    shutil.copytree(pulled, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


@pytest.fixture
def project(tmp_path: Path, export: Path) -> Project:
    """A fresh installation of the example configuration over the company's export."""
    rehearsal(REPOSITORY / "config", tmp_path / "config", REPLAYS)
    shutil.copytree(export, tmp_path / "data")
    return Project(tmp_path)
