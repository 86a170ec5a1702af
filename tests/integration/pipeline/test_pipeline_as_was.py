"""A random history is lived look by look; repeated as was, in any order, each look says what it said then."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from icp_monitor import pipeline

pytestmark = pytest.mark.slow

FIRST = date(2026, 2, 2)
LOOKS = tuple(FIRST + timedelta(weeks=week) for week in range(3))
NAMES = {"run_set", "run_id"}  # what a repetition may not share with the look
Rows = list[dict[str, str]]


class Files:
    """The CRM's export, which somebody changes between two looks."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self.chance = folder, chance

    def change(self, name: str, mutate: Callable[[Rows], Rows]) -> None:
        path = self.folder / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        rows = mutate(rows)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def live(self, day: date) -> None:
        """A week of a CRM: records are edited, merged, deleted, entered late, opened again and brought back."""
        self.change("accounts", self._accounts)
        self.change("opportunities", lambda rows: self._deals(rows, day))
        self.change("stage_events", self._events)
        self.change("account_history", lambda rows: self._history(rows, day))

    def _some(self, rows: Rows, share: float) -> Rows:
        return self.chance.sample(rows, max(1, int(len(rows) * share)))

    def _accounts(self, rows: Rows) -> Rows:
        for row in self._some(rows, 0.05):
            row["employees"] = str(self.chance.randrange(10, 5_000))
        for row in self._some(rows, 0.01):
            row["merged_into"] = "" if row["merged_into"] else self.chance.choice(rows)["account_id"]
        return rows

    def _deals(self, rows: Rows, day: date) -> Rows:
        gone = {row["opportunity_id"] for row in self._some(rows, 0.01)}
        rows = [row for row in rows if row["opportunity_id"] not in gone]
        for row in self._some(rows, 0.02):
            row["amount"] = str(self.chance.randrange(1_000, 90_000))
            row["currency"] = self.chance.choice(["USD", "EUR"])
        for row in self._some(rows, 0.02):
            row["account_id"] = self.chance.choice(rows)["account_id"]
        late = dict(self.chance.choice(rows), opportunity_id=f"L{day:%m%d}", created_on=str(day - timedelta(days=90)))
        return [*rows, {**late, "stage": "Discovery", "closed_on": ""}]

    def _events(self, rows: Rows) -> Rows:
        gone = {id(row) for row in self._some(rows, 0.01)}
        for row in self._some(rows, 0.01):
            row["stage"] = self.chance.choice(["Proposal", "Closed Won", "Closed Lost"])
        keys = {(row["opportunity_id"], row["entered_on"], row["stage"]): row for row in rows if id(row) not in gone}
        return list(keys.values())

    def _history(self, rows: Rows, day: date) -> Rows:
        told = self.chance.choice(rows)
        changed_on = str(day - timedelta(days=self.chance.randrange(1, 400)))
        return [*rows, {**told, "changed_on": changed_on, "employees": str(self.chance.randrange(10, 5_000))}]


@pytest.fixture
def recording(small: Any) -> Any:
    """The small installation with a history of accounts and marks of merges, from before its first pull."""
    for store in ("warehouse", "output"):
        path = small.folder / store
        if path.exists():
            path.rename(small.folder / f"{store}-before")
    for file in small.folder.glob("ledger.db*"):
        file.unlink()
    data = small.folder / "data"
    Files(data, random.Random(0)).change("accounts", lambda rows: [{**row, "merged_into": ""} for row in rows])
    lines = [f"A{number:06d},2025-0{1 + number % 9}-15,{number * 10}" for number in range(1, 60)]
    (data / "account_history.csv").write_text("\n".join(["account_id,changed_on,employees", *lines, ""]), "utf-8")
    path = small.folder / "config" / "sources.yaml"
    text = path.read_text("utf-8").replace(
        "          name: name\n", "          name: name\n          merged_into: merged_into\n", 1
    )
    columns = "{account_id: account_id, changed_on: changed_on, employees: employees}"
    history = f"      account_history:\n        file: account_history.csv\n        columns: {columns}\n"
    path.write_text(f"{text}\n{history}", "utf-8")
    monitoring = small.folder / "config" / "monitoring.yaml"
    text = monitoring.read_text("utf-8").replace("calendar:\n", "calendar:\n  rates: {EUR: 1.085}\n", 1)
    monitoring.write_text(text, "utf-8")
    return small


def told(project: Any, run_set: str, day: date) -> dict[str, list[dict[str, Any]]]:
    """Everything that a run has stored, without the name of its run set.

    The log of changed scores is left out: it tells what is new since the live run before, which a repetition hasn't.
    """
    found = {}
    for file in sorted(project.folder.glob(f"warehouse/*/run_set={run_set}/as_of={day}/*.parquet")):
        if "score_changes" in file.parts:
            continue
        rows = pq.ParquetFile(file).read().to_pylist()
        found[file.relative_to(project.folder).parts[1]] = [
            {name: value for name, value in row.items() if name not in NAMES} for row in rows
        ]
    verdicts = json.loads((project.folder / f"output/verdicts/{run_set}/{day}.json").read_text("utf-8"))
    found["verdicts"] = [{name: value for name, value in item.items() if name not in NAMES} for item in verdicts]
    return found


def test_as_was_on_any_past_date_equals_what_a_run_on_that_date_stored(recording: Any) -> None:
    chance = random.Random(1)
    files = Files(recording.folder / "data", chance)
    lived = {}
    for look in LOOKS:
        recording.variables["ICP_NOW"] = f"{look}T12:00:00Z"
        pipeline.pull(recording.settings)
        recording.day(look, muted=True)
        lived[look] = told(recording, "live", look)
        files.live(look)
    recording.variables["ICP_NOW"] = "2026-03-09T12:00:00Z"
    pipeline.pull(recording.settings)
    assert len({json.dumps(stored["account_scores"], default=str) for stored in lived.values()}) == len(LOOKS)
    for look in chance.sample(LOOKS, len(LOOKS)):
        span = {"from_date": str(look), "to_date": str(look), "knowledge": "as-was", "icp_version": "at-time"}
        planned = pipeline.plan_backfill(recording.settings, **span)
        pipeline.run_backfill(recording.settings, planned, "analyst")
        replayed = told(recording, planned["run_set"], look)
        assert sorted(replayed) == sorted(lived[look])
        for dataset, rows in lived[look].items():
            assert replayed[dataset] == rows, dataset
