"""Extracts as companies have them: public data with its quirks, and a synthetic CRM spoiled in every known way."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.loading import load_icp, load_sources
from icp_monitor.config.sources import CsvSource
from icp_monitor.errors import SourceError
from icp_monitor.sources import Surroundings, read_source
from icp_monitor.sources.csv_source import CsvFiles
from icp_monitor.sources.extract import Counts, Extract
from icp_monitor.sources.rules import VALUE_IGNORED
from icp_monitor.synthetic.company import generate
from icp_monitor.synthetic.dirty import DIRT, Dirt
from icp_monitor.synthetic.files import write_csv
from icp_monitor.synthetic.world import World

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("ICP_SHARED_DATA", ROOT.parent / "shared" / "data"))  # noqa: TID251 - only says where optional test data lies
WORLD = World(seed=4, accounts=200, scale=0.1)
PULLED_ON = WORLD.history.end
EXAMPLE = load_sources(ROOT / "config" / "sources.yaml").sources["crm"]
ATTRIBUTES = load_icp(ROOT / "config" / "icp.yaml").attributes


def shared(folder: str) -> Path:
    path = SHARED / folder
    if not path.is_dir():
        pytest.skip(f"no {path}: set ICP_SHARED_DATA to a folder that holds {folder}")
    return path


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    write_csv(generate(WORLD).extract, folder)
    return folder


@pytest.fixture(scope="module")
def clean_rows(clean: Path) -> Mapping[str, Mapping[str, str]]:
    """What every clean row says by its id, for each table."""
    with read_source("crm", EXAMPLE, CsvFiles(EXAMPLE, clean), Surroundings(ATTRIBUTES, PULLED_ON, "USD")) as extract:
        return {name: said(rows.to_table()) for name, rows in extract.tables.items()}


def said(rows: pa.Table) -> dict[str, str]:
    return {row_id: repr(row) for row_id, row in zip(rows.column(0).to_pylist(), rows.to_pylist(), strict=True)}


def read_only(table: str, folder: Path) -> Extract:
    source = EXAMPLE.model_copy(update={"tables": {table: EXAMPLE.tables[table]}})  # type: ignore[index] # a name
    return read_source("crm", source, CsvFiles(source, folder), Surroundings(ATTRIBUTES, PULLED_ON, "USD"))


def test_a_clean_synthetic_crm_is_read_whole_and_to_the_cent(clean: Path) -> None:
    written = generate(WORLD).extract
    with read_source("crm", EXAMPLE, CsvFiles(EXAMPLE, clean), Surroundings(ATTRIBUTES, PULLED_ON, "USD")) as extract:
        assert extract.quarantine.to_table().num_rows == 0
        assert {name: counts.good for name, counts in extract.counts.items()} == {
            "raw_accounts": len(written.accounts),
            "raw_opportunities": len(written.opportunities),
            "raw_stage_events": len(written.stage_events),
            "raw_win_loss": len(written.win_loss),
        }
        deals = extract.tables["raw_opportunities"].to_table().sort_by("opportunity_id")
        accounts = extract.tables["raw_accounts"].to_table().sort_by("account_id")
    before = written.opportunities.sort_by("opportunity_id")
    closed = pc.not_equal(deals["outcome"], "open")
    cents = pc.cast(pc.round(pc.multiply(pc.cast(before["amount"], pa.float64()), 100)), pa.int64())
    assert deals["amount_minor"].equals(cents)
    assert deals["created_on"].equals(before["created_on"])
    assert deals.filter(closed)["closed_on"].equals(before.filter(closed)["closed_on"])
    assert accounts["core_stack"].equals(written.accounts.sort_by("account_id")["core_stack"])


@pytest.mark.parametrize("dirt", DIRT, ids=lambda dirt: dirt.name)
def test_dirt_spoils_no_record_but_its_own(
    dirt: Dirt, clean: Path, clean_rows: Mapping[str, Mapping[str, str]], tmp_path: Path
) -> None:
    content = (clean / f"{dirt.table}.csv").read_bytes()
    (tmp_path / f"{dirt.table}.csv").write_bytes(dirt.spoil(content))
    if dirt.loader_must == "refuse_file":
        with pytest.raises(SourceError):
            read_only(dirt.table, tmp_path)
        return
    with read_only(dirt.table, tmp_path) as extract:
        rows = said(extract.tables[f"raw_{dirt.table}"].to_table())
        lost = [reason for reason in extract.quarantine.to_table()["reason"].to_pylist() if reason != VALUE_IGNORED]
    before = clean_rows[f"raw_{dirt.table}"]
    spoiled = {name for name in before if rows.get(name) != before[name]}
    assert rows.keys() <= before.keys()
    assert len(spoiled) <= 1
    assert bool(lost) == (dirt.loader_must == "reject_record")


def test_maven_crm_is_read_with_the_totals_that_are_known_of_it(icp: IcpConfig) -> None:
    stages = {"open": ["Engaging", "Prospecting"], "won": ["Won"], "lost": ["Lost"]}
    accounts = {
        "account_id": "account",
        "name": "account",
        "parent_id": "subsidiary_of",
        "industry": {"column": "sector", "values": {"technolgy": "technology"}},  # codespell:ignore technolgy
        "employees": "employees",
    }
    deals = {
        "opportunity_id": "opportunity_id",
        "account_id": "account",
        "owner_id": "sales_agent",
        "stage": "deal_stage",
        "amount": "close_value",
        "created_on": "engage_date",
        "closed_on": "close_date",
    }
    tables = {
        "accounts": {"file": "accounts.csv", "columns": accounts},
        "opportunities": {"file": "sales_pipeline.csv", "columns": deals},
    }
    values = {"kind": "csv", "folder": ".", "extracted_on": "2018-01-01", "stages": stages, "tables": tables}
    source = CsvSource.model_validate(values, strict=False)
    with read_source(
        "maven", source, CsvFiles(source, shared("maven-crm")), Surroundings(icp.attributes, date(2026, 1, 1), "USD")
    ) as extract:
        assert extract.observed_until == date(2018, 1, 1)
        assert extract.counts["raw_accounts"] == Counts(read=85, good=85, quarantined=0, folded=0)
        assert extract.counts["raw_opportunities"] == Counts(read=8800, good=8800, quarantined=0, folded=0)
        quarantine = extract.quarantine.to_table()
        rows = extract.tables["raw_opportunities"].to_table()
        held = extract.held["raw_opportunities"].to_table().num_rows
        sectors = set(extract.tables["raw_accounts"].to_table()["industry"].to_pylist())
    assert len(quarantine) == held == 0
    assert Counter(rows["outcome"].to_pylist()) == {"won": 4238, "lost": 2473, "open": 1589 + 500}
    assert rows["created_on"].null_count == 500
    amounts = Counter(rows.filter(pc.is_valid(rows["amount_minor"]))["outcome"].to_pylist())
    assert amounts == {"won": 4238}
    assert pc.sum(rows["amount_minor"]).as_py() == 1_000_553_400
    assert len(sectors) == 10
    assert "technolgy" not in sectors  # codespell:ignore technolgy


def test_salvirt_b2b_has_no_dates_and_is_refused_in_one_clear_sentence(icp: IcpConfig) -> None:
    deals = {"opportunity_id": "Deal", "account_id": "Client", "stage": "Status", "created_on": "Created"}
    table: dict[str, Any] = {"file": "Salvirt_B2B_ML_dataset.csv", "delimiter": ";", "columns": deals}
    stages = {"won": ["Won"], "lost": ["Lost"]}
    values = {"kind": "csv", "folder": ".", "stages": stages, "tables": {"opportunities": table}}
    source = CsvSource.model_validate(values, strict=False)
    folder = shared("salvirt-b2b")
    with pytest.raises(SourceError) as raised:
        read_source("salvirt", source, CsvFiles(source, folder), Surroundings(icp.attributes, date(2026, 1, 1), "USD"))
    assert str(raised.value) == (
        f"{folder / table['file']}: no column holds dates: drift can't be dated without the day on which each "
        "opportunity was created. Cure: export that day too, and the day on which it was won or lost"
    )
