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
    """The next stage whose share of the moves from ``origin`` jumped most."""
    totals, targets = found.totals(origin), found.targets[origin]
    tried = [(name, jumped) for name in sorted(targets) if (jumped := jump(targets[name], totals, first))]
    if not tried:
        return None
    name, jumped = min(tried, key=lambda item: (item[1].p_value, -abs(item[1].change)))
    p_value = min(jumped.p_value * len(targets), 1.0)
    large = abs(jumped.change) >= data.gate.max_stage_shift
    message = (
        f"since {_day(data, found, jumped)} {jumped.after:.0%} of the deals that leave {origin} go to {name}, "
        f"before it were {jumped.before:.0%}{_what(targets[name], jumped)}"
    )
    return _result(
        data, found, jumped, f"{origin} to {name}", message, large, p_value, _path_cure(name, targets, jumped)
    )


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


def _what(counts: Sequence[int], jumped: Jump) -> str:
    if not sum(counts[: jumped.at]):
        return " (a new stage)"
    return "" if sum(counts[jumped.at :]) else " (a stage that has vanished)"


def _path_cure(name: str, targets: Mapping[str, Sequence[int]], jumped: Jump) -> str | None:
    """A rename, where one stage comes as another goes."""
    new = [item for item in sorted(targets) if not sum(targets[item][: jumped.at])]
    gone = [item for item in sorted(targets) if not sum(targets[item][jumped.at :])]
    if len(new) == 1 and len(gone) == 1:
        return f"renamed: {{{new[0]}: {gone[0]}}}"
    if name in new:
        return f"added: [{name}]"
    return f"removed: [{name}]" if name in gone else None


def _marker(data: Data, on: date) -> str:
    near = [
        event.label for event in data.events if event.kind == "process" and abs((event.on - on).days) <= MARKER_DAYS
    ]
    return f"; a process change is registered for that time: {near[0]}" if near else ""
