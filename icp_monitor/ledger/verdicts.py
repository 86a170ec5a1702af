"""The verdicts of each run, in the order in which they were reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from icp_monitor.drift.verdict import Verdict
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.tables import RunRow, VerdictRow


class Verdicts:
    """Verdicts as they were given, for good."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def store(self, run_id: str, verdicts: Sequence[Verdict]) -> None:
        """Replace the verdicts of a run."""
        with self._store.write() as session:
            session.execute(sa.delete(VerdictRow).filter_by(run_id=run_id))
            session.add_all(_row(run_id, position, verdict) for position, verdict in enumerate(verdicts))

    def of_run(self, run_id: str) -> tuple[Verdict, ...]:
        """The verdicts of a run."""
        with self._store.read() as session:
            return _verdicts(session, run_id)

    def latest_before(self, run_set: str, as_of: date) -> tuple[Verdict, ...]:
        """The verdicts of the last finished run before ``as_of`` that gave any: the look before this one."""
        last = (
            sa.select(RunRow.run_id)
            .filter_by(run_set=run_set, status="finished")
            .where(RunRow.as_of < as_of, sa.exists().where(VerdictRow.run_id == RunRow.run_id))
            .order_by(RunRow.as_of.desc())
            .limit(1)
        )
        with self._store.read() as session:
            run_id = session.scalar(last)
            return () if run_id is None else _verdicts(session, run_id)


def _verdicts(session: Session, run_id: str) -> tuple[Verdict, ...]:
    documents = sa.select(VerdictRow.document).filter_by(run_id=run_id).order_by(VerdictRow.position)
    return tuple(Verdict.from_json(document) for document in session.scalars(documents))


def _row(run_id: str, position: int, verdict: Verdict) -> VerdictRow:
    finding, unit = verdict.finding, verdict.finding.unit
    return VerdictRow(
        run_id=run_id,
        position=position,
        kind=unit.kind,
        metric=unit.metric,
        segment=unit.segment,
        tier=unit.tier,
        attribute=unit.attribute,
        verdict=finding.verdict,
        severity=finding.severity,
        document=verdict.as_json(),
    )
