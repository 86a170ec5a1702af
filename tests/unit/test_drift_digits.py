"""What is kept doesn't depend on the order in which a library added up."""

from __future__ import annotations

import math
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.drift.digits import settled
from icp_monitor.drift.verdict import Decomposition, Effect, Estimate, Evidence, Finding, Unit
from icp_monitor.periods import Window

numbers = st.floats(-1e6, 1e6)


@given(st.lists(numbers, min_size=2, max_size=20))
def test_any_order_of_adding_up_is_kept_as_one_number(parts: list[float]) -> None:
    total = math.fsum(parts)
    if abs(total) < 1e-3 * sum(map(abs, parts)) or not total:
        return  # of parts that cancel out few digits mean anything
    sums = {settled(sum(order)) for order in (parts, parts[::-1], sorted(parts))}
    assert max(sums) - min(sums) <= 1e-8 * abs(total)


@given(share=st.floats(-1, 1), timing=st.floats(-1, 1), mix=st.floats(-1, 1))
def test_the_parts_of_a_change_still_sum_to_it(share: float, timing: float, mix: float) -> None:
    finding = Finding(
        unit=Unit("outcome", "win_rate", "company"),
        window=Window(date(2026, 1, 1), date(2026, 4, 1)),
        baseline=Estimate(0.1 + 0.2, None, None, 100),
        current=Estimate(None, None, None, 0),
        effect=Effect(share + timing + mix, None, None, "points", 0.05),
        evidence=Evidence("a test", None),
        decomposition=Decomposition(share, timing, mix),
    )
    kept = settled(finding)
    assert kept.decomposition is not None
    assert kept.effect.value is not None
    total = kept.decomposition.share + kept.decomposition.timing + kept.decomposition.mix
    assert abs(total - kept.effect.value) <= 1e-8
    assert (kept.baseline.value, kept.unit, kept.window) == (0.3, finding.unit, finding.window)
    assert settled(kept) == kept
