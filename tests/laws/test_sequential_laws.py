"""Laws of the weekly evidence and of the detector, for any company."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.detection.world import BASELINE, Company
from icp_monitor.catalogue.units import LOG_SCALE
from icp_monitor.drift.sequential import calibrate
from icp_monitor.drift.sequential.bets import ACV, CHANNELS, CYCLE, WIN_RATE, Bet
from icp_monitor.drift.sequential.channels import path_of, streams_of, watched
from icp_monitor.drift.sequential.evidence import Evidence, symmetric
from icp_monitor.drift.sequential.histories import history_of
from icp_monitor.drift.sequential.shiryaev_roberts import segment_paths
from icp_monitor.drift.sequential.starts import Starts
from icp_monitor.drift.weekly import WeeklyTables

SMALL = Company().sized(0.3)
LAWS = settings(max_examples=15)
SEEDS = st.integers(0, 2**20)


@cache
def company(seed: int) -> WeeklyTables:
    return SMALL.history(np.random.default_rng(seed))


def as_of(tables: WeeklyTables, weeks: int) -> WeeklyTables:
    """The tables when only so many weeks were known."""
    quarters, months = tables.fiscal_quarters[:weeks], tables.months[:weeks]
    return replace(tables, weeks=weeks, fiscal_quarters=quarters, months=months)


def random_evidence(seed: int, weeks: int = 30, units: int = 3) -> Evidence:
    rng = np.random.default_rng(seed)
    v = rng.gamma(3, 1, (weeks, units))
    v0 = rng.gamma(60, 1, units)
    return symmetric(rng.normal(0, np.sqrt(v)), v, rng.normal(0, np.sqrt(v0)), v0)


@LAWS
@given(SEEDS, st.permutations(range(3)))
def test_relabelling_the_segments_permutes_the_results(seed: int, order: list[int]) -> None:
    evidence = random_evidence(seed)
    whole, swapped = segment_paths(evidence, WIN_RATE), segment_paths(evidence.units(order), WIN_RATE)
    assert swapped.log_evidence == pytest.approx(whole.log_evidence[:, order])
    assert (swapped.lag == whole.lag[:, order]).all()


@settings(max_examples=4)
@given(st.integers(0, 3), st.permutations("abcdef"))
def test_the_order_of_the_segments_in_the_tables_changes_nothing(seed: int, order: list[str]) -> None:
    tables = company(seed)
    whole = streams_of(history_of(tables))
    swapped = streams_of(history_of(replace(tables, segments=tuple(order))))
    places = ["abcdef".index(segment) for segment in order]
    for metric in ("win_rate", "acv", "cycle", "score"):
        assert swapped[metric][0].u == pytest.approx(whole[metric][0].u[:, places], abs=1e-6)
        assert swapped[metric][0].v == pytest.approx(whole[metric][0].v[:, places], rel=1e-6)


@settings(max_examples=5)
@given(st.integers(0, 3), st.floats(0.01, 1000))
def test_scaling_all_amounts_leaves_the_evidence_on_acv_unchanged(seed: int, factor: float) -> None:
    tables = company(seed)
    shifted = tables.amounts.assign(log_amount=tables.amounts["log_amount"] + round(np.log(factor) * LOG_SCALE))
    before, after = (streams_of(history_of(t))["acv"][0] for t in (tables, replace(tables, amounts=shifted)))
    assert after.u == pytest.approx(before.u, abs=1e-5)
    assert after.v == pytest.approx(before.v, rel=1e-6)


@LAWS
@given(SEEDS)
def test_doubling_all_counts_doubles_the_variance_of_the_mix_and_of_a_known_model(seed: int) -> None:
    evidence = random_evidence(seed)
    twice = Evidence(*(2 * part for part in vars(evidence).values()))
    assert twice.over(2.0).v == pytest.approx(evidence.v)
    assert Starts(twice).sums(5, "ramp").rv == pytest.approx(2 * Starts(evidence).sums(5, "ramp").rv)


@settings(max_examples=4)
@given(st.integers(0, 3))
def test_deals_counted_twice_have_twice_the_variance(seed: int) -> None:
    """The ridge of the baseline's odds weighs half as much then, so twice is twice up to a hundredth or two."""
    tables = company(seed)
    doubled = replace(tables, deals=tables.deals.assign(n=2))
    once, twice = (streams_of(history_of(t))["win_rate"][0] for t in (tables, doubled))
    assert twice.v.sum(0) == pytest.approx(2 * once.v.sum(0), rel=0.03)


@settings(max_examples=5)
@given(st.integers(0, 3), st.integers(BASELINE, BASELINE + 80), st.sampled_from("abcdef"))
def test_one_more_lost_deal_never_lowers_the_evidence_of_a_falling_win_rate_in_its_week(
    seed: int, week: int, segment: str
) -> None:
    tables = company(seed)
    lost = pd.DataFrame(
        [{"segment": segment, "created": week - 9, "resolved": week, "outcome": "lost", "band": 11, "n": 1}]
    )
    more = replace(tables, deals=pd.concat([tables.deals.astype({"segment": str, "outcome": str}), lost]))
    before, after = (streams_of(history_of(t))["win_rate"][0] for t in (tables, more))
    place, look = "abcdef".index(segment), week - BASELINE
    assert after.u[look, place] < before.u[look, place]
    assert after.v[look, place] > before.v[look, place]


@settings(max_examples=5)
@given(st.integers(0, 3), SEEDS)
def test_the_evidence_of_a_table_is_the_sum_of_the_evidence_of_its_parts(seed: int, split: int) -> None:
    """Monitored deals split in two at random: each part's U and V, against the same baseline, add up."""
    tables = company(seed)
    first = tables.deals["resolved"] < BASELINE
    left = np.random.default_rng(split).random(len(tables.deals)) < 0.5
    parts = [
        streams_of(history_of(replace(tables, deals=tables.deals[first | side])))["win_rate"][0]
        for side in (left, ~left)
    ]
    whole = streams_of(history_of(tables))["win_rate"][0]
    assert parts[0].u + parts[1].u == pytest.approx(whole.u, abs=1e-9)
    assert parts[0].v + parts[1].v == pytest.approx(whole.v, abs=1e-9)


@settings(max_examples=4)
@given(st.integers(0, 3), st.integers(1, 90))
def test_a_look_knows_nothing_of_what_comes_later(seed: int, looks: int) -> None:
    """The evidence at a look is that of the tables as they stood, when only its weeks were known."""
    tables = company(seed)
    then = as_of(tables, BASELINE + looks)
    now_streams, then_streams = streams_of(history_of(tables)), streams_of(history_of(then))
    for channel in watched(now_streams):
        now, known = (path_of(channel, streams[channel.metric]) for streams in (now_streams, then_streams))
        assert known.log_evidence == pytest.approx(now.log_evidence[:looks], abs=1e-6), channel.name


@LAWS
@given(SEEDS, st.sampled_from([WIN_RATE, ACV, CYCLE]))
def test_a_stronger_fall_never_lowers_the_evidence_of_a_fall(seed: int, bet: Bet) -> None:
    evidence = random_evidence(seed, units=1)
    falling = replace(evidence, u=-np.abs(evidence.u), u0=np.zeros(1))
    steeper = replace(falling, u=2 * falling.u)
    one_sided = replace(bet, down=1.0, shapes={"step": 1.0})
    before, after = (segment_paths(e, one_sided).log_evidence[-1, 0] for e in (falling, steeper))
    assert after >= before


def test_a_company_without_looks_yet_has_no_evidence_yet() -> None:
    tables = company(0)
    streams = streams_of(history_of(as_of(tables, BASELINE)))
    assert all(len(path_of(channel, streams[channel.metric]).log_evidence) == 0 for channel in watched(streams))
    assert {channel.metric for channel in watched(streams)} == {c.metric for c in CHANNELS} - {
        "attribute_power",
        "retention",
    }


def test_tables_without_any_deal_give_no_evidence_and_no_error() -> None:
    tables = company(0)
    empty = replace(
        tables, **{name: getattr(tables, name)[:0] for name in ("deals", "amounts", "created_values", "accounts")}
    )
    streams = streams_of(history_of(empty))
    thresholds = calibrate(empty, 0.7, replays=5).thresholds
    assert not streams["win_rate"][0].v.any()
    for channel in watched(streams):
        assert path_of(channel, streams[channel.metric]).log_evidence.max() < thresholds[channel.name] < np.inf
