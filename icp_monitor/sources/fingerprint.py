"""Is it the same source as last time? Answered from the files' bytes, without reading their records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from icp_monitor.config.matching import AnyAttribute, SetAttribute
from icp_monitor.config.sources import CsvSource
from icp_monitor.sources.files import digest

_READING = 1  # raise it when the same bytes would be read differently


def fingerprint_of(source: CsvSource, folder: Path, attributes: Sequence[AnyAttribute]) -> str:
    """A SHA-256 over the files and all that decides how they are read; a file that is missing counts as such."""
    files = {table.file: folder / table.file for table in source.tables.values()}
    reading = {
        "reading": _READING,
        "source": source.model_dump(mode="json"),
        "attributes": sorted((item.id, item.type, _empty_means(item)) for item in attributes),
        "files": {name: digest(path) if path.is_file() else None for name, path in files.items()},
    }
    return hashlib.sha256(json.dumps(reading, sort_keys=True).encode()).hexdigest()


def _empty_means(attribute: AnyAttribute) -> str:
    return attribute.absence_means if isinstance(attribute, SetAttribute) else "unknown"
