"""The document of one validation."""

from __future__ import annotations

from icp_monitor.drift.looks.markers import BeforeAfter
from icp_monitor.reports.assembly.economics import unit_economics
from icp_monitor.reports.assembly.evidence import Evidence
from icp_monitor.reports.assembly.movement import reasons, velocity, waterfalls
from icp_monitor.reports.assembly.pictures import funnel, lifts, mix, trend, win_curves
from icp_monitor.reports.assembly.profile import profile_of
from icp_monitor.reports.assembly.scorecard import readings, scorecard
from icp_monitor.reports.conclusion import conclude
from icp_monitor.reports.document import AroundEvent, Document, Event, Method


def document_of(evidence: Evidence, method: Method) -> Document:
    """Everything that the report says."""
    window = evidence.current.window
    return Document(
        quarter=str(evidence.quarter),
        window=(window.start.isoformat(), window.end.isoformat()),
        as_of=evidence.current.as_of.isoformat(),
        observed_until=evidence.current.observed_until.isoformat(),
        knowledge=evidence.verdicts[0].context.knowledge,
        currency=evidence.currency,
        profile=profile_of(evidence),
        conclusion=conclude(evidence.verdicts, evidence.names),
        verdicts=tuple(verdict.as_json() for verdict in evidence.verdicts),
        scorecard=scorecard(evidence),
        curves=win_curves(evidence),
        funnel=funnel(evidence),
        waterfalls=waterfalls(evidence),
        lifts=lifts(evidence),
        mix=mix(evidence),
        win_rates=readings(evidence),
        velocity=velocity(evidence),
        trend=trend(evidence),
        reasons=reasons(evidence),
        events=tuple(Event(event.on.isoformat(), event.label, event.kind) for event in evidence.events),
        around=tuple(_around(item) for item in evidence.around),
        data=tuple(evidence.checks),
        method=method,
        economics=unit_economics(evidence),
    )


def _around(item: BeforeAfter) -> AroundEvent:
    change = item.change
    return AroundEvent(
        on=item.event.on.isoformat(),
        label=item.event.label,
        before=item.before,
        n_before=item.n_before,
        after=item.after,
        n_after=item.n_after,
        change=change.value if change else None,
        low=change.low if change else None,
        high=change.high if change else None,
        says=item.says,
    )
