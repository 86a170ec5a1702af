"""What a source may do to us: late changes, deletions, bad rows, spoilt files. Nothing stored is lost or doubled."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from icp_monitor import pipeline
from icp_monitor.errors import IcpError, SourceError
from icp_monitor.synthetic.dirty import DIRT, Dirt

pytestmark = pytest.mark.slow

LOOK = date(2025, 12, 1)


def rows_of(project: Any, table: str) -> list[str]:
    return (project.folder / "data" / f"{table}.csv").read_text("utf-8").splitlines()


def write(project: Any, table: str, rows: list[str]) -> None:
    (project.folder / "data" / f"{table}.csv").write_text("\n".join(rows) + "\n", "utf-8")


def stored(project: Any) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (project.folder / "warehouse").glob("raw_*/**/*.parquet")}


def test_a_load_holds_only_what_changed(small: Any) -> None:
    header, first, *rows = rows_of(small, "accounts")
    write(small, "accounts", [header, first.replace(first.split(",")[1], "Renamed"), *rows])
    (summary,) = pipeline.pull(small.settings)
    assert summary.load == 2
    assert summary.changed["raw_accounts"] == 1
    assert summary.changed["raw_opportunities"] == 0


def test_a_missing_key_becomes_a_tombstone_and_its_return_is_news(small: Any) -> None:
    header, first, *rows = rows_of(small, "accounts")
    write(small, "accounts", [header, *rows])
    (gone,) = pipeline.pull(small.settings)
    assert gone.changed["raw_accounts"] == 1
    write(small, "accounts", [header, first, *rows])
    (back,) = pipeline.pull(small.settings)
    assert back.changed["raw_accounts"] == 1


def test_an_extract_that_lacks_many_known_records_is_refused(small: Any) -> None:
    before = stored(small)
    header, *rows = rows_of(small, "opportunities")
    write(small, "opportunities", [header, *rows[: int(len(rows) * 0.85)]])
    with pytest.raises(SourceError, match="known records are missing"):
        pipeline.pull(small.settings)
    assert stored(small) == before


def test_a_record_in_quarantine_keeps_what_was_known_of_it(small: Any) -> None:
    header, first, *rows = rows_of(small, "opportunities")
    amount = header.split(",").index("amount")
    cells = first.split(",")
    cells[amount] = "-1"
    write(small, "opportunities", [header, ",".join(cells), *rows])
    (summary,) = pipeline.pull(small.settings)
    assert summary.quarantined["raw_opportunities"] == 1
    assert summary.changed["raw_opportunities"] == 0


PLANNED = {"closed_before_created"}  # with stages a close date is only a plan: they say when a deal was closed


@pytest.mark.parametrize("dirt", DIRT, ids=lambda dirt: dirt.name)
def test_spoilt_files_end_in_a_clear_error_or_in_quarantine_and_nothing_is_lost(small: Any, dirt: Dirt) -> None:
    before = stored(small)
    path = small.folder / "data" / f"{dirt.table}.csv"
    path.write_bytes(dirt.spoil(path.read_bytes()))
    if dirt.loader_must == "refuse_file":
        with pytest.raises(IcpError) as refused:
            pipeline.pull(small.settings)
        assert refused.value.problems
        assert stored(small) == before
        return
    (summary,) = pipeline.pull(small.settings)
    assert {path: content for path, content in stored(small).items() if path in before} == before
    if dirt.loader_must == "reject_record" and dirt.name not in PLANNED:
        assert summary.quarantined[f"raw_{dirt.table}"] > 0


def test_a_deal_closed_after_the_first_load_is_open_before_it_was_known(project: Any) -> None:
    """As-was: what the second load brings is known from its day on, whatever date it bears."""
    header, *rows = rows_of(project, "opportunities")
    stage, closed = header.split(",").index("stage"), header.split(",").index("closed_on")
    number = next(n for n, row in enumerate(rows) if row.split(",")[stage].startswith("Closed"))
    deal = rows[number].split(",")
    still_open = [*deal]
    still_open[stage], still_open[closed] = "Proposal", ""
    events = [row for row in rows_of(project, "stage_events") if not (row.startswith(deal[0]) and "Closed" in row)]
    all_events = rows_of(project, "stage_events")
    write(project, "opportunities", [header, *rows[:number], ",".join(still_open), *rows[number + 1 :]])
    write(project, "stage_events", events)
    pipeline.pull(project.settings)
    before = _outcome(project, deal[0])
    write(project, "opportunities", [header, *rows])
    write(project, "stage_events", all_events)
    pipeline.pull(project.settings)
    assert before == "open"
    assert _outcome(project, deal[0]) == "open"


def _outcome(project: Any, opportunity: str) -> str:
    import duckdb

    run = pipeline.name_run(project.settings, LOOK)
    pipeline.score(project.settings, run)
    files = f"{project.folder}/warehouse/opportunity_scores/run_set=live/as_of={LOOK}/data.parquet"
    query = "select outcome from read_parquet($1) where opportunity_id = $2"
    return str(duckdb.execute(query, [files, opportunity]).fetchall()[0][0])
