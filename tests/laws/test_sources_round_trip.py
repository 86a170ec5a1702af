"""Whatever a file holds, each of its records is read as it was written, or accounted for."""

from __future__ import annotations

import csv
import io
import math
import tempfile
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from icp_monitor.config.mapped import Column, CsvTable
from icp_monitor.config.sources import CsvSource
from icp_monitor.errors import SourceError
from icp_monitor.sources import Surroundings, read_source
from icp_monitor.sources.csv_source import CsvFiles
from icp_monitor.sources.engine import Engine
from icp_monitor.sources.extract import Extract
from icp_monitor.sources.records import header_of, record_batches, record_schema
from icp_monitor.sources.values import LARGEST_AMOUNT, as_minor_units

ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16", "latin-1": "latin-1", "cp1252": "cp1252"}
MARKS = st.sampled_from(",;\t|:~")
QUOTES = st.sampled_from("\"'")
PULLED_ON = date(2026, 1, 31)
COLUMNS = {"opportunity_id": "id", "account_id": "account", "stage": "stage", "amount": "amount"}
COLUMNS |= {"created_on": "created", "closed_on": "closed"}
HEADER = list(COLUMNS.values())


def encodable(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@st.composite
def written_tables(draw: st.DrawFn) -> tuple[list[list[str]], bytes, CsvTable]:
    """A table of text, its bytes as a CSV file, and how that file is declared."""
    encoding = draw(st.sampled_from(sorted(ENCODINGS)))
    characters = st.characters(exclude_categories=["Cs"]).filter(lambda character: encodable(character, encoding))
    hard = st.sampled_from(["", '"', "'", '""', "\n", "\r\n", ",", ";", "=1+1", "\0", " a ", "|"])
    cell = st.one_of(hard, st.text(characters, max_size=8))
    width = draw(st.integers(1, 5))
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=12))
    delimiter, quote = draw(MARKS), draw(QUOTES)
    text = io.StringIO(newline="")
    if draw(st.booleans()):
        writer = csv.writer(text, delimiter=delimiter, quotechar=quote)
    else:
        line_end = draw(st.sampled_from(["\n", "\r\n"]))
        writer = csv.writer(text, delimiter=delimiter, quotechar=quote, quoting=csv.QUOTE_ALL, lineterminator=line_end)
    writer.writerow([f"c{number}" for number in range(width)])
    writer.writerows(rows)
    table = CsvTable(file="t.csv", columns={}, delimiter=delimiter, quote=quote, encoding=ENCODINGS[encoding])
    return rows, text.getvalue().encode(encoding), table


@given(written_tables())
@settings(max_examples=300, deadline=None)
def test_any_table_of_text_is_read_back_as_it_was_written(written: tuple[list[list[str]], bytes, CsvTable]) -> None:
    rows, content, table = written
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(content)
        names = header_of(path, table)
        records = pa.Table.from_batches(record_batches(path, table, names), record_schema(names)).to_pylist()
    assert [record["record:fault"] for record in records] == [None] * len(rows)
    assert [record["record:number"] for record in records] == list(range(1, len(rows) + 1))
    read = [[record[f"c{number}"].strip() for number in range(len(names))] for record in records]
    assert read == [[cell.strip() for cell in row] for row in rows]


def read_deals(content: str) -> Extract:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "deals.csv").write_text(content, encoding="utf-8", newline="")
        table = {"file": "deals.csv", "columns": COLUMNS}
        stages = {"open": ["Open"], "won": ["Won"], "lost": ["Lost"]}
        values = {"kind": "csv", "folder": ".", "stages": stages, "tables": {"opportunities": table}}
        source = CsvSource.model_validate(values, strict=False)
        return read_source("crm", source, CsvFiles(source, Path(folder)), Surroundings((), PULLED_ON, "USD"))


def as_csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def never_closes(content: str) -> bool:
    """Whether Python's own reader reaches the end of the file inside a quoted value."""
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    while True:
        try:
            if next(reader, None) is None:
                return False
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                return True


DAYS = st.one_of(st.dates(date(1890, 1, 1), date(2030, 1, 1)).map(str), st.sampled_from(["", "soon", "2024-02-30"]))
AMOUNTS = st.one_of(
    st.sampled_from(["", "0", "-1", "1e308", "NaN", "1,5", "$5"]),
    st.decimals(0, 10**7, places=2).map(str),
)
RECORDS = st.tuples(
    st.sampled_from(["", "D1", "D2", "D3", "D4", "D\0"]),
    st.sampled_from(["A1", "A2"]),
    st.sampled_from(["Won", "Lost", "Open", "Limbo", ""]),
    AMOUNTS,
    DAYS,
    DAYS,
).map(lambda record: as_csv([record]))
BROKEN = st.sampled_from(["D1,A1\n", 'D1,"A1"x,Won,1,2024-01-01,2024-02-01\n', "\n", ",,,,,,,,,\n", ",,,,,,x\n", '"\n'])


@given(st.lists(st.one_of(RECORDS, RECORDS, BROKEN), max_size=15))
@settings(max_examples=40, deadline=None)
def test_every_record_is_stored_set_aside_or_folded_unless_the_file_is_refused(lines: list[str]) -> None:
    good = "D0,A0,Won,10,2024-01-01,2024-02-01\n"
    content = "".join([as_csv([HEADER]), good, *lines])
    if never_closes(content):
        with pytest.raises(SourceError, match="never closed"):
            read_deals(content)
        return
    with read_deals(content) as extract:
        counts = extract.counts["raw_opportunities"]
        rows = extract.tables["raw_opportunities"].to_table()
        aside = set(extract.quarantine.to_table()["record"].to_pylist())
        held = set(extract.held["raw_opportunities"].to_table()["opportunity_id"].to_pylist())
    assert counts.read == counts.good + counts.quarantined + counts.folded
    assert counts.good == len(rows)
    assert counts.quarantined == len(aside)
    assert aside <= set(range(1, counts.read + 1))
    ids = rows["opportunity_id"].to_pylist()
    assert len(set(ids)) == len(ids)
    assert held <= {"D0", "D1", "D2", "D3", "D4"}


@given(st.lists(st.decimals(Decimal("0.01"), 10**10, places=2), min_size=1, max_size=30))
@settings(max_examples=15, deadline=None)
def test_amounts_are_kept_to_the_cent_and_their_logs_to_the_billionth(amounts: list[Decimal]) -> None:
    deals = [[f"D{n}", "A1", "Won", str(amount), "2024-01-01", "2024-02-01"] for n, amount in enumerate(amounts)]
    with read_deals(as_csv([HEADER, *deals])) as extract:
        rows = extract.tables["raw_opportunities"].to_table().to_pylist()
    stored = {row["opportunity_id"]: row for row in rows}
    for number, amount in enumerate(amounts):
        row = stored[f"D{number}"]
        assert row["amount_minor"] == int(amount * 100)
        assert math.isclose(row["log_amount"], math.log(amount) * 1e9, abs_tol=1)
        assert math.isclose(row["log_amount_squared"], math.log(amount) ** 2 * 1e9, abs_tol=1)


@given(
    st.decimals(-(10**13), 10**13, places=8).map(lambda amount: amount.quantize(Decimal("1e-8"))),
    st.sampled_from([1, 12, 100, 1000, 1_000_000, 0.01, 0.001, 0.000001, 1.2, 7, 0.3]),
)
@example(Decimal(200_000), 0.001)
@settings(max_examples=150, deadline=None)
def test_an_amount_in_any_unit_is_divided_as_decimals_are(amount: Decimal, unit: float) -> None:
    """Python's decimals are the oracle; what no deal is worth is nothing here, and never an error."""
    factor = Context(prec=16).divide(Decimal(100), Decimal(repr(unit)))
    with localcontext(prec=60):
        exact = (amount * factor).quantize(Decimal(1), ROUND_HALF_UP)
    minor = as_minor_units(sa.literal(str(amount), sa.Text), Column(column="amount", divide_by=unit))
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder), "UTC") as engine:
        ((found,),) = engine.rows(sa.select(minor))
    assert found == exact or (found is None and abs(exact) > LARGEST_AMOUNT * 100)


@given(st.permutations(range(4)), st.permutations(HEADER))
@settings(max_examples=10, deadline=None)
def test_neither_the_order_of_records_nor_of_columns_changes_a_row(order: list[int], header: list[str]) -> None:
    deals = [dict(zip(HEADER, (f"D{n}", "A1", "Won", "5", "2024-01-01", "2024-02-01"), strict=True)) for n in range(4)]
    shuffled = [[deals[number][name] for name in header] for number in order]
    plain = [[deal[name] for name in HEADER] for deal in deals]
    with read_deals(as_csv([header, *shuffled])) as one, read_deals(as_csv([HEADER, *plain])) as other:
        tables = [item.tables["raw_opportunities"].to_table().sort_by("opportunity_id") for item in (one, other)]
    assert tables[0].equals(tables[1])
