"""Each kind of dirt spoils an extract in exactly the way that its name says."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from icp_monitor.synthetic.company import generate
from icp_monitor.synthetic.dirty import DIRT, LONG_LINE, Dirt, with_field, without_column
from icp_monitor.synthetic.files import write_csv
from icp_monitor.synthetic.world import World

BY_NAME = {dirt.name: dirt for dirt in DIRT}
FIELD_DIRT = {
    "no_key": ("opportunity_id", ""),
    "negative_amount": ("amount", "-5000.00"),
    "huge_amount": ("amount", "1e308"),
    "closed_before_created": ("closed_on", "1999-12-31"),
    "future_date": ("created_on", "2199-01-01"),
    "formula_name": ("name", '=HYPERLINK("http://x.example","pay")'),
    "script_name": ("name", "<script>alert(1)</script>"),
    "quoted_newline": ("name", 'Line one\nline "two"'),
}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder: Path = tmp_path_factory.mktemp("clean")
    write_csv(generate(World(seed=6, accounts=50, scale=0.05)).extract, folder)
    return {name: (folder / f"{name}.csv").read_bytes() for name in ("accounts", "opportunities")}


def records(extract: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(extract.decode(), newline="")))


@pytest.mark.parametrize("dirt", DIRT, ids=lambda dirt: dirt.name)
def test_dirt_changes_the_file_and_says_what_a_loader_must_do(clean: dict[str, bytes], dirt: Dirt) -> None:
    assert dirt.spoil(clean[dirt.table]) != clean[dirt.table]
    assert dirt.because


def test_no_two_kinds_of_dirt_have_one_name_or_make_the_same_file(clean: dict[str, bytes]) -> None:
    assert len(BY_NAME) == len(DIRT)
    assert len({dirt.spoil(clean[dirt.table]) for dirt in DIRT}) == len(DIRT)


@pytest.mark.parametrize("name", FIELD_DIRT)
def test_field_dirt_touches_one_field_of_the_first_record(clean: dict[str, bytes], name: str) -> None:
    dirt, (column, value) = BY_NAME[name], FIELD_DIRT[name]
    before, after = records(clean[dirt.table]), records(dirt.spoil(clean[dirt.table]))
    assert after[0] == {**before[0], column: value}
    assert after[1:] == before[1:]


def test_an_unchanged_field_leaves_the_bytes_as_they_were(clean: dict[str, bytes]) -> None:
    first = records(clean["opportunities"])[0]
    assert with_field("amount", first["amount"])(clean["opportunities"]) == clean["opportunities"]


def test_a_column_can_be_left_out(clean: dict[str, bytes]) -> None:
    shorter = records(without_column("amount")(clean["opportunities"]))
    assert shorter == [{k: v for k, v in row.items() if k != "amount"} for row in records(clean["opportunities"])]


def test_structural_dirt_is_what_it_is_called(clean: dict[str, bytes]) -> None:
    opportunities, accounts = clean["opportunities"], clean["accounts"]
    count = opportunities.count(b"\n")
    assert BY_NAME["byte_order_mark"].spoil(accounts).decode("utf-8-sig").encode() == accounts
    assert BY_NAME["windows_line_ends"].spoil(accounts).count(b"\r\n") == accounts.count(b"\n")
    with pytest.raises(UnicodeDecodeError):
        BY_NAME["latin_1"].spoil(accounts).decode()
    assert b"," not in BY_NAME["semicolons"].spoil(opportunities)
    assert BY_NAME["no_records"].spoil(opportunities).count(b"\n") == 1
    assert BY_NAME["repeated_record"].spoil(opportunities).count(b"\n") == count + 1
    assert not BY_NAME["cut_short"].spoil(opportunities).endswith(b"\n")
    assert max(map(len, BY_NAME["very_long_line"].spoil(accounts).splitlines())) > LONG_LINE


def test_a_contradiction_repeats_a_key_with_another_amount(clean: dict[str, bytes]) -> None:
    rows = records(BY_NAME["contradiction"].spoil(clean["opportunities"]))
    assert rows[-1] == {**rows[0], "amount": "987654.32"}
    assert rows[0]["amount"] != "987654.32"
