"""What every kind of source can do: say why it can't be read, and hand over records as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from icp_monitor.config.canonical import TableName
from icp_monitor.errors import Problem
from icp_monitor.sources.rules import TableReader

Watermark = str


@dataclass(frozen=True)
class Reading:
    """One table on its way in.

    ``place`` is what messages and the quarantine call it: a file, an object, a table. With ``full`` every record comes,
    so that a known key that is missing was deleted at the source. ``batches`` have the columns of
    :func:`icp_monitor.sources.records.record_schema`. ``watermark`` is asked when they are exhausted: from where the
    next reading goes on; None where every reading reads everything.
    """

    place: str
    full: bool
    batches: Iterator[pa.RecordBatch]
    watermark: Callable[[], Watermark | None] = lambda: None


class Connector(Protocol):
    """A source that is about to be read. Columns are the source's own names, values are text.

    Days are written ``2025-01-31``; moments in ISO 8601 with their offset; numbers as plain decimals; truth as
    ``true`` and ``false``; a missing value is null.
    """

    def contents(self) -> str | None:
        """A digest of all that would be read; None where only reading can tell."""

    def offered(self) -> Sequence[TableName]:
        """The mapped tables that the source has; an optional one may be missing."""

    def refusals(self, source_id: str, readers: Mapping[TableName, TableReader]) -> list[Problem]:
        """Everything that keeps the source from being read.

        Raises:
            SourceError: with the only problem that is worth putting right.
        """

    def read(self, table: TableName, columns: Sequence[str], since: Watermark | None) -> Reading:
        """The records that changed ``since`` then, or all of them; ``columns`` give ``c0``, ``c1``, … in this order.

        Raises:
            SourceError: from the batches, when the source fails for good. Nothing that was read is kept.
        """

    def close(self) -> None:
        """End what was opened to read; a reading that isn't finished ends too."""
