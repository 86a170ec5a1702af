"""Evidently's data drift of every column, segment by segment; runs in an environment of its own.

``python evidently_drift.py FOLDER COLUMN…`` prints how many columns of how many segments it calls drifted.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from evidently import DataDefinition, Dataset, Report  # type: ignore[import-not-found]
from evidently.presets import DataDriftPreset  # type: ignore[import-not-found]


def main(folder: Path, columns: list[str]) -> None:
    """Compare the current rows of each segment with its reference rows."""
    names = (folder / "reference.parquet", folder / "current.parquet")
    reference, current = (pd.read_parquet(name, columns=["segment", *columns]).groupby("segment") for name in names)
    definition = DataDefinition(categorical_columns=columns)
    drifted = segments = 0
    for segment, rows in current:
        pair = (
            Dataset.from_pandas(part[columns], data_definition=definition)
            for part in (rows, reference.get_group(segment))
        )
        found = Report([DataDriftPreset()]).run(*pair).dict()
        drifted += int(found["metrics"][0]["value"]["count"])
        segments += 1
    print(f"{drifted} of {segments * len(columns)} columns drifted")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
