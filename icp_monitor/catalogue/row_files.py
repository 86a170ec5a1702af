"""Rows on their way into a dataset that are too many for memory: they lie in Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class RowFiles:
    """The rows of ``files``, which all have the same columns. Arrow's own datasets load pandas, which takes 0.4 s.

    Files may hold more than the rows: then ``columns`` are those that count, and ``only`` is the flag of rows that do.
    """

    files: tuple[Path, ...]
    columns: tuple[str, ...] | None = None
    only: str | None = None

    @property
    def schema(self) -> pa.Schema:
        """The columns and their types."""
        import pyarrow as pa
        from pyarrow import parquet

        schema = parquet.read_schema(self.files[0])
        return schema if self.columns is None else pa.schema([schema.field(name) for name in self.columns])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, file by file, a few at a time."""
        from pyarrow import parquet

        flags = [] if self.only is None else [self.only]
        needed = None if self.columns is None else [*self.columns, *flags]
        for path in self.files:
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(columns=needed):
                    rows = batch if self.only is None else batch.filter(batch[self.only])
                    yield rows if self.columns is None else rows.select(list(self.columns))

    def to_table(self) -> pa.Table:
        """All rows in memory: for when they are known to be few."""
        import pyarrow as pa

        tables = (pa.Table.from_batches([batch]) for batch in self.batches())
        return pa.concat_tables([self.schema.empty_table(), *tables], promote_options="default")
