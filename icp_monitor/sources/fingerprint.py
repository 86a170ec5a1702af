"""Is it the same source, read in the same way, as last time?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from icp_monitor.config.matching import AnyAttribute, SetAttribute
from icp_monitor.config.sources import Source
from icp_monitor.sources.connector import Connector

_READING = 2  # raise it when the same bytes would be read differently


@dataclass(frozen=True)
class Fingerprint:
    """SHA-256 digests: of all that decides how a source is ``read``, and of its ``contents`` where they can be told."""

    reading: str
    contents: str | None

    def __str__(self) -> str:
        return self.reading if self.contents is None else f"{self.reading}:{self.contents}"

    @property
    def is_whole(self) -> bool:
        """Whether it tells that nothing changed, without reading any record."""
        return self.contents is not None

    def reads_like(self, stored: str) -> bool:
        """Whether a stored fingerprint comes from the same way of reading."""
        return stored.partition(":")[0] == self.reading


def fingerprint_of(source: Source, connector: Connector, attributes: Sequence[AnyAttribute]) -> Fingerprint:
    """The fingerprint of a source as it is now."""
    reading = {
        "reading": _READING,
        "source": source.model_dump(mode="json"),
        "attributes": sorted((item.id, item.type, _empty_means(item)) for item in attributes),
    }
    digest = hashlib.sha256(json.dumps(reading, sort_keys=True).encode()).hexdigest()
    return Fingerprint(digest, connector.contents())


def _empty_means(attribute: AnyAttribute) -> str:
    return attribute.absence_means if isinstance(attribute, SetAttribute) else "unknown"
