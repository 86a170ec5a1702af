"""How a partition is written as a path, in Hive's way, and read back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import quote, unquote

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from icp_monitor.catalogue import Dataset
from icp_monitor.errors import Problem, StorageError
from icp_monitor.warehouse.interface import Partition

Value = str | int | date


def path_of(dataset: Dataset, partition: Partition) -> str:
    """The partition as a relative path, safe for every value: ``run_set=live/as_of=2026-01-05``.

    Raises:
        StorageError: ``partition`` names other columns than the dataset's, or holds values of other types.
    """
    values = checked(dataset, partition)
    return "/".join(f"{name}={quote(str(value), safe='')}" for name, value in values.items())


def partition_at(dataset: Dataset, path: str) -> dict[str, object]:
    """The partition that ``path_of`` wrote as ``path``."""
    texts = dict(step.split("=", 1) for step in path.split("/"))
    return {name: _parsed(dataset.table.c[name].type, unquote(texts[name])) for name in dataset.partition}


def in_order(partitions: Iterable[dict[str, Any]]) -> list[dict[str, object]]:
    """The partitions, sorted by their values."""
    return sorted(partitions, key=lambda partition: tuple(partition.values()))


def checked(dataset: Dataset, partition: Partition) -> dict[str, Value]:
    """The partition's values in the dataset's order.

    Raises:
        StorageError: as for ``path_of``.
    """
    if set(partition) != set(dataset.partition):
        raise StorageError(
            Problem(
                dataset.name,
                f"a partition has the columns {', '.join(dataset.partition)}",
                ", ".join(partition) or "none",
                "give a value for each of them and for no other",
            )
        )
    return {name: _checked(dataset, name, partition[name]) for name in dataset.partition}


def _checked(dataset: Dataset, name: str, value: object) -> Value:
    expected = dataset.table.c[name].type.python_type
    if type(value) is not expected:
        cure = f"give a value of type {expected.__name__}"
        raise StorageError(Problem(f"{dataset.name}.{name}", "is a partition column", repr(value), cure))
    return value  # type: ignore[return-value] # python_type is str, int or date for the catalogue's columns


def _parsed(type_: TypeEngine[object], text: str) -> Value:
    if isinstance(type_, sa.Date):
        return date.fromisoformat(text)
    return int(text) if isinstance(type_, sa.Integer) else text
