"""Do the sources fill what the profile asks for?"""

from __future__ import annotations

from collections.abc import Iterator

from icp_monitor.config.canonical import CANONICAL_COLUMNS
from icp_monitor.config.faults import Fault, Path
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.sources import SourcesConfig
from icp_monitor.config.suggestions import did_you_mean


def unmapped_attributes(icp: IcpConfig, sources: SourcesConfig) -> Iterator[Fault]:
    """Attributes that no source fills; ratings may tell what is ordinal, detections which technologies are used."""
    mapped = {column for _, columns in _account_columns(sources) for column in columns}
    for position, attribute in enumerate(icp.attributes):
        is_rated = attribute.type == "ordinal" and sources.maps("ratings")
        is_detected = (attribute.type, attribute.family) == ("set", "technographic") and sources.maps("technologies")
        if attribute.id not in mapped and not is_rated and not is_detected:
            message = f"no source fills {attribute.id}, so it is always unknown"
            cure = f"add {attribute.id}: and its header to the columns of accounts in sources.yaml"
            yield Fault(("attributes", position), message, cure=cure)


def unknown_columns(icp: IcpConfig, sources: SourcesConfig) -> Iterator[Fault]:
    """Columns of accounts that are neither canonical nor an attribute; an older version may still need them."""
    known = {*CANONICAL_COLUMNS["accounts"], *(attribute.id for attribute in icp.attributes)}
    for path, columns in _account_columns(sources):
        for column in columns:
            if column not in known:
                message = "neither the accounts nor the profile have a column of this name"
                cure = did_you_mean(column, known) or "add it to the attributes, or take it off the columns"
                yield Fault((*path, column), message, column, cure)


def _account_columns(sources: SourcesConfig) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for name, source in sources.sources.items():
        if "accounts" in source.tables:
            path = ("sources", name, "tables", "accounts", "columns")
            yield path, tuple(source.tables["accounts"].columns)
