"""The whole benchmark in one run: thresholds on some seeds, figures on others."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from benchmarks.detection import peer
from benchmarks.detection.measures import Rate, Share, false_alarms, first_alarms, found, total
from benchmarks.detection.oracles import ORACLES, OracleRates
from benchmarks.detection.results import BUDGETS, FalseAlarms, Results, RivalRates, Size
from benchmarks.detection.rolling import common_threshold, rolling_z
from benchmarks.detection.runs import Paths, histories, paths_of, streams_of_all
from benchmarks.detection.scenarios import CHANGES, COMPANY, SHAMS, Sham
from benchmarks.detection.world import LOOKS, Company, Floats
from icp_monitor.drift.sequential.calibration import replayed_alarms, thresholds_within
from icp_monitor.drift.sequential.channels import Streams
from icp_monitor.drift.sequential.histories import History
from icp_monitor.drift.sequential.replays import Replays
from icp_monitor.drift.sequential.thresholds import WEEKS_A_YEAR

SEED_BASELINES, SEED_ROLLING, SEED_NULL, SEED_CHANGES, SEED_SHAMS = 11, 12, 101, 102, 103
SEEN_BY_ROLLING = ("sudden", "gradual", "amounts", "cycle")
SEEN_BY_RDDM = ("sudden", "gradual")
Thresholds = dict[float, dict[str, float]]


def study(size: Size) -> Results:
    """Run everything; says on the terminal how far it is."""
    clock = _Clock()
    own = _thresholds(COMPANY, size.replays, size.baselines)
    clock.say("thresholds from replays")
    sequences = {key: peer.Sequences() for key in ("null", *SEEN_BY_RDDM)}
    null_streams = streams_of_all(_noted(COMPANY, size.null, SEED_NULL, size.rddm, sequences["null"]))
    null = paths_of(null_streams)
    clock.say("no change")
    changed: dict[str, Streams] = {}
    found_changes = {}
    for key, change in CHANGES.items():
        runs = _noted(change.company, size.change, SEED_CHANGES, size.rddm, sequences.get(key))
        changed[key] = streams_of_all(runs)
        paths = paths_of(changed[key])
        found_changes[key] = {budget: found(paths, own[budget], change) for budget in BUDGETS}
        clock.say(change.title)
    shams = {}
    for key, sham in SHAMS.items():
        shams[key] = _sham(sham, own, size)
        clock.say(sham.title)
    oracles = _oracles(changed, size.replays)
    rolling = _rolling(null_streams, changed, size.rolling)
    clock.say("oracles and rolling z")
    return Results(
        size=size,
        thresholds=own,
        null={budget: _both(null, own[budget]) for budget in BUDGETS},
        null_without={
            key: {budget: total(false_alarms(null, own[budget]), sham.changed) for budget in BUDGETS}
            for key, sham in SHAMS.items()
        },
        channels=false_alarms(null, own[0.7]),
        changes=found_changes,
        shams=shams,
        oracles=oracles,
        rolling=rolling,
        rddm=tuple(_rddm(sequences, level) for level in peer.LEVELS),
        cpu_seconds=clock.seconds,
    )


class _Clock:
    def __init__(self) -> None:
        self._began = time.process_time()

    @property
    def seconds(self) -> float:
        return time.process_time() - self._began

    def say(self, done: str) -> None:
        print(f"{self.seconds:6.0f} CPU s  {done}", flush=True)


def _thresholds(company: Company, replays: int, baselines: int) -> Thresholds:
    """Each channel's threshold by budget, from replays of baselines on which no figure is reported."""
    counts: dict[str, Floats] = {}
    for number, history in enumerate(histories(company, baselines, SEED_BASELINES)):
        for name, alarms in replayed_alarms(history, replays, number).items():
            counts[name] = counts.get(name, np.zeros_like(alarms)) + alarms
    return {budget: thresholds_within(budget, counts, replays * baselines) for budget in BUDGETS}


def _noted(company: Company, runs: int, seed: int, first: int, sequences: peer.Sequences | None) -> Iterator[History]:
    """Histories, of which the first ones' outcomes are noted for RDDM on the way."""
    for run, history in enumerate(histories(company, runs, seed)):
        if sequences is not None and run < first:
            sequences.note(history)
        yield history


def _both(paths: Paths, thresholds: dict[str, float]) -> FalseAlarms:
    return FalseAlarms(
        episodes=total(false_alarms(paths, thresholds)),
        recrossings=total(false_alarms(paths, thresholds, recrossings=True)),
    )


def _sham(sham: Sham, thresholds: Thresholds, size: Size) -> dict[float, Rate]:
    if sham.own_baseline:
        thresholds = _thresholds(sham.company, size.replays, 1)
    paths = paths_of(streams_of_all(histories(sham.company, size.sham, SEED_SHAMS)))
    return {budget: total(false_alarms(paths, thresholds[budget]), sham.changed) for budget in BUDGETS}


def _oracles(changed: dict[str, Streams], replays: int) -> dict[str, dict[float, OracleRates]]:
    history = next(histories(COMPANY, 1, SEED_BASELINES))
    replayed = Replays(np.random.default_rng(SEED_BASELINES), LOOKS, replays).streams(history)
    rates = {}
    for key, oracle in ORACLES.items():
        counts = oracle.counts(replayed)
        weeks = CHANGES[key].weeks
        rates[key] = {b: oracle.rates(changed[key], counts, replays, weeks, b) for b in BUDGETS}
    return rates


def _rolling(null: Streams, changed: dict[str, Streams], runs: int) -> tuple[RivalRates, ...]:
    """The rolling z-test, its one threshold set on further runs."""
    quiet = rolling_z(streams_of_all(histories(COMPANY, runs, SEED_ROLLING)))
    at_rest = rolling_z(null)
    paths = {key: rolling_z(changed[key])[CHANGES[key].channel][..., CHANGES[key].unit] for key in SEEN_BY_ROLLING}
    rates = []
    for budget in BUDGETS:
        threshold = common_threshold(quiet, budget)
        everywhere = dict.fromkeys(at_rest, threshold)
        alarms = total(false_alarms(Paths(at_rest, {}), everywhere))
        delays = {key: first_alarms(path, threshold) for key, path in paths.items()}
        rates.append(_rival(budget, alarms, delays))
    return tuple(rates)


def _rddm(sequences: dict[str, peer.Sequences], level: float) -> RivalRates:
    segments = len(COMPANY.segments)
    quiet = sequences["null"].alarms(level)
    alarms = Rate(peer.false_alarms(quiet), len(quiet) / segments * LOOKS / WEEKS_A_YEAR)
    delays = {key: peer.delays(sequences[key].alarms(level), segments) for key in SEEN_BY_RDDM}
    return _rival(level, alarms, delays)


def _rival(setting: float, alarms: Rate, delays: dict[str, np.ndarray]) -> RivalRates:
    return RivalRates(
        setting=setting,
        false_alarms=alarms,
        found={key: Share(int((weeks < CHANGES[key].weeks).sum()), len(weeks)) for key, weeks in delays.items()},
        delay={key: float(np.median(weeks + 1)) for key, weeks in delays.items()},
    )
