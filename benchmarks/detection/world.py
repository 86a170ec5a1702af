"""The simulated companies: six segments whose truth is known, and what may happen to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from icp_monitor.catalogue.units import LOG_SCALE
from icp_monitor.drift.weekly import OPEN, WeeklyTables
from icp_monitor.metrics.buckets import BAND_POINTS, LOG_BIN

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BASELINE, LOOKS, WARM_UP = 52, 104, 104
WEEKS = BASELINE + LOOKS
ONSET = BASELINE + 26
CHANGED = 2  # the third segment
SCORE_MEAN, SCORE_SD, SCORE_SLOPE = 55.0, 18.0, 0.045
LOG_SD, SHAPE, WIN_SPEED = 0.6, 3.0, 0.9
ATTRIBUTE_SHARES = (
    (0.5, 0.3, 0.2), (0.4, 0.3, 0.2, 0.1), (0.7, 0.3), (0.35, 0.25, 0.2, 0.12, 0.08),
    (0.6, 0.25, 0.15), (0.3, 0.3, 0.2, 0.2), (0.55, 0.45), (0.25, 0.25, 0.2, 0.15, 0.1, 0.05),
)  # fmt: skip


@dataclass(eq=False)
class Deals:
    """One company's deals, an entry each; ``resolved`` is a time in weeks."""

    segment: Ints
    account: Ints
    created: Floats
    resolved: Floats
    won: npt.NDArray[np.bool_]
    odds: Floats  # log-odds of winning, as long as nothing happens
    score: Floats
    log_amount: Floats


Happening = Callable[["Company", Deals, np.random.Generator], None]


@dataclass(frozen=True)
class Company:
    """Deals resolved a quarter, win rate, mean amount and mean cycle in weeks of each segment.

    ``mix`` multiplies each segment's new deals from the onset on; ``happenings`` change the deals that would have been.
    Deals come singly, or ``deals_an_account`` together with a common leaning of their log-odds.
    """

    a_quarter: tuple[float, ...] = (60, 100, 150, 200, 300, 400)
    win_rates: tuple[float, ...] = (0.40, 0.34, 0.28, 0.24, 0.20, 0.16)
    amounts: tuple[float, ...] = (90e3, 70e3, 48e3, 36e3, 24e3, 15e3)
    cycles: tuple[float, ...] = (18, 15, 13, 11, 9, 7)
    mix: tuple[float, ...] = (1.0,) * 6
    happenings: tuple[Happening, ...] = ()
    deals_an_account: int = 1
    leaning: float = 0.0

    def sized(self, factor: float) -> Company:
        """The same company with more or fewer deals."""
        return replace(self, a_quarter=tuple(n * factor for n in self.a_quarter))

    def but(self, *happenings: Happening) -> Company:
        """The same company, to which something happens."""
        return replace(self, happenings=happenings)

    @property
    def segments(self) -> tuple[str, ...]:
        """Names that sort as the segments are ordered."""
        return tuple("abcdef"[: len(self.a_quarter)])

    def intercepts(self, rates: Floats) -> Floats:
        """The log-odds of a deal of the mean score that give such win rates."""
        levels, won = self._levels
        return np.interp(rates, won, levels)

    @cached_property
    def _levels(self) -> tuple[Floats, Floats]:
        nodes, weights = np.polynomial.hermite_e.hermegauss(20)
        levels = np.linspace(-9, 9, 1801)
        nodes = nodes * np.hypot(SCORE_SD * SCORE_SLOPE, self.leaning)
        return levels, expit(levels[:, None] + nodes) @ weights / weights.sum()

    def deals(self, rng: np.random.Generator) -> Deals:
        """A history from well before the baseline to the last look."""
        rates = np.array(self.a_quarter) / 13 / self.deals_an_account
        grown = rates * np.array(self.mix)
        early, late = rng.poisson(rates * (WARM_UP + ONSET)), rng.poisson(grown * (WEEKS - ONSET))
        segments = np.arange(len(rates))
        segment = np.concatenate([np.repeat(segments, early), np.repeat(segments, late)])
        began = np.concatenate([rng.uniform(-WARM_UP, ONSET, early.sum()), rng.uniform(ONSET, WEEKS, late.sum())])
        account = np.repeat(np.arange(len(segment)), self.deals_an_account)
        segment, created = np.repeat(segment, self.deals_an_account), np.repeat(began, self.deals_an_account)
        if self.deals_an_account > 1:
            created = created + rng.uniform(0, 26, len(created))
        leaning = rng.normal(0, self.leaning, len(began))[account] if self.leaning else 0.0
        score = np.clip(rng.normal(SCORE_MEAN, SCORE_SD, len(segment)), 0, 99.9)
        odds = self.intercepts(np.array(self.win_rates))[segment] + SCORE_SLOPE * (score - SCORE_MEAN) + leaning
        won = rng.random(len(segment)) < expit(odds)
        p = np.array(self.win_rates)[segment]
        speed = np.where(won, WIN_SPEED, (1 - WIN_SPEED * p) / (1 - p))
        lasted = rng.gamma(SHAPE, 1 / SHAPE, len(segment)) * speed * np.array(self.cycles)[segment]
        log_amount = np.log(np.array(self.amounts))[segment] - LOG_SD**2 / 2 + rng.normal(0, LOG_SD, len(segment))
        deals = Deals(segment, account, created, created + lasted, won, odds, score, log_amount)
        for happening in self.happenings:
            happening(self, deals, rng)
        return deals

    def history(self, rng: np.random.Generator) -> WeeklyTables:
        """What the monitor sees of one simulated history."""
        return tables_of(self.deals(rng), self.segments, rng)


def tables_of(deals: Deals, segments: tuple[str, ...], rng: np.random.Generator) -> WeeklyTables:
    """The weekly tables, a row for each deal."""
    created, resolved = (np.floor(times).astype(np.int64) for times in (deals.created, deals.resolved))
    kept = (resolved >= 0) & (created < WEEKS)
    created, resolved, won = created[kept], resolved[kept], deals.won[kept]
    is_open = resolved >= WEEKS
    names = pd.Categorical.from_codes(deals.segment[kept], categories=pd.Index(segments))
    outcome = pd.Categorical.from_codes(np.where(is_open, 2, 1 - won), categories=pd.Index(["won", "lost", "open"]))
    log_amount = np.round(deals.log_amount[kept] * LOG_SCALE).astype(np.int64)
    frame = pd.DataFrame(
        {
            "segment": names,
            "created": created,
            "resolved": np.where(is_open, OPEN, resolved),
            "outcome": outcome,
            "band": (deals.score[kept] // BAND_POINTS).astype(np.int64),
            "n": 1,
            "bin": log_amount // LOG_BIN * LOG_BIN,
            "log_amount": log_amount,
        }
    )
    closed = frame[~is_open]
    return WeeklyTables(
        origin=date(2024, 1, 1),
        weeks=WEEKS,
        baseline_weeks=BASELINE,
        fiscal_quarters=tuple(week // 13 % 4 + 1 for week in range(WEEKS)),
        months=tuple(week % 13 * 3 // 13 + 1 for week in range(WEEKS)),
        segments=segments,
        deals=frame[["segment", "created", "resolved", "outcome", "band", "n"]],
        amounts=closed[["segment", "resolved", "outcome", "bin", "n", "log_amount"]],
        created_values=_created_values(created, rng),
        resolved_values=pd.DataFrame(columns=["resolved", "attribute", "value", "band", "age", "n", "n_won"]),
        accounts=_accounts(deals.account[kept], closed, won[~is_open], is_open),
    )


def _created_values(created: Ints, rng: np.random.Generator) -> pd.DataFrame:
    counts = np.bincount(created[created >= 0], minlength=WEEKS)
    parts = []
    for number, shares in enumerate(ATTRIBUTE_SHARES):
        drawn = rng.multinomial(counts, shares)
        week, value = np.indices(drawn.shape)
        parts.append((week.ravel(), np.full(drawn.size, number), value.ravel(), drawn.ravel()))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return pd.DataFrame(dict(zip(("created", "attribute", "value", "n"), columns, strict=True)))


def _accounts(
    account: Ints, closed: pd.DataFrame, won: npt.NDArray[np.bool_], is_open: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    frame = pd.DataFrame({"segment": closed["segment"], "account": account[~is_open], "won": won * 1})
    frame = frame[(closed["resolved"] < BASELINE).to_numpy()]
    if frame["account"].is_unique:
        groups = frame.assign(n=1, n_won=frame["won"])
    else:
        groups = frame.groupby("account").agg(segment=("segment", "first"), n=("won", "size"), n_won=("won", "sum"))
    return groups.groupby(["segment", "n", "n_won"], observed=True).size().rename("accounts").reset_index()
