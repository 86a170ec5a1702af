"""What is said of a verdict holds for its numbers, whatever they are."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from icp_monitor.alerts import wording
from icp_monitor.alerts.causes import root_causes
from icp_monitor.alerts.messages import Style, digest, drift_alert, recovery
from icp_monitor.config.monitoring import Alerting
from icp_monitor.delivery.payload import texts
from icp_monitor.drift.verdict import (
    Context,
    Decomposition,
    Effect,
    Estimate,
    Evidence,
    Family,
    Finding,
    Needs,
    Unit,
    Verdict,
)
from icp_monitor.periods import Window

steady = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
METRICS = (
    *("win_rate", "acv", "cycle", "tier_order", "score_power", "attribute_power", "retention", "ltv", "cac"),
    *("segment_mix", "tier_mix", "attribute_mix"),
)
STYLE = Style(wording.Names({"fintech-mm": "Mid-market fintech"}), Alerting(), "marketing")
CERTAINTY = re.compile(r"passed its limit|stands out|expected to be false|whole range lies beyond")
ALL_IS_WELL = re.compile(r"stable|no drift|no change|back within|recovered|still valid|holds\b", re.IGNORECASE)

sizes = st.floats(-20, 20) | st.floats(-0.01, 0.01)
values = st.none() | sizes | st.sampled_from([math.nan, math.inf])
shares = st.floats(0, 1)
windows = st.builds(
    lambda start, days: Window(start, start + timedelta(days=days)),
    st.dates(date(2015, 1, 1), date(2035, 1, 1)),
    st.integers(1, 800),
)
estimates = st.builds(
    Estimate, value=values, low=values, high=values, n=st.integers(0, 10**7), maturity=st.none() | shares
)
units = st.sampled_from(["points", "relative"])
materials = st.floats(0.001, 2)
measured = st.builds(
    lambda ends, unit, material: Effect(ends[1], ends[0], ends[2], unit, material),
    st.lists(sizes, min_size=3, max_size=3).map(sorted),
    units,
    materials,
)
effects = measured | st.builds(Effect, value=values, low=values, high=values, unit=units, material=materials)
needs = st.none() | st.builds(
    Needs,
    opportunities=st.none() | st.integers(1, 10**6),
    weeks=st.none() | st.integers(1, 10**4),
    judged_on=st.none() | st.dates(date(2015, 1, 1), date(2035, 1, 1)),
)
findings = st.builds(
    Finding,
    unit=st.builds(
        Unit,
        kind=st.sampled_from(["mix", "outcome", "economics", "score"]),
        metric=st.sampled_from(METRICS),
        segment=st.sampled_from(["company", "other", "fintech-mm", "health-mm"]),
        attribute=st.sampled_from([None, "industry"]),
    ),
    window=windows,
    baseline=estimates,
    current=estimates,
    effect=effects,
    evidence=st.builds(
        Evidence,
        method=st.just("a test"),
        p_value=st.none() | shares,
        q_value=st.none() | shares,
        e_value=st.none() | st.floats(0, 1e6),
    ),
    verdict=st.sampled_from(["drift", "drift", "stable", "insufficient_evidence", "data_problem"]),
    severity=st.sampled_from(["watch", "critical"]),
    direction=st.sampled_from(["up", "down", None]),
    needs=needs,
    decided_by=st.none() | effects,
    decomposition=st.none() | st.builds(Decomposition, share=sizes, timing=sizes, mix=sizes),
    because=st.sampled_from([(), ("too few deals",)]),
    not_because=st.sampled_from([(), ("timing: as before",)]),
    currency=st.sampled_from([None, "USD"]),
)
contexts = st.builds(
    Context,
    run_id=st.just("r-1"),
    as_of=st.dates(date(2015, 1, 1), date(2035, 1, 1)),
    run_set=st.just("live"),
    knowledge=st.just("as-was"),
    icp_version=st.integers(1, 99),
    baseline_id=st.just("b-1"),
    baseline=windows,
    horizon_days=st.integers(1, 900),
    level=st.sampled_from([0.8, 0.9, 0.95]),
    family=st.builds(Family, st.integers(1, 500), fdr=st.floats(0.01, 0.4))
    | st.builds(Family, st.integers(1, 500), alarm_budget_per_year=st.floats(0.01, 12)),
)
verdicts = st.builds(Verdict, contexts, findings)


def told(verdict: Verdict) -> str:
    """Everything that any message says about the verdict."""
    messages = [digest([verdict], verdict.context.as_of, STYLE, 0), recovery(verdict, "a-1", "#icp", STYLE)]
    messages += [drift_alert(cause, "a-1", STYLE) for cause in root_causes([verdict])]
    shown = [text for message in messages for block in message.blocks for text in texts(dict(block))]
    return "\n".join([*shown, *(message.text for message in messages), wording.headline(verdict.finding, STYLE.names)])


@steady
@given(verdicts)
def test_nothing_sounds_certain_unless_a_drift_was_found_within_what_its_family_allows(verdict: Verdict) -> None:
    evidence, family = verdict.finding.evidence, verdict.context.family
    q, p, fdr = evidence.q_value, evidence.p_value, family.fdr
    found = evidence.e_value is not None if fdr is None else q is not None and p is not None and q <= fdr
    if verdict.finding.verdict == "drift" and found:
        assert CERTAINTY.search(told(verdict))
    else:
        assert not CERTAINTY.search(told(verdict))


@steady
@given(verdicts, measured)
def test_the_whole_range_is_called_material_only_where_both_ends_are(verdict: Verdict, effect: Effect) -> None:
    evidence = Evidence("a test", p_value=0.0, q_value=0.0, e_value=1e6)
    finding = replace(verdict.finding, verdict="drift", decided_by=effect, evidence=evidence)
    said = any("whole range" in line for line in wording.reasons_to_believe(replace(verdict, finding=finding)))
    assert effect.low is not None
    assert effect.high is not None
    assert said == (effect.low > effect.material or effect.high < -effect.material)


@steady
@given(verdicts)
def test_every_deal_is_called_watched_only_at_full_maturity(verdict: Verdict) -> None:
    if "every deal was watched" in told(verdict):
        assert verdict.finding.current.maturity == 1
    if "100 % watched" in told(verdict):
        assert verdict.finding.current.maturity == 1


@steady
@given(verdicts)
def test_arrow_sign_and_headline_go_the_way_of_the_number_that_decides(verdict: Verdict) -> None:
    finding = verdict.finding
    value = wording.deciding(finding).value
    movement, headline = wording.movement(verdict), wording.headline(finding, STYLE.names)
    goes_up = re.search(r"▲|\bmore (deals )?than|larger|longer", f"{movement} {headline}")
    goes_down = re.search(r"▼|fewer|smaller|faster|by less", f"{movement} {headline}")
    assert not (goes_up and goes_down)
    if goes_up:
        assert value is not None
        assert value > 0
        assert "▲ +" in movement
    if goes_down:
        assert value is not None
        assert value < 0
        assert "▼ −" in movement


@steady
@given(verdicts)
def test_what_is_unknown_is_a_dash_or_left_out(verdict: Verdict) -> None:
    assert not re.search(r"\b(nan|inf|None|null)\b", told(verdict))


@steady
@given(sizes, findings)
def test_a_printed_value_is_the_value_to_the_precision_of_print(value: float, finding: Finding) -> None:
    text = wording.shown(value, finding)
    number = float(re.sub(r"[^\d.e+\-−]", "", text.replace("USD", "")).replace("−", "-"))
    if text.endswith(("%", "points")):
        assert number == pytest.approx(value * 100, abs=0.0500001)
    elif finding.unit.metric in ("acv", "cycle", "ltv", "cac"):
        assert number == pytest.approx(value, abs=0.5000001)
    else:
        assert number == pytest.approx(value, rel=0.001)


@steady
@given(measured, st.sampled_from([0.8, 0.9, 0.95]))
def test_a_printed_change_and_its_range_are_the_numbers_to_the_precision_of_print(effect: Effect, level: float) -> None:
    text = wording.change(effect, level)
    printed = [float(match.replace("−", "-")) for match in re.findall(r"[+−]?\d+\.\d", text)]
    numbers = [100 * number for number in (effect.value, effect.low, effect.high) if number is not None]
    assert printed == pytest.approx(numbers, abs=0.0500001)
    assert f"{level:.0%}".replace("%", " %") in text


@steady
@given(verdicts)
def test_insufficient_evidence_and_data_problems_never_read_as_good_news(verdict: Verdict) -> None:
    assume(verdict.finding.verdict in ("insufficient_evidence", "data_problem"))
    assert not ALL_IS_WELL.search(told(verdict))
    assert wording.VERDICTS[verdict.finding.verdict] in told(verdict)


@steady
@given(verdicts)
def test_what_is_no_drift_is_called_by_its_verdict_and_not_by_a_change(verdict: Verdict) -> None:
    assume(verdict.finding.verdict != "drift")
    headline = wording.headline(verdict.finding, STYLE.names)
    assert headline.endswith(wording.VERDICTS[verdict.finding.verdict])
    assert not re.search(r"promised|validated on|validated ones", headline)


@steady
@given(verdicts)
def test_only_a_stable_unit_has_recovered(verdict: Verdict) -> None:
    message = recovery(verdict, "a-1", "#icp", STYLE)
    assert ("Recovered" in message.text) == (verdict.finding.verdict == "stable")


@steady
@given(verdicts)
def test_an_alert_ends_with_a_question_and_with_where_it_comes_from(verdict: Verdict) -> None:
    assume(verdict.finding.verdict == "drift")
    (cause,) = root_causes([verdict])
    message = drift_alert(cause, "a-1", STYLE)
    *_, decide, provenance = (" ".join(texts(dict(block))) for block in message.blocks)
    assert decide.startswith("Decide: ")
    assert "?" in decide
    assert f"ICP v{verdict.context.icp_version}" in provenance
    assert "r-1" in provenance


@steady
@given(needs)
def test_what_is_needed_is_said_with_its_number_or_its_day(item: Needs | None) -> None:
    text = wording.needs(item)
    if item is None:
        assert text == ""
    elif item.judged_on is not None:
        assert str(item.judged_on.year) in text
    elif item.opportunities is not None:
        assert f"{item.opportunities:,} more deal" in text
    else:
        assert "more deals" in text
