"""Which verdict the evidence allows, at the edges of each rule, and how it is put into words."""

from __future__ import annotations

from typing import Any

import pytest

from icp_monitor.drift.comparison import Cause, Comparison, Precision, estimate
from icp_monitor.drift.family import survives
from icp_monitor.drift.reasons import because
from icp_monitor.drift.verdict import Unit
from icp_monitor.drift.verdicts import decide, direction_of, severity_of
from icp_monitor.metrics.intervals import Interval

FDR = 0.10
CAUSES = (
    Cause("timing", -0.06),
    Cause("won share", -0.01),
    Cause("tier 1", -0.05, carrier=True),
    Cause("tier 2", -0.02, carrier=True),
    Cause("tier 3", -0.005, carrier=True),
    Cause("tier 4", 0.03, carrier=True),
)


def comparison(value: float, low: float, high: float, **other: Any) -> Comparison:
    nothing = estimate(None, 0)
    change = Interval(value, low, high)
    return Comparison("m", nothing, nothing, "points", 0.05, change, precision=Precision(1e-4, 1e-4), **other)


@pytest.mark.parametrize(
    ("change", "q_value", "expected"),
    [
        ((-0.08, -0.11, -0.05), 0.10, "drift"),
        ((0.08, 0.05, 0.11), 0.10, "drift"),
        ((-0.08, -0.11, -0.05), 0.11, "insufficient_evidence"),
        ((-0.08, -0.11, -0.05), None, "insufficient_evidence"),
        ((-0.08, -0.17, 0.01), 0.01, "insufficient_evidence"),
        ((-0.049, -0.06, -0.03), 0.001, "insufficient_evidence"),
        ((-0.03, -0.049, -0.01), 0.001, "stable"),
        ((0.00, -0.049, 0.049), 0.9, "stable"),
        ((0.00, -0.049, 0.05), 0.9, "insufficient_evidence"),
    ],
)
def test_a_drift_is_credible_material_and_survives_the_family(
    change: tuple[float, float, float], q_value: float | None, expected: str
) -> None:
    assert decide(comparison(*change), found=survives(q_value, FDR)) == expected


def test_a_one_sided_unit_drifts_downwards_only() -> None:
    assert decide(comparison(0.20, 0.10, 0.30, one_sided=True), found=survives(0.001, FDR)) == "stable"
    assert decide(comparison(-0.20, -0.30, -0.10, one_sided=True), found=survives(0.001, FDR)) == "drift"
    assert decide(comparison(0.02, -0.06, 0.10, one_sided=True), found=survives(0.9, FDR)) == "insufficient_evidence"


def test_the_tested_part_decides_and_not_the_whole() -> None:
    timing_only = comparison(-0.09, -0.11, -0.06, tested=Interval(-0.01, -0.03, 0.01))
    assert decide(timing_only, found=survives(0.001, FDR)) == "stable"


def test_what_could_not_be_measured_is_not_enough_evidence() -> None:
    unknown = Comparison.impossible("m", "points", 0.05, 10, 0)
    assert decide(unknown, found=survives(None, FDR)) == "insufficient_evidence"
    assert because("insufficient_evidence", unknown)[0].startswith("there is nothing to compare")


@pytest.mark.parametrize(
    ("low", "high", "segment", "expected"),
    [
        (-0.11, -0.05, "mid", "critical"),
        (-0.11, -0.04, "mid", "watch"),
        (0.05, 0.11, "mid", "critical"),
        (-0.11, -0.04, "company", "critical"),
    ],
)
def test_a_drift_is_critical_beyond_the_material_effect_or_for_the_company(
    low: float, high: float, segment: str, expected: str
) -> None:
    assert severity_of(Interval((low + high) / 2, low, high), 0.05, segment) == expected


def test_mixes_have_no_direction() -> None:
    change = Interval(0.2, 0.1, 0.3)
    assert direction_of(change, Unit("mix", "segment_mix", "company")) is None
    assert direction_of(change, Unit("score", "tier_mix", "company")) is None
    assert direction_of(change, Unit("outcome", "win_rate", "mid")) == "up"


def test_a_drift_names_what_pulls_its_way_down_to_a_third_of_the_largest() -> None:
    assert because("drift", comparison(-0.08, -0.11, -0.05, causes=CAUSES)) == ("timing", "tier 1", "tier 2")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ((-0.02, -0.04, 0.01), "the change lies between −4.0 points and +1.0 points, inside ±5.0 points"),
        ((-0.02, -0.08, 0.04), "the change lies between −8.0 points and +4.0 points: too wide to tell whether it"),
        ((-0.06, -0.11, -0.01), "the change lies between −11.0 points and −1.0 points, but among so many comparisons"),
    ],
)
def test_the_other_verdicts_say_where_the_change_lies(change: tuple[float, float, float], expected: str) -> None:
    found = comparison(*change, causes=CAUSES)
    reasons = because(decide(found, found=survives(0.5, FDR)), found)
    assert len(reasons) == 1
    assert reasons[0].startswith(expected)
