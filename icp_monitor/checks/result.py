"""What one data check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "note", "failed"]


@dataclass(frozen=True)
class CheckResult:
    """``n`` of ``total`` records of a field are concerned; ``failed`` stops the verdicts that read the field.

    ``field`` is ``*`` when the whole table is meant. ``value`` is the offending value, or empty. ``suggestion`` is a
    mapping or a setting that can be pasted into the configuration. Where the check compares two samples, ``p_value`` is
    the chance of a difference like theirs if nothing had changed: the gate lets the check fail only below a level that
    keeps its false alarms a year.
    """

    check: str
    table_name: str
    field: str
    status: Status
    message: str
    value: str = ""
    n: int | None = None
    total: int | None = None
    suggestion: str | None = None
    p_value: float | None = None
