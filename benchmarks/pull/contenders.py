"""One reading of the opportunities, by ``icp-monitor pull`` or by ``python -m benchmarks.pull.contenders NAME URL``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from psycopg.sql import SQL, Composed, Identifier

from benchmarks.pull.company import connect
from icp_monitor.config.document import read_document

OURS, BARE, STORED = "icp_monitor", "bare COPY", "COPY into another table"
HERE = Path(__file__).parent
CONFIG = HERE.parents[1] / "config"


def prepare(url: str, folder: Path) -> None:
    """The installation that pulls: its configuration, and a ledger without a load."""
    from icp_monitor.pipeline.workspace import open_workspace
    from icp_monitor.settings import Settings

    shutil.copytree(CONFIG, folder / "config", ignore=shutil.ignore_patterns("sources.yaml"))
    shutil.copy(HERE / "sources.yaml", folder / "config")
    with open_workspace(Settings.from_environment({"ICP_CONNECTION_CRM": url}, folder)):
        pass


def command_of(name: str, url: str) -> list[str]:
    """How a contender is called, in the folder of the installation."""
    if name == OURS:
        return [sys.executable, "-m", "icp_monitor.cli", "pull"]
    return [sys.executable, "-m", "benchmarks.pull.contenders", name, url]


def copy(url: str) -> None:
    """The mapped columns of the same rows to the client, which forgets them."""
    with connect(url) as connection, connection.cursor() as cursor, cursor.copy(_statement("csv")) as copying:
        for _ in copying:
            pass


def copy_into_a_table(url: str) -> None:
    """The same rows to a table of the same server: what a tool does that stores rows as they are."""
    with connect(url) as source, connect(url) as target, source.cursor() as reader, target.cursor() as writer:
        writer.execute(_made_empty())
        into = SQL("COPY copied ({}) FROM STDIN (FORMAT binary)").format(_columns())
        with reader.copy(_statement("binary")) as rows, writer.copy(into) as stored:
            for row in rows:
                stored.write(row)


def _made_empty() -> Composed:
    return SQL("DROP TABLE IF EXISTS copied; CREATE TABLE copied AS SELECT {} FROM opportunity LIMIT 0").format(
        _columns()
    )


def _statement(form: str) -> Composed:
    return SQL("COPY (SELECT {} FROM opportunity) TO STDOUT (FORMAT {})").format(_columns(), SQL(form))


def _columns() -> Composed:
    tables = read_document(HERE / "sources.yaml").values["sources"]["crm"]["tables"]
    return SQL(", ").join(map(Identifier, tables["opportunities"]["columns"].values()))


COPIES = {BARE: copy, STORED: copy_into_a_table}
CONTENDERS = (OURS, *COPIES)

if __name__ == "__main__":
    COPIES[sys.argv[1]](sys.argv[2])
