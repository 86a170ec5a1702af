"""The tables of the ledger: what people decided, and what must never be lost."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
Json = dict[str, Any]
Value = TypeVar("Value", bound="DataclassInstance")


class Moment(sa.types.TypeDecorator[datetime]):
    """A moment in UTC; a datetime without an offset is refused, since it could mean several moments."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """To the database: always in UTC, since SQLite forgets the offset."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no offset; give an aware datetime")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """From the database: PostgreSQL answers in the session's zone, SQLite without one."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(DeclarativeBase):
    """A row of the ledger; rows stay inside its transactions, callers get values."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: sa.Text,
        datetime: Moment,
        Json: sa.JSON(none_as_null=True),
        list[Json]: sa.JSON(none_as_null=True),
    }

    def as_value(self, kind: type[Value]) -> Value:
        """The dataclass ``kind``, each field filled from the column of its name."""
        return kind(**{field.name: getattr(self, field.name) for field in fields(kind)})


class VersionRow(Row):
    """One version of the profile, as it was registered or proposed."""

    __tablename__ = "icp_versions"

    number: Mapped[int] = mapped_column("version", primary_key=True, autoincrement=False)
    icp_id: Mapped[str]
    icp_hash: Mapped[str]
    content: Mapped[str]
    effective_from: Mapped[date]
    status: Mapped[str]
    author: Mapped[str]
    created_at: Mapped[datetime]


class EventRow(Row):
    """One link of the chain of decisions; the database refuses changes."""

    __tablename__ = "icp_events"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str]
    action: Mapped[str]
    version: Mapped[int | None]
    reason: Mapped[str | None]
    payload: Mapped[Json]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class BaselineRow(Row):
    """The frozen past of one version; ``content`` is compressed JSON."""

    __tablename__ = "baselines"

    baseline_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(sa.ForeignKey("icp_versions.version"), unique=True)
    window_start: Mapped[date]
    window_end: Mapped[date]
    data_hash: Mapped[str]
    content: Mapped[bytes]
    created_at: Mapped[datetime]


class MonitorRow(Row):
    """A part of what weekly monitoring of one version needs, worked out once; ``content`` is compressed JSON."""

    __tablename__ = "monitors"

    version: Mapped[int] = mapped_column(sa.ForeignKey("icp_versions.version"), primary_key=True, autoincrement=False)
    part: Mapped[str] = mapped_column(primary_key=True)
    data_hash: Mapped[str]
    content: Mapped[bytes]
    created_at: Mapped[datetime]


class LoadRow(Row):
    """One pull of one source; ``attempt`` tells the process that owns the number from one that died."""

    __tablename__ = "loads"

    number: Mapped[int] = mapped_column("load", primary_key=True, autoincrement=False)
    source: Mapped[str]
    attempt: Mapped[int]
    status: Mapped[str]
    first: Mapped[bool]
    fingerprint: Mapped[str | None]
    counts: Mapped[Json | None]
    watermarks: Mapped[Json | None]
    observed_until: Mapped[date | None]
    known_on: Mapped[date | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class RunSetRow(Row):
    """A named set of runs: ``live``, or one backfill."""

    __tablename__ = "run_sets"

    run_set: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    requested_by: Mapped[str]
    parameters: Mapped[Json]
    created_at: Mapped[datetime]


class RunRow(Row):
    """One run; of those with the same set and date, one is not superseded."""

    __tablename__ = "runs"

    run_id: Mapped[str] = mapped_column(primary_key=True)
    run_set: Mapped[str] = mapped_column(sa.ForeignKey("run_sets.run_set"))
    as_of: Mapped[date]
    icp_version: Mapped[int] = mapped_column(sa.ForeignKey("icp_versions.version"))
    config_hash: Mapped[str]
    code_version: Mapped[str]
    knowledge: Mapped[str]
    status: Mapped[str]
    steps: Mapped[Json]
    error: Mapped[str | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (sa.Index(None, "run_set", "as_of"),)


class VerdictRow(Row):
    """One verdict of a run; ``document`` is the whole of it."""

    __tablename__ = "verdicts"

    run_id: Mapped[str] = mapped_column(sa.ForeignKey("runs.run_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    metric: Mapped[str]
    segment: Mapped[str]
    tier: Mapped[str | None]
    attribute: Mapped[str | None]
    verdict: Mapped[str]
    severity: Mapped[str]
    document: Mapped[Json]


class AlertRow(Row):
    """One root cause that deserves a decision, with the state it is in."""

    __tablename__ = "alerts"

    alert_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(index=True)
    run_id: Mapped[str] = mapped_column(sa.ForeignKey("runs.run_id"))
    as_of: Mapped[date]
    severity: Mapped[str]
    channel: Mapped[str]
    payload: Mapped[Json]
    status: Mapped[str]
    snoozed_until: Mapped[date | None]
    opened_at: Mapped[datetime]


class AlertEventRow(Row):
    """One change of an alert's state."""

    __tablename__ = "alert_events"

    alert_id: Mapped[str] = mapped_column(sa.ForeignKey("alerts.alert_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str | None]


class MessageRow(Row):
    """One message on its way; ``in_doubt_since`` is when the first attempt began whose outcome isn't known.

    ``thread_ts`` is the thread that it was written for, ``posted_ts`` the timestamp that replies to it name.
    """

    __tablename__ = "messages"

    key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    alert_id: Mapped[str | None] = mapped_column(sa.ForeignKey("alerts.alert_id"))
    reply_to: Mapped[str | None] = mapped_column(sa.ForeignKey("messages.key"))
    channel: Mapped[str]
    text: Mapped[str]
    blocks: Mapped[list[Json]]
    state: Mapped[str] = mapped_column(index=True)
    note: Mapped[str | None]
    reference: Mapped[str | None]
    thread_ts: Mapped[str | None]
    posted_ts: Mapped[str | None]
    queued_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    in_doubt_since: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class ReportRow(Row):
    """One published edition of a quarter's report; an edition never changes."""

    __tablename__ = "reports"

    quarter: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column("edition", primary_key=True, autoincrement=False)
    path: Mapped[str]
    hash: Mapped[str]
    run_id: Mapped[str] = mapped_column(sa.ForeignKey("runs.run_id"))
    published_at: Mapped[datetime]
