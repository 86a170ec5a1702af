"""The validated past, frozen: what is stored with an ICP version and compared with ever after."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from icp_monitor.drift.cohort import TABLES, Cohort, Layout
from icp_monitor.errors import RefusedError
from icp_monitor.periods import Window

SCHEMA = 1


@dataclass(frozen=True, eq=False)
class FrozenBaseline:
    """A cohort in canonical form: rows with the same keys added up, in the order of their keys.

    A table that the cohort lacks is left out, so that a baseline frozen before a table existed keeps its ids.
    ``data_hash`` identifies the counts; ``baseline_id`` the counts with their window, dates and horizon. Equal content
    has equal ids, on every machine.
    """

    cohort: Cohort

    @classmethod
    def freeze(cls, cohort: Cohort) -> FrozenBaseline:
        """The baseline that ``cohort`` makes."""
        return cls(cohort.with_tables({name: _added_up(table, TABLES[name]) for name, table in cohort.tables()}))

    @cached_property
    def data_hash(self) -> str:
        """SHA-256 of the counts."""
        return _sha256(self._counts())

    @cached_property
    def baseline_id(self) -> str:
        """A short name for exactly this baseline."""
        return _sha256({**self._facts(), "data_hash": self.data_hash})[:16]

    def as_json(self) -> dict[str, Any]:
        """The baseline as plain JSON values."""
        ids = {"schema": SCHEMA, "baseline_id": self.baseline_id, "data_hash": self.data_hash}
        return {**ids, **self._facts(), **self._counts()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FrozenBaseline:
        """The baseline that ``as_json`` wrote.

        Raises:
            RefusedError: the content is not the one that was frozen.
        """
        tables: dict[str, Any] = {
            name: pd.DataFrame(data[name], columns=layout.columns) for name, layout in TABLES.items() if name in data
        }
        cohort = Cohort(
            window=Window(*(date.fromisoformat(day) for day in data["window"])),
            as_of=date.fromisoformat(data["as_of"]),
            observed_until=date.fromisoformat(data["observed_until"]),
            horizon_days=data["horizon_days"],
            maturity=data["maturity"],
            **tables,
        )
        found = cls.freeze(cohort)
        if found.baseline_id != data["baseline_id"]:
            raise RefusedError(
                f"baseline {data['baseline_id']} was changed after it was frozen: its content is {found.baseline_id}. "
                "Cure: restore it, or approve a new version of the profile"
            )
        return found

    def _facts(self) -> dict[str, Any]:
        return {
            "window": self.cohort.window.as_list(),
            "as_of": self.cohort.as_of.isoformat(),
            "observed_until": self.cohort.observed_until.isoformat(),
            "horizon_days": self.cohort.horizon_days,
            "maturity": self.cohort.maturity,
        }

    def _counts(self) -> dict[str, Any]:
        return {name: _rows(table) for name, table in self.cohort.tables()}


def refuse_left_censored(window: Window, first_close: date | None) -> None:
    """Stop a baseline whose first deals may be missing from the source.

    Raises:
        RefusedError: the window starts before the first recorded close: deals that were created and closed earlier
            left no trace, so that those still seen are the slow ones.
    """
    if first_close is None:
        raise RefusedError("no closed deal is known, so nothing can serve as a baseline. Cure: pull closed deals too")
    if window.start < first_close:
        raise RefusedError(
            f"the baseline starts on {window.start}, but the first close on record is of {first_close}: deals that "
            "were closed before are missing, and the slow ones that remain would make the win rate look different from "
            f"what it was. Cure: start the baseline on {first_close} or later"
        )


def _added_up(rows: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    return rows.groupby([*layout.keys], as_index=False, sort=True)[[*layout.sums]].sum()[layout.columns]


def _rows(table: pd.DataFrame) -> list[list[Any]]:
    return [list(row) for row in zip(*(table[name].tolist() for name in table.columns), strict=True)]


def _sha256(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
