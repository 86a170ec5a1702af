"""The scores of a finished run, as they leave the house."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from icp_monitor.config.export import Exported
from icp_monitor.config.icp import IcpConfig
from icp_monitor.errors import NotReadyError
from icp_monitor.ledger import RunKey
from icp_monitor.ledger.runs import LIVE
from icp_monitor.pipeline.naming import asof_of, version_of
from icp_monitor.pipeline.partitions import rows_of
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.scoring.exported import exported, reasons
from icp_monitor.snapshots.accounts import accounts

COLUMNS: tuple[Exported, ...] = get_args(Exported)
NUMBERS: tuple[Exported, ...] = ("score", "score_low", "score_high")
PAGE = 50_000


@dataclass(frozen=True)
class Scored:
    """One account; ``values`` are text by the names of ``Exported``, None where there is none."""

    account_id: str
    values: Mapping[Exported, str | None]


def run_of(workspace: Workspace, as_of: date | None) -> RunKey:
    """The finished live run of a day, or the newest.

    Raises:
        NotReadyError: there is none.
    """
    runs = workspace.ledger.runs.finished_keys(LIVE, date.min, as_of or date.max)
    if runs and (as_of is None or runs[-1].as_of == as_of):
        return runs[-1]
    day = as_of or workspace.today
    newest = f", or export the newest, of {runs[-1].as_of}" if runs else ""
    raise NotReadyError(f"no run of {day} is finished. Cure: icp-monitor run --as-of {day}{newest}")


def scored_accounts(workspace: Workspace, key: RunKey, digits: int) -> Iterator[Scored]:
    """Every account of the run in order of its id, a page in memory at a time; scores with so many digits."""
    icp, asof = version_of(workspace, key).icp, asof_of(workspace, key)
    with workspace.warehouse(icp) as (warehouse, catalogue):
        rows = exported(icp, rows_of(catalogue.account_scores, key), accounts(catalogue, asof).subquery("people"))
        page = rows.limit(PAGE)
        while True:
            found = warehouse.read(page).to_pylist()
            yield from (Scored(row["account_id"], _values(icp, key, row, digits)) for row in found)
            if len(found) < PAGE:
                return
            page = rows.where(rows.selected_columns.account_id > found[-1]["account_id"]).limit(PAGE)


def rounded(number: object, digits: int) -> str | None:
    """A number as text with so many digits; text that is no number as it is.

    >>> rounded("63.636364", 1), rounded(80, 1), rounded(None, 1)
    ('63.6', '80.0', None)
    """
    if number is None:
        return None
    try:
        return f"{Decimal(str(number)):.{digits}f}"
    except ArithmeticError:
        return str(number)


def _values(icp: IcpConfig, key: RunKey, row: Mapping[str, Any], digits: int) -> dict[Exported, str | None]:
    return {
        "tier": row["tier"],
        "score": rounded(row["score"], digits),
        "score_low": rounded(row["score_low"], digits),
        "score_high": rounded(row["score_high"], digits),
        "segment": row["segment"],
        "icp_version": str(key.icp_version),
        "scored_on": key.as_of.isoformat(),
        "reasons": reasons(icp, row) or None,
    }
