"""The validated past of an ICP version: computed once, as known when it had matured, then frozen in the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from icp_monitor.errors import NotReadyError
from icp_monitor.ledger.baselines import StoredBaseline
from icp_monitor.ledger.versions import StoredVersion
from icp_monitor.pipeline.cohorts import cohort_of, first_close
from icp_monitor.pipeline.customer_base import mapped_tables
from icp_monitor.pipeline.naming import looking_from
from icp_monitor.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from icp_monitor.drift.cohort import Cohort


def ensure_baseline(workspace: Workspace, version: StoredVersion) -> tuple[Cohort, StoredBaseline]:
    """The frozen baseline of the version; it is computed and frozen when it is first asked for.

    Raises:
        NotReadyError: nothing was pulled yet.
        RefusedError: the window is left-censored, or the frozen content was changed.
    """
    from icp_monitor.drift.baseline import FrozenBaseline

    stored = workspace.ledger.baselines.of_version(version.number)
    if stored is None:
        frozen = FrozenBaseline.freeze(_compute(workspace, version))
        stored = workspace.ledger.baselines.freeze(
            version.number, frozen.cohort.window, frozen.as_json(), version.author, workspace.now
        )
    return FrozenBaseline.from_json(dict(stored.content)).cohort, stored


def _compute(workspace: Workspace, version: StoredVersion) -> Cohort:
    """The baseline's cohort as known on the day on which all of it had been watched for the horizon."""
    from icp_monitor.drift.baseline import refuse_left_censored

    icp = version.icp
    window = icp.baseline.window
    matured_on = window.end + timedelta(days=icp.horizon_days)
    if workspace.ledger.loads.last() == 0:
        raise NotReadyError("nothing was pulled yet, so no baseline can be computed. Cure: pull first")
    asof = looking_from(workspace, icp, matured_on, "as-was")
    with workspace.warehouse(icp) as (warehouse, catalogue):
        refuse_left_censored(window, first_close(warehouse, catalogue, asof))
        return cohort_of(warehouse, catalogue, icp, asof, window, mapped_tables(workspace))
