"""``python -m benchmarks.pull.contenders NAME URL FOLDER``: one reading of the opportunities, by a pull or a COPY."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.speed.task import ROOT

OURS, BARE = "icp_monitor", "bare COPY"
HERE = Path(__file__).parent


def pull(url: str, folder: Path) -> None:
    """What ``icp-monitor pull`` does: fetch, judge and store everything, for the first time."""
    from icp_monitor.pipeline.pulling import pull_sources
    from icp_monitor.pipeline.workspace import open_workspace
    from icp_monitor.settings import Settings

    shutil.copytree(ROOT / "config", folder / "config", ignore=shutil.ignore_patterns("sources.yaml"))
    shutil.copy(HERE / "sources.yaml", folder / "config")
    with open_workspace(Settings.from_environment({"ICP_CONNECTION_CRM": url}, folder)) as workspace:
        print(pull_sources(workspace))


def copy(url: str, folder: Path) -> None:
    """The mapped columns of the same rows to the client, which forgets them."""
    del folder
    from psycopg.sql import SQL, Identifier

    from benchmarks.pull.company import connect
    from icp_monitor.config.document import read_document

    tables = read_document(HERE / "sources.yaml").values["sources"]["crm"]["tables"]
    columns = SQL(", ").join(map(Identifier, tables["opportunities"]["columns"].values()))
    statement = SQL("COPY (SELECT {} FROM opportunity) TO STDOUT").format(columns)
    with connect(url) as connection, connection.cursor() as cursor, cursor.copy(statement) as copying:
        for _ in copying:
            pass


CONTENDERS: Mapping[str, Callable[[str, Path], None]] = {OURS: pull, BARE: copy}

if __name__ == "__main__":
    CONTENDERS[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
