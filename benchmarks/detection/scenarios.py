"""The worlds of the benchmark, with the unit that each change should be found in and what is to be reached."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.detection import happenings as happen
from benchmarks.detection.world import CHANGED, Company

COMPANY = Company()
GRADUAL = happen.win_rate(-0.12, over_weeks=39)
EVERYWHERE = happen.win_rate(-0.05, company_wide=True)
DOWNMARKET = (0.7, 0.7, 0.7, 1.0, 1.07, 1.18)


@dataclass(frozen=True)
class Target:
    """What is to be reached at 0.1 and at 0.7 false alarms a year; None where nothing is asked."""

    found: tuple[float, float]
    named: tuple[float, float] | None = None
    delay: float | None = None
    date_error: float | None = None


@dataclass(frozen=True)
class Change:
    """A company that changes at the onset: the channel and unit that should say so, within ``weeks``."""

    title: str
    company: Company
    channel: str
    unit: int
    weeks: int
    target: Target | None = None


@dataclass(frozen=True)
class Sham:
    """A company in which nothing that the counted channels watch has changed.

    ``changed`` metrics do change and aren't counted; ``own_baseline``: its baseline differs from the plain company's,
    so that its thresholds are its own. ``limits`` bound the false alarms against the plain company's at 0.1 and 0.7 a
    year, or against the budget where there are two pairs of them.
    """

    title: str
    company: Company
    changed: tuple[str, ...] = ()
    own_baseline: bool = False
    against_budget: bool = False
    limits: tuple[float, float] = (1.3, 1.15)


CHANGES = {
    "sudden": Change(
        "sudden −12 points of win rate",
        COMPANY.but(happen.win_rate(-0.12)),
        "win_rate/segment",
        CHANGED,
        26,
        Target((0.88, 0.97), (0.95, 0.87), date_error=2),
    ),
    "gradual": Change(
        "gradual −12 points over 39 weeks",
        COMPANY.but(happen.win_rate(-0.12, over_weeks=39)),
        "win_rate/segment",
        CHANGED,
        52,
        Target((0.90, 0.97), (0.92, 0.65)),
    ),
    "amounts": Change(
        "ACV +25 %",
        COMPANY.but(happen.amounts(1.25)),
        "acv/segment",
        CHANGED,
        26,
        Target((0.96, 0.98), (0.95, 0.85), date_error=1),
    ),
    "cycle": Change(
        "cycle +35 %",
        COMPANY.but(happen.cycle(1.35)),
        "cycle/segment",
        CHANGED,
        26,
        Target((0.99, 0.99), (0.97, 0.93), delay=3, date_error=1),
    ),
    "pace": Change(
        "the time left of each deal +35 %",
        COMPANY.but(happen.pace(won=1.35, lost=1.35)),
        "cycle/segment",
        CHANGED,
        26,
    ),
    "score": Change(
        "score stops predicting",
        COMPANY.but(happen.score_stops_predicting),
        "score/company",
        0,
        8,
        Target((0.98, 0.99), (0.98, 0.95)),
    ),
    "mix": Change(
        "mix shift, reported as mix",
        replace(COMPANY, mix=DOWNMARKET),
        "mix/attribute",
        0,
        26,
        Target((0.95, 0.98)),
    ),
    "company": Change(
        "company-wide −5 points of win rate",
        COMPANY.but(happen.win_rate(-0.05, company_wide=True)),
        "win_rate/company",
        0,
        26,
        Target((0.85, 0.93)),
    ),
    "improved": Change(
        "sudden +12 points of win rate",
        COMPANY.but(happen.win_rate(0.12)),
        "win_rate/segment",
        CHANGED,
        52,
    ),
}

SHAMS = {
    "timing": Sham(
        "wins close in 0.55, losses in 1.25 of the time", COMPANY.but(happen.pace(won=0.55, lost=1.25)), ("cycle",)
    ),
    "timing_company": Sham(
        "the same in all segments", COMPANY.but(happen.pace(won=0.55, lost=1.25, company_wide=True)), ("cycle",)
    ),
    "surge": Sham("pipeline surge +60 %", replace(COMPANY, mix=(1.6,) * 6)),
    "season": Sham("seasonal fourth quarter", COMPANY.but(happen.busy_fourth_quarter), own_baseline=True),
    "mix": Sham("mix shift with constant rates", replace(COMPANY, mix=DOWNMARKET), ("mix",)),
    "accounts": Sham(
        "4 correlated deals an account", replace(COMPANY, deals_an_account=4, leaning=1.0), own_baseline=True
    ),
    "small": Sham("0.3 × the deals", COMPANY.sized(0.3), (), True, True, (1.25, 1.25)),
    "large": Sham("3 × the deals", COMPANY.sized(3), (), True, True, (1.25, 1.25)),
    "rates": Sham(
        "other win rates", replace(COMPANY, win_rates=(0.55, 0.5, 0.12, 0.1, 0.35, 0.06)), (), True, True, (1.25, 1.25)
    ),
}
