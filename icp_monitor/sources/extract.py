"""What a source hands over: typed rows, the records set aside, and what was counted."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from icp_monitor.catalogue import RowFiles


@dataclass(frozen=True)
class Counts:
    """How many records of a table were read, and what became of them: ``read = good + quarantined + folded``.

    ``folded`` counts the extra copies of records that occur more than once with the same values.
    """

    read: int
    good: int
    quarantined: int
    folded: int


@dataclass(frozen=True)
class Extract:
    """One reading of a source; every mapping is keyed by dataset name (``raw_accounts``).

    ``tables``: typed rows, unique by key, with ``fact_on``: the day from which a first load holds.
    ``held``: ids (the dataset's first key column) whose record was seen but quarantined, so that they aren't taken
    for deleted. ``full``: a key that is in neither was deleted at the source.
    ``quarantine``: the catalogue's columns but ``load``.
    ``observed_until``: nothing is known from this day on.
    ``watermarks``: from where the next reading of a table goes on; tables that are always read whole have none.

    Rows stay in Parquet files in a folder of the extract's own, which goes when it is closed.
    """

    tables: Mapping[str, RowFiles]
    held: Mapping[str, RowFiles]
    quarantine: RowFiles
    counts: Mapping[str, Counts]
    full: Mapping[str, bool]
    fingerprint: str
    observed_until: date
    watermarks: Mapping[str, str]
    workspace: tempfile.TemporaryDirectory[str] = field(repr=False, compare=False)

    def __enter__(self) -> Extract:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Delete the extract's files."""
        self.workspace.cleanup()
