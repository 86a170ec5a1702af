"""Whatever notation an export is written in, the guessed configuration reads it to the last record."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from icp_monitor.config.connection import Connection
from icp_monitor.config.loading import load_config
from icp_monitor.config.sources import CsvSource
from icp_monitor.pipeline.initial.days import FORMATS
from icp_monitor.pipeline.initial.files import write_configuration
from icp_monitor.pipeline.initial.guessing import guessed
from icp_monitor.sources import Surroundings, connect, read_source

TODAY = date(2025, 3, 3)
BEGIN = datetime(2023, 2, 25, 8, 5, 9, 250_000, tzinfo=UTC)
DEALS = 500
TIMES = FORMATS[::9]  # the first day's notation with every time of day
NOTATIONS = [*FORMATS[:9], *TIMES[1:-1], FORMATS[-1]]


def export(folder: Path, written: str, delimiter: str, encoding: str, mark: str) -> tuple[Path, Path]:
    """Fifty accounts, and a deal every other day that was decided a month later."""
    people = [delimiter.join(("Id", "Firma", "Sector", "Revenue", "Tools"))]
    for number in range(50):
        tools = f'"{"; ".join(("sap", "odoo", "sage")[: number % 3 + 1])}"'
        sector = ("Chemie", "Stahl", "Möbel")[number % 3]
        people.append(delimiter.join((f"{number + 1:05}", f'"Müller {number}"', sector, f"{number}{mark}25", tools)))
    deals = [delimiter.join(("Deal", "Id", "Stage", "Amount", "Created", "Closed"))]
    for number in range(DEALS):
        created = BEGIN + timedelta(days=number)
        stage, closed = ("Won" if number % 3 else "Lost"), (created + timedelta(days=30)).strftime(written)
        row = (f"D{number}", f"{number % 50 + 1:05}", stage, f"{number % 90 + 100}{mark}5", created.strftime(written))
        deals.append(delimiter.join(f'"{cell}"' for cell in (*row, closed)))
    paths = folder / "people.csv", folder / "deals.csv"
    for path, lines in zip(paths, (people, deals), strict=True):
        path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return paths


def _no_connection(name: str) -> Connection:
    raise AssertionError(f"files need no connection, but {name} was asked for")


def assert_read(folder: Path, paths: tuple[Path, Path]) -> None:
    assert write_configuration(folder / "mine", guessed(folder / "mine", paths, TODAY).files).errors == ()
    config = load_config(folder / "mine")
    source = config.sources.sources["crm"]
    assert isinstance(source, CsvSource)
    place = folder / "mine" / source.folder
    around = Surroundings(config.icp.attributes, TODAY, "USD")
    with (
        closing(connect("crm", source, place, _no_connection)) as connector,
        read_source("crm", source, connector, around) as extract,
    ):
        counts = {name: (item.read, item.good) for name, item in extract.counts.items()}
        deals = extract.tables["raw_opportunities"].to_table().to_pylist()
        people = extract.tables["raw_accounts"].to_table().to_pylist()
    assert counts == {"raw_accounts": (50, 50), "raw_opportunities": (DEALS, DEALS)}
    found = {deal["opportunity_id"]: deal for deal in deals}
    for number in (0, 7, DEALS - 1):
        deal = found[f"D{number}"]
        assert deal["created_on"] == (BEGIN + timedelta(days=number)).date()
        assert deal["closed_on"] == (BEGIN + timedelta(days=number + 30)).date()
        assert deal["outcome"] == ("won" if number % 3 else "lost")
        assert deal["amount_minor"] == (number % 90 + 100) * 100 + 50 or deal["outcome"] == "lost"
    account = next(item for item in people if item["account_id"] == "00008")
    assert (account["name"], account["sector"], account["revenue"]) == ("Müller 7", "Stahl", 7.25)
    assert account["tools"] == "|odoo|sap|"


@pytest.mark.parametrize("written", NOTATIONS)
def test_every_notation_of_a_day(tmp_path: Path, written: str) -> None:
    assert_read(tmp_path, export(tmp_path, written, ",", "utf-8", "."))


@pytest.mark.parametrize(
    ("delimiter", "encoding", "mark"),
    [(";", "windows-1252", ","), ("\t", "utf-16", "."), ("|", "utf-8-sig", ","), (";", "utf-8", ",")],
)
def test_every_delimiter_encoding_and_decimal_mark(tmp_path: Path, delimiter: str, encoding: str, mark: str) -> None:
    assert_read(tmp_path, export(tmp_path, "%d.%m.%Y", delimiter, encoding, mark))
