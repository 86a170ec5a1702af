"""The quarterly validation: one quarter judged once it has matured, and its report published."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from icp_monitor.alerts.disagreements import disagreements
from icp_monitor.alerts.names import Names
from icp_monitor.drift.verdict import Verdict
from icp_monitor.errors import RefusedError
from icp_monitor.ledger import RunKey
from icp_monitor.ledger.runs import VALIDATION, Knowledge
from icp_monitor.periods import Quarter, last_complete_quarter
from icp_monitor.pipeline.baselines import ensure_baseline
from icp_monitor.pipeline.checking import stored_checks
from icp_monitor.pipeline.comparison import current_cohort, judge_quarter, names_of
from icp_monitor.pipeline.files import replace_file
from icp_monitor.pipeline.judging import judging_of
from icp_monitor.pipeline.monitoring import events_in, judge_weeks
from icp_monitor.pipeline.naming import run_key, step, version_of
from icp_monitor.pipeline.partitions import rows_of
from icp_monitor.pipeline.staleness import stale_since
from icp_monitor.pipeline.versions import AT_TIME, version_for
from icp_monitor.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from icp_monitor.reports.assembly.evidence import Evidence
    from icp_monitor.reports.document import Conclusion, Document

OF_CUSTOMERS = (
    *("revenue_movements", "band_metrics", "cost_allocations", "acquisition_costs"),
    *("segment_pnl", "funnel_counts", "best_customers", "attribute_distributions"),
)


@dataclass(frozen=True)
class Published:
    """A published report: its files, its edition, and what it concludes."""

    quarter: str
    edition: int
    html: Path
    json: Path
    conclusion: Conclusion
    verdicts: tuple[Verdict, ...]
    names: Names
    run_id: str


def validation_key(
    workspace: Workspace, quarter: Quarter, as_of: date | None, knowledge: Knowledge, icp_version: str = AT_TIME
) -> RunKey:
    """The run that validates ``quarter``: as of the day on which it had matured, or today where that is still to come.

    Raises:
        RefusedError: the quarter had not begun.
    """
    day = as_of or workspace.today
    if quarter.window.start >= day:
        raise RefusedError(f"{quarter} begins on {quarter.window.start}, after {day}. Cure: name an earlier quarter")
    version = version_for(workspace, day, icp_version)
    matured = quarter.window.end + timedelta(days=version.icp.horizon_days)
    return run_key(
        workspace,
        min(day, matured),
        run_set=VALIDATION,
        knowledge=knowledge,
        icp_version=str(version.number),
    )


def due_quarter(workspace: Workspace, day: date) -> Quarter:
    """The newest quarter that had matured on ``day`` under the version then in force."""
    horizon = version_for(workspace, day).icp.horizon_days
    return last_complete_quarter(day, horizon, workspace.first_month)


def publish(workspace: Workspace, key: RunKey, quarter: Quarter) -> Published:
    """Judge the quarter and write its report; the run's scores and measures must be there.

    A published report is never overwritten: other content makes a new edition.
    """
    from icp_monitor.reports.page import render

    verdicts = judge_quarter(workspace, key, quarter)
    with step(workspace, key, "report", after="compare") as counts:
        document = _document(workspace, key, quarter, verdicts)
        text = document.as_json()
        digest = hashlib.sha256(text.encode()).hexdigest()
        folder = workspace.settings.output_dir / "reports" / str(quarter)
        edition = workspace.ledger.reports.publish(str(quarter), str(folder), digest, key.run_id, workspace.now).number
        name = f"validation-{quarter}" + (f"-edition-{edition}" if edition > 1 else "")
        html, data = folder / f"{name}.html", folder / f"{name}.json"
        replace_file(data, text)
        replace_file(html, render(document))
        counts["edition"] = edition
    workspace.ledger.runs.finish(key.run_id, workspace.now)
    names = names_of(version_of(workspace, key).icp)
    return Published(str(quarter), edition, html, data, document.conclusion, verdicts, names, key.run_id)


def _document(workspace: Workspace, key: RunKey, quarter: Quarter, verdicts: tuple[Verdict, ...]) -> Document:
    from icp_monitor.reports.assembly.whole import document_of
    from icp_monitor.reports.document import Method

    baseline_hash = workspace.ledger.baselines.of_version(key.icp_version)
    context = verdicts[0].context
    run = workspace.ledger.runs.get(key.run_id)
    method = Method(
        run_id=key.run_id,
        run_set=key.run_set,
        config_hash=key.config_hash,
        code_version=key.code_version,
        baseline_id=context.baseline_id,
        data_hash=baseline_hash.data_hash[:16] if baseline_hash else "",
        loads=workspace.ledger.loads.last(),
        level=context.level,
        fdr=workspace.config.monitoring.evidence.fdr,
        tests=context.family.tests,
        rows={name: n for item in run.steps.values() for name, n in item["counts"].items() if "_" in name},
        notes=(*_notes(workspace, key), *_beside_the_weeks(workspace, key, verdicts)),
        command=f"icp-monitor validate --quarter {quarter} --as-of {key.as_of} --knowledge {key.knowledge}",
    )
    return document_of(_evidence(workspace, key, quarter, verdicts), method)


def _evidence(workspace: Workspace, key: RunKey, quarter: Quarter, verdicts: tuple[Verdict, ...]) -> Evidence:
    from icp_monitor.reports.assembly.evidence import Evidence

    version = version_of(workspace, key)
    monitoring = workspace.config.monitoring
    events = tuple(event for event in monitoring.events if event.on < key.as_of)
    baseline, _ = ensure_baseline(workspace, version)
    with workspace.warehouse(version.icp) as (warehouse, catalogue):
        metrics, win_loss = (
            warehouse.read(sa.select(*rows_of(dataset, key).c)).to_pandas()
            for dataset in (catalogue.segment_metrics, catalogue.win_loss_counts)
        )
        checks = stored_checks(warehouse, catalogue, key)
        economics = {
            name: warehouse.read(sa.select(*rows_of(catalogue.named(name), key).c)).to_pandas() for name in OF_CUSTOMERS
        }
    return Evidence(
        icp=version.icp,
        effective_from=version.effective_from,
        quarter=quarter,
        verdicts=verdicts,
        baseline=baseline,
        current=current_cohort(workspace, key, version.icp, quarter),
        metrics=metrics,
        win_loss=win_loss,
        checks=checks,
        events=events,
        around=events_in(judging_of(workspace, key), events),
        currency=monitoring.calendar.currency,
        level=monitoring.evidence.level,
        fdr=monitoring.evidence.fdr,
        economics=economics,
    )


def _beside_the_weeks(workspace: Workspace, key: RunKey, verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    """Where weekly monitoring, as of the same day, says something else.

    It is worked out here and not taken from live looks, so that the report is the same whichever looks there were.
    """
    judging = judging_of(workspace, key)
    return tuple(disagreements(verdicts, judge_weeks(judging).findings, names_of(judging.version.icp)))


def _notes(workspace: Workspace, key: RunKey) -> tuple[str, ...]:
    """What a reader must know to weigh the numbers."""
    stale = stale_since(workspace, key.as_of)
    notes = [f"The data are {stale}. {stale.reason}"] if stale else []
    first = [workspace.ledger.loads.last_of(name, known_by=key.as_of) for name in workspace.config.sources.sources]
    if key.knowledge == "as-was" and any(load is not None and load.known_on > key.as_of for load in first):
        notes.append(
            "The history before the first load was taken over as it stood then: for each fact the source's own date is "
            "assumed to be the day on which it was known."
        )
    notes.append(
        "Several deals of one account count for as many as they are worth, except for how long they take and with whom "
        "they are: those ranges take deals for independent."
    )
    return tuple(notes)
