"""What the checks look at: the records of a day, and how to count them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue, Dataset
from icp_monitor.checks.contrast import Sample
from icp_monitor.checks.spans import MONTH, QUARTER, Spans
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.monitoring import DataGate, EventMarker
from icp_monitor.config.sources import SourcesConfig
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.visible import known

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Pulled:
    """The newest load of a source that was known on the day; ``read`` counts its records by table."""

    source: str
    load: int
    read: Mapping[str, int]


@dataclass(frozen=True)
class Refusal:
    """Since when, and why, the sources can't be pulled."""

    since: date
    reason: str


@dataclass(frozen=True, eq=False)
class Data:
    """The records as known on a day. ``read`` runs a statement that gives few rows.

    ``accounts``: the accounts of the day. ``deals``: the opportunities created since the baseline began, or in the last
    quarter where that is earlier. ``anchored``: those of them that were created in one of the ``spans``, with its
    number as ``span`` and the profile's attributes as they were on the anchor date.
    """

    icp: IcpConfig
    gate: DataGate
    sources: SourcesConfig
    catalogue: Catalogue
    asof: Asof
    spans: Spans
    accounts: sa.FromClause
    deals: sa.FromClause
    anchored: sa.FromClause
    read: Callable[[sa.Select[Any]], list[Row]]
    events: Sequence[EventMarker] = ()
    pulled: Sequence[Pulled] = ()
    refusal: Refusal | None = None
    first_month: int = 1

    @property
    def tables(self) -> frozenset[str]:
        """The canonical tables that any source maps."""
        return frozenset(str(name) for source in self.sources.sources.values() for name in source.tables)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The ids of the profile's attributes."""
        return tuple(attribute.id for attribute in self.icp.attributes)

    @cached_property
    def _sizes(self) -> Mapping[int, tuple[int, int]]:
        rows = self.read(span_sizes(self.anchored))
        return {row["span"]: (row["deals"], row["accounts"]) for row in rows}

    @property
    def lately(self) -> int:
        """Deals created in the last thirteen weeks, after the baseline."""
        return sum(self._sizes.get(span, (0, 0))[0] for span in (MONTH, QUARTER))

    def worth(self, span: int) -> float:
        """How much of an independent observation a deal of a span is: its accounts for each deal."""
        deals, accounts = self._sizes.get(span, (0, 0))
        return accounts / deals if deals else 0.0

    def sample(self, span: int, n: int, total: int) -> Sample:
        """``n`` of ``total`` deals of a span, worth as many independent ones as the span has accounts for its deals."""
        deals, accounts = self._sizes.get(span, (0, 0))
        return Sample(n, total, -(-total * accounts // deals) if deals else 0)

    def samples(self, rows: Sequence[Row], n: str = "n", total: str = "total") -> dict[int, Sample]:
        """The sample of each span from rows with ``span`` and two counts."""
        return {row["span"]: self.sample(row["span"], row[n], row[total]) for row in rows}

    def only(self, statement: sa.Select[Any]) -> Row:
        """The one row that a statement gives."""
        return self.read(statement)[0]

    def has_changed_since(self, dataset: Dataset, day: date) -> bool:
        """Whether anything became known of a dataset after ``day``: else looking back sees what is there now."""
        table = dataset.table
        later = counting(sa.func.count().label("n")).where(
            table.c.load > 1, known(table, self.asof), table.c.known_on > day
        )
        return bool(self.only(later)["n"])


def span_sizes(anchored: sa.FromClause) -> sa.Select[Any]:
    """Deals and different accounts of each span; a deal without an account counts as one of its own."""
    account = sa.func.coalesce(anchored.c.account_id, anchored.c.opportunity_id)
    by_account = sa.select(anchored.c.span, account.label("account"), sa.func.count().label("deals")).group_by(
        anchored.c.span, account
    )
    counted = by_account.subquery("by_account")
    return sa.select(
        counted.c.span,
        sa.cast(sa.func.sum(counted.c.deals), sa.BigInteger).label("deals"),
        sa.func.count().label("accounts"),
    ).group_by(counted.c.span)


def counting(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """A statement of these columns."""
    return sa.select(*columns)


def count_if(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """Aggregate: how many rows meet the condition."""
    return sa.func.count(sa.case((condition, 1)))
