"""Which datasets a statement names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.sql.visitors import ExternallyTraversible

from icp_monitor.catalogue import Dataset
from icp_monitor.errors import StorageError

Statement = sa.SelectBase  # a select, or several combined; not generic in its columns, so that every select fits


def datasets_named(statement: Statement, known: Mapping[str, Dataset]) -> list[Dataset]:
    """The datasets whose tables occur anywhere in the statement, by name.

    Raises:
        StorageError: a table is none of the ``known`` ones.
    """
    names = {element.name for element in _elements(statement) if isinstance(element, sa.Table)}
    unknown = sorted(names - set(known))
    if unknown:
        raise StorageError(f"{', '.join(unknown)}: not in the catalogue, and not written by this warehouse before")
    return [known[name] for name in sorted(names)]


def _elements(statement: ExternallyTraversible) -> Iterator[ExternallyTraversible]:
    """Every element of the statement once; SQLAlchemy's own iteration repeats a subquery wherever it is referred to."""
    seen = {id(statement): statement}  # the elements are kept, lest a new one gets the id of one that is gone
    waiting = [statement]
    while waiting:
        element = waiting.pop()
        yield element
        fresh = {id(child): child for child in element.get_children() if id(child) not in seen}
        seen |= fresh
        waiting.extend(fresh.values())
