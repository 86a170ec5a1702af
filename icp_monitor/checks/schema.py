"""Can the sources still be read as they are mapped?"""

from __future__ import annotations

from collections.abc import Iterator

from icp_monitor.checks.data import Data
from icp_monitor.checks.result import CheckResult

LONGEST_REASON = 600


def check(data: Data) -> Iterator[CheckResult]:
    """The refusal of the last pull: a file or a mapped column that has gone, or an extract cut short.

    What was stored before stands, so that nothing fails on it: its verdicts are stale, not wrong.
    """
    if data.refusal is None:
        return
    yield CheckResult(
        check="schema",
        table_name="sources",
        field="*",
        status="note",
        message=f"the data are stale since {data.refusal.since}: the sources can't be pulled. "
        f"{data.refusal.reason[:LONGEST_REASON]}",
        value=data.refusal.since.isoformat(),
        suggestion="mend what the message names, then run icp-monitor pull",
    )
