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
    """The rows of ``files``, which all have the same columns. Arrow's own datasets load pandas, which takes 0.4 s."""

    files: tuple[Path, ...]

    @property
    def schema(self) -> pa.Schema:
        """The columns and their types."""
        from pyarrow import parquet

        return parquet.read_schema(self.files[0])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, file by file, a few at a time."""
        from pyarrow import parquet

        for path in self.files:
            with parquet.ParquetFile(path) as file:
                yield from file.iter_batches()

    def to_table(self) -> pa.Table:
        """All rows in memory: for when they are known to be few."""
        import pyarrow as pa

        tables = (pa.Table.from_batches([batch]) for batch in self.batches())
        return pa.concat_tables([self.schema.empty_table(), *tables], promote_options="default")
