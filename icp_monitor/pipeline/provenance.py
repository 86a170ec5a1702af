"""Where each value of an account comes from, and since when it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.snapshots.accounts import account_versions
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.recorded import ALWAYS, BEFORE_ALL_CHANGES
from icp_monitor.snapshots.visible import visible
from icp_monitor.warehouse import Warehouse

Version = Mapping[str, Any]


@dataclass(frozen=True)
class Provenance:
    """The source of an attribute's value, and the day since which it holds; None where nobody knows since when.

    ``table`` is the canonical table that tells it. ``assumed``: the first pull found the value, and it is taken to have
    held before.
    """

    attribute: str
    source: str
    table: str
    since: date | None
    assumed: bool


@dataclass(frozen=True)
class Rating:
    """What somebody said of an account."""

    attribute: str
    rating: float
    rater: str
    rated_on: date


def provenance_of(
    warehouse: Warehouse, catalogue: Catalogue, icp: IcpConfig, asof: Asof, account_id: str
) -> tuple[Provenance, ...]:
    """The origin of every attribute that is known of the account on the day, in the profile's order."""
    versions = account_versions(catalogue, asof).subquery("versions")
    wanted = sa.select(versions).where(versions.c.account_id == account_id, versions.c.starts_on < asof.as_of)
    rows = warehouse.read(wanted.order_by(versions.c.starts_on)).to_pylist()
    tables = {fill.attribute: fill.table for fill in asof.fills}
    found = (_origin(rows, item.id, tables.get(item.id, "accounts")) for item in icp.attributes)
    return tuple(origin for origin in found if origin is not None)


def ratings_of(warehouse: Warehouse, catalogue: Catalogue, asof: Asof, account_id: str) -> tuple[Rating, ...]:
    """The ratings of the account that were known on the day, the newest first."""
    rows = visible(catalogue.raw_ratings, asof).subquery("ratings")
    columns = (rows.c[name] for name in Rating.__dataclass_fields__)
    theirs = sa.and_(rows.c.account_id == account_id, rows.c.rated_on < asof.as_of, rows.c.rating.is_not(None))
    newest = sa.select(*columns).where(theirs).order_by(rows.c.rated_on.desc(), rows.c.attribute, rows.c.rater)
    return tuple(Rating(**row) for row in warehouse.read(newest).to_pylist())


def _origin(versions: Sequence[Version], attribute: str, table: str) -> Provenance | None:
    """The first of the newest versions in a row that say the same."""
    if not versions or versions[-1][attribute] is None:
        return None
    first = versions[-1]
    for version in reversed(versions[:-1]):
        if version[attribute] != first[attribute]:
            break
        first = version
    return Provenance(attribute, first["source"], table, _since(first), bool(first["assumed"]))


def _since(version: Version) -> date | None:
    """A first version stands in for the time before it, of which nothing is known."""
    since = max(version["starts_on"], version["known_from"])
    return None if since in (ALWAYS, BEFORE_ALL_CHANGES) or since == date.max else since
