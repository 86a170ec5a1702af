"""What every warehouse can do, whichever engine holds the rows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

import sqlalchemy as sa

from icp_monitor.catalogue import Dataset, RowFiles
from icp_monitor.warehouse.statements import Statement

if TYPE_CHECKING:
    import pyarrow as pa

    Rows: TypeAlias = Statement | pa.Table | RowFiles

Partition = Mapping[str, object]


class Warehouse(Protocol):
    """Datasets, each replaced a partition at a time.

    Statements name datasets by the catalogue's tables. A dataset without a partition reads as empty, and a column
    that rows were stored without reads as NULL. Results have the same Arrow types on every engine: int64, double,
    bool, string and date32.

    An instance belongs to one thread; any number of processes may use the same warehouse. Every method raises
    ``StorageError`` when the store can't be used, and says what would cure it.
    """

    def replace_partition(self, dataset: Dataset, partition: Partition, rows: Rows) -> int:
        """Make ``rows`` the whole content of the partition, at once for every reader; returns their number.

        Columns are matched by name; a missing one is NULL. Partition columns may be left out, else they must equal
        ``partition`` in every row; a select that gives literals for them is not run twice to see that. ``rows`` may
        read the partition that it replaces. NaN is stored as NULL. No rows leave an empty partition. A dataset of
        Parquet files is read bit by bit, however large it is; its columns must have their types, none may be the
        partition's, and its numbers must be finite.

        Raises:
            StorageError: with every column at fault, before anything is replaced.
        """

    def read(self, statement: Statement) -> pa.Table:
        """The rows of ``statement``; they are held in memory, so it should be small.

        Raises:
            TypeError: a result column has no type, so its Arrow type would depend on the engine.
        """

    def computed(self, statement: Statement) -> AbstractContextManager[sa.FromClause]:
        """The rows of ``statement`` for others to select from while the block lasts, however many rows there are.

        Over files they are computed once, and apart from the statements that read them. A database computes them where
        they are selected from.
        """

    def offered(self, rows: RowFiles, dataset: Dataset, partition: Partition) -> AbstractContextManager[sa.FromClause]:
        """The rows of files for others to select from while the block lasts, with the columns of ``dataset``.

        Over files nothing is copied. A database keeps them in the partition meanwhile, which is dropped at the end.

        Raises:
            StorageError: the files have other columns or types than the dataset.
        """

    def partitions(self, dataset: Dataset) -> list[dict[str, object]]:
        """The partitions that exist, in order of their values."""

    def drop_partition(self, dataset: Dataset, partition: Partition) -> None:
        """Remove the partition, if it exists."""

    def close(self) -> None:
        """Give back connections and working files."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
