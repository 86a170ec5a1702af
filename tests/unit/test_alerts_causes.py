"""One alert for one root cause: which drifts belong together, and which one leads."""

from __future__ import annotations

from datetime import date

from icp_monitor.alerts.causes import root_causes
from icp_monitor.drift.verdict import (
    Context,
    Decision,
    Effect,
    Estimate,
    Evidence,
    Family,
    Finding,
    Severity,
    Unit,
    Verdict,
)
from icp_monitor.periods import Window

CONTEXT = Context(
    run_id="r-1",
    as_of=date(2026, 10, 5),
    run_set="live",
    knowledge="as-was",
    icp_version=7,
    baseline_id="b-7",
    baseline=Window(date(2025, 4, 1), date(2026, 4, 1)),
    horizon_days=120,
    level=0.9,
    family=Family(30, fdr=0.1),
)
KINDS = {
    "win_rate": "outcome",
    "tier_order": "score",
    "tier_mix": "score",
    "segment_mix": "mix",
    "attribute_mix": "mix",
}


def drift(
    metric: str,
    segment: str,
    value: float,
    n: int = 100,
    *,
    severity: Severity = "watch",
    attribute: str | None = None,
    verdict: Decision = "drift",
) -> Verdict:
    """A verdict on one unit whose deciding change is ``value`` over ``n`` deals."""
    kind = KINDS.get(metric, "economics")
    finding = Finding(
        unit=Unit(kind, metric, segment, attribute=attribute),  # type: ignore[arg-type]
        window=Window(date(2026, 4, 1), date(2026, 7, 1)),
        baseline=Estimate(0.3, 0.28, 0.32, 4 * n),
        current=Estimate(0.3 + value, 0.2, 0.4, n, 1.0),
        effect=Effect(value, value - 0.05, value + 0.05, "points", 0.05),
        evidence=Evidence("a test", 0.001, 0.01),
        verdict=verdict,
        severity=severity,
        direction=None if metric.endswith("_mix") or metric == "attribute_power" else "up" if value > 0 else "down",
    )
    return Verdict(CONTEXT, finding)


def places(verdicts: list[Verdict]) -> list[tuple[str, str, int]]:
    """Metric, leading segment and number of echoes of each cause."""
    return [(cause.metric, cause.lead.finding.unit.segment, len(cause.also)) for cause in root_causes(verdicts)]


def test_a_segment_leads_the_company_that_only_echoes_it() -> None:
    found = places([drift("win_rate", "company", -0.06, 400, severity="critical"), drift("win_rate", "fintech", -0.20)])
    assert found == [("win_rate", "fintech", 1)]


def test_the_company_leads_where_its_one_drifting_segment_is_too_small_to_explain_it() -> None:
    found = places([drift("win_rate", "company", -0.10, 1_000), drift("win_rate", "fintech", -0.20, 50)])
    assert found == [("win_rate", "company", 1)]


def test_the_company_leads_and_several_segments_are_listed() -> None:
    verdicts = [
        drift("win_rate", "fintech", -0.20),
        drift("win_rate", "health", -0.25),
        drift("win_rate", "company", -0.11, 200),
    ]
    (cause,) = root_causes(verdicts)
    assert cause.lead.finding.unit.segment == "company"
    assert {item.finding.unit.segment for item in cause.also} == {"fintech", "health"}


def test_without_a_drift_of_the_company_the_segment_that_moved_most_leads() -> None:
    assert places([drift("win_rate", "a", -0.1), drift("win_rate", "b", -0.3)]) == [("win_rate", "b", 1)]


def test_different_metrics_of_one_segment_are_different_causes() -> None:
    verdicts = [drift("win_rate", "fintech", -0.2), drift("acv", "fintech", -0.3), drift("cycle", "fintech", 0.4)]
    assert sorted(places(verdicts)) == [("acv", "fintech", 0), ("cycle", "fintech", 0), ("win_rate", "fintech", 0)]


def test_opposite_directions_are_different_causes() -> None:
    assert len(root_causes([drift("win_rate", "a", -0.2), drift("win_rate", "b", 0.2)])) == 2


def test_all_shifts_in_who_the_opportunities_are_with_are_one_cause() -> None:
    verdicts = [
        drift("segment_mix", "company", 0.12),
        drift("tier_mix", "company", 0.2),
        drift("attribute_mix", "company", 0.15, attribute="industry"),
        drift("attribute_mix", "company", 0.14, attribute="country"),
    ]
    (cause,) = root_causes(verdicts)
    assert cause.metric == "mix"
    assert cause.lead.finding.unit.metric == "tier_mix"
    assert len(cause.also) == 3


def test_the_tiers_closing_up_is_an_echo_of_the_companys_falling_win_rate() -> None:
    found = places([drift("win_rate", "company", -0.1, 400), drift("tier_order", "company", -0.3, 400)])
    assert found == [("win_rate", "company", 1)]


def test_the_tiers_closing_up_is_a_cause_of_its_own_while_no_win_rate_falls() -> None:
    assert ("tier_order", "company", 0) in places(
        [drift("win_rate", "company", 0.1), drift("tier_order", "company", -0.1)]
    )


def test_the_tiers_closing_up_echoes_a_segment_that_wins_less() -> None:
    found = places([drift("win_rate", "fintech", -0.1), drift("tier_order", "company", -0.1)])
    assert found == [("win_rate", "fintech", 1)]


def test_a_score_that_says_less_echoes_a_segment_that_wins_less_and_is_a_cause_where_none_does() -> None:
    weaker = drift("score_power", "company", -0.1)
    assert places([drift("win_rate", "fintech", -0.1), weaker]) == [("win_rate", "fintech", 1)]
    assert ("score_power", "company", 0) in places([drift("win_rate", "fintech", 0.1), weaker])
    within = places([drift("win_rate", "fintech", -0.1), drift("score_power", "health", -0.1)])
    assert ("score_power", "health", 0) in within


def test_an_echo_never_leads_however_large_it_is() -> None:
    found = places([drift("win_rate", "fintech", -0.1), drift("score_power", "company", -0.4)])
    assert found == [("win_rate", "fintech", 1)]


def test_an_attribute_that_separates_otherwise_echoes_a_win_rate_that_moved_in_one_place() -> None:
    other = drift("attribute_power", "company", 0.1, attribute="industry")
    for change in (-0.1, 0.1):
        assert places([drift("win_rate", "fintech", change), other]) == [("win_rate", "fintech", 1)]
    assert places([other]) == [("attribute_power", "company", 0)]


def test_only_drifts_are_causes() -> None:
    others: list[Decision] = ["stable", "insufficient_evidence", "data_problem"]
    assert root_causes([drift("win_rate", "fintech", -0.2, verdict=verdict) for verdict in others]) == ()


def test_every_drift_is_in_exactly_one_cause() -> None:
    verdicts = [
        drift(metric, segment, value)
        for metric in ("win_rate", "acv", "tier_mix", "tier_order")
        for segment, value in (("company", -0.1), ("fintech", -0.2), ("health", 0.2))
    ]
    grouped = [item for cause in root_causes(verdicts) for item in (cause.lead, *cause.also)]
    assert sorted(map(id, grouped)) == sorted(map(id, verdicts))


def test_critical_causes_come_first_and_then_the_larger_ones() -> None:
    verdicts = [drift("win_rate", "a", -0.3), drift("acv", "b", -0.1, severity="critical"), drift("cycle", "c", 0.4)]
    assert [cause.metric for cause in root_causes(verdicts)] == ["acv", "cycle", "win_rate"]


def test_a_cause_is_critical_when_an_echo_is() -> None:
    company = drift("win_rate", "company", -0.06, 400, severity="critical")
    (cause,) = root_causes([company, drift("win_rate", "fintech", -0.2)])
    assert cause.severity == "critical"


def test_the_key_of_a_cause_does_not_change_when_sizes_shift_within_it() -> None:
    keys = {
        root_causes([drift("attribute_mix", "company", size, attribute="a"), drift("tier_mix", "company", 0.2)])[0].key
        for size in (0.1, 0.3)
    } | {root_causes([drift("win_rate", "a", size), drift("win_rate", "b", -0.2)])[0].key for size in (-0.1, -0.3)}
    assert keys == {"mix:any:company", "win_rate:down:company"}


def test_a_segments_own_drift_keeps_its_key_with_or_without_the_companys_echo() -> None:
    fintech = drift("win_rate", "fintech", -0.2)
    (alone,), (echoed,) = root_causes([fintech]), root_causes([fintech, drift("win_rate", "company", -0.06, 400)])
    assert alone.key == echoed.key == "win_rate:down:fintech"
