"""Which record of another kind does a record belong to?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from icp_monitor.sources.hubspot.api import Api
from icp_monitor.sources.hubspot.record import Record

_PRIMARY = ("HUBSPOT_DEFINED", "Primary")


def with_associated(api: Api, kind: str, to_kinds: Sequence[str], records: Sequence[Record]) -> list[Record]:
    """The records with the one record of each other kind that they belong to."""
    if not to_kinds or not records:
        return list(records)
    ids = list(dict.fromkeys(record.id for record in records))
    found = {to_kind: _associated(api, kind, to_kind, ids) for to_kind in to_kinds}
    return [
        replace(record, associated={other: links[record.id] for other, links in found.items() if record.id in links})
        for record in records
    ]


def _associated(api: Api, kind: str, to_kind: str, ids: Sequence[str]) -> dict[str, str]:
    body = {"inputs": [{"id": record_id} for record_id in ids]}
    content = api.post(f"/crm/v4/associations/{kind}/{to_kind}/batch/read", body).content
    return {str(result["from"]["id"]): _decisive(result["to"]) for result in content["results"] if result["to"]}


def _decisive(links: Sequence[Mapping[str, Any]]) -> str:
    """The primary one of several, or else the first that HubSpot names."""
    chosen = next((link for link in links if _is_primary(link)), links[0])
    return str(chosen["toObjectId"])


def _is_primary(link: Mapping[str, Any]) -> bool:
    return any((kind.get("category"), kind.get("label")) == _PRIMARY for kind in link["associationTypes"])
