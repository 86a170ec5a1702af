"""Were the stages of the sales process redefined? Then cycle and outcomes changed their meaning, not the market."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from icp_monitor.checks.data import Data, Row
from icp_monitor.checks.jumps import Jump, jump
from icp_monitor.checks.moves import CLOSED, moves
from icp_monitor.checks.result import CheckResult
from icp_monitor.checks.stays import relative_jump
from icp_monitor.checks.weeks import DAYS

MARKER_DAYS = 14  # how far a registered process change may lie from the jump that it explains


@dataclass(frozen=True)
class Moves:
    """Weekly counts of moves between open stages, by origin and target; ``stays`` by origin, week and doublings."""

    weeks: int
    targets: Mapping[str, Mapping[str, Sequence[int]]]
    stays: Mapping[str, Sequence[Mapping[int, int]]]

    def totals(self, origin: str) -> list[int]:
        """Moves from an origin in each week."""
        return [sum(week) for week in zip(*self.targets[origin].values(), strict=True)]

    def is_new(self, stage: str, at: int) -> bool:
        """Whether nobody entered a stage before week ``at``; the change may have come within the week before."""
        return not sum(self._entries(stage)[: max(at - 1, 0)])

    def is_gone(self, stage: str, at: int) -> bool:
        """Whether nobody has entered a stage since week ``at``, in which the change may have come."""
        return not sum(self._entries(stage)[at + 1 :])

    def _entries(self, stage: str) -> list[int]:
        of_each = [targets[stage] for targets in self.targets.values() if stage in targets]
        return [sum(week) for week in zip(*of_each, strict=True)]


def check(data: Data) -> Iterator[CheckResult]:
    """Where deals go from each stage, and how long they stay in it, week by week since the baseline began."""
    if "stage_events" not in data.tables:
        return
    weeks = (data.asof.observed_until - data.spans.baseline.start).days // DAYS
    found = moves_of(data.read(moves(data)), weeks)
    first = data.spans.baseline.days // DAYS
    for origin in sorted(found.targets):
        result = path_result(found, origin, first, data)
        if result is not None:
            yield result
    for origin in sorted(found.stays):
        result = stay_result(found, origin, first, data)
        if result is not None:
            yield result


def moves_of(rows: Sequence[Row], weeks: int) -> Moves:
    """The weekly counts; a move that closes a deal tells of the market and is left out of the targets."""
    targets: dict[str, dict[str, list[int]]] = defaultdict(dict)
    stays: dict[str, list[dict[int, int]]] = {}
    for row in rows:
        if not 0 <= row["ago"] < weeks:
            continue
        week = weeks - 1 - row["ago"]
        if row["target"] != CLOSED:
            targets[row["origin"]].setdefault(row["target"], [0] * weeks)[week] += row["n"]
        if row["stay"] is not None:
            by_week = stays.setdefault(row["origin"], [defaultdict(int) for _ in range(weeks)])
            by_week[week][row["stay"]] += row["n"]
    return Moves(weeks, targets, stays)


def path_result(found: Moves, origin: str, first: int, data: Data) -> CheckResult | None:
    """The next stage whose share of the moves from ``origin`` jumped most; of two, one that is new or has vanished."""
    totals, targets = found.totals(origin), found.targets[origin]
    tried = {name: jumped for name in sorted(targets) if (jumped := jump(targets[name], totals, first))}
    if not tried:
        return None
    most = max(abs(jumped.change) for jumped in tried.values())
    new, gone = ({name for name in tried if is_it(name, tried[name].at)} for is_it in (found.is_new, found.is_gone))
    near = [name for name in tried if abs(tried[name].change) >= most / 2]
    name = min(near, key=lambda name: (name not in new, name not in gone, -abs(tried[name].change)))
    jumped = tried[name]
    what = " (a new stage)" if name in new else " (a stage that has vanished)" if name in gone else ""
    message = (
        f"since {_day(data, found, jumped)} {jumped.after:.0%} of the deals that leave {origin} go to {name}{what}, "
        f"before it were {jumped.before:.0%}"
    )
    large = abs(jumped.change) >= data.gate.max_stage_shift
    p_value = min(jumped.p_value * len(targets), 1.0)
    cure = _path_cure(sorted(new), sorted(gone))
    return _result(data, found, jumped, f"{origin} to {name}", message, large, p_value, cure)


def stay_result(found: Moves, origin: str, first: int, data: Data) -> CheckResult | None:
    """How much longer or shorter deals stay in a stage, beyond what they do in all the others."""
    others = [weeks for name, weeks in found.stays.items() if name != origin]
    jumped = relative_jump(found.stays[origin], others, first)
    if jumped is None:
        return None
    factor = 2.0**jumped.change
    large = max(factor, 1 / factor) >= data.gate.max_stay_factor
    message = (
        f"since {_day(data, found, jumped)} deals stay in {origin} {factor:.2g} times as long as before, "
        "compared with the other stages"
    )
    return _result(data, found, jumped, f"stay in {origin}", message, large, jumped.p_value, None)


def _result(
    data: Data, found: Moves, jumped: Jump, value: str, message: str, large: bool, p_value: float, cure: str | None
) -> CheckResult:
    on = _day(data, found, jumped)
    result = CheckResult(
        check="stages",
        table_name="stage_events",
        field="stage",
        status="ok",
        message=message,
        value=value,
        p_value=p_value,
    )
    if not large:
        return result
    entry = cure or "removed: [...]"
    return replace(
        result,
        status="failed",
        message=f"{message}: the stages were redefined{_marker(data, on)}",
        suggestion=f"data_gate: {{stage_changes: [{{on: {on}, {entry}}}]}}, or approve a version validated since then",
    )


def _day(data: Data, found: Moves, jumped: Jump) -> date:
    return data.asof.observed_until - timedelta(weeks=found.weeks - jumped.at)


def _path_cure(new: Sequence[str], gone: Sequence[str]) -> str | None:
    """A rename, where one stage comes as another goes."""
    if new and gone:
        return f"renamed: {{{new[0]}: {gone[0]}}}"
    return f"added: [{', '.join(new)}]" if new else f"removed: [{', '.join(gone)}]" if gone else None


def _marker(data: Data, on: date) -> str:
    near = [
        event.label for event in data.events if event.kind == "process" and abs((event.on - on).days) <= MARKER_DAYS
    ]
    return f"; a process change is registered for that time: {near[0]}" if near else ""
