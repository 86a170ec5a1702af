"""Each metric of each segment and tier, with n, interval and maturity, from the counts of one run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from icp_monitor.config.icp import COMPANY, DISQUALIFIED, TIERS, UNSCORED
from icp_monitor.metrics.amounts import Moments, mean_amount, won_amounts
from icp_monitor.metrics.closed_rates import ClosedRates
from icp_monitor.metrics.incidence import incidence_of_winning
from icp_monitor.metrics.intervals import Interval, lift, normal_quantile, wilson
from icp_monitor.metrics.life_table import life_table
from icp_monitor.metrics.resolution import RestrictedMean, restricted_mean
from icp_monitor.metrics.value_rate import value_rate
from icp_monitor.metrics.velocity import Velocity
from icp_monitor.periods import Quarter

ALL_TIERS = "all"
COLUMNS = ("cohort", "metric", "segment", "tier", "value", "low", "high", "n", "maturity", "unit")


@dataclass(frozen=True, eq=False)
class Counts:
    """The tables that a run has measured: cohorts by age, deals by closing quarter, open pipeline now."""

    life_tables: pd.DataFrame
    closes: pd.DataFrame
    pipeline: pd.DataFrame


@dataclass(frozen=True)
class Group:
    """A part of the company: a segment over all tiers, or a tier over all segments."""

    segment: str
    tier: str

    def of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows that belong to the group."""
        if self.segment != COMPANY:
            return rows[rows["segment"] == self.segment]
        return rows if self.tier == ALL_TIERS else rows[rows["tier"] == self.tier]


COMPANY_WIDE = Group(COMPANY, ALL_TIERS)


@dataclass(frozen=True)
class Value:
    """One number with its interval; ``n`` deals are behind it. Unknown is None."""

    metric: str
    unit: str
    n: int
    interval: Interval | None = None
    value: float | None = None


def groups_of(segments: Sequence[str]) -> tuple[Group, ...]:
    """The company, its segments and its tiers."""
    by_segment = [Group(segment, ALL_TIERS) for segment in (COMPANY, *segments)]
    return (*by_segment, *(Group(COMPANY, tier) for tier in (*TIERS, UNSCORED, DISQUALIFIED)))


def segment_metrics(
    counts: Counts, quarters: Sequence[Quarter], segments: Sequence[str], horizon_days: int, level: float
) -> pd.DataFrame:
    """One row for each cohort, metric and group, in the columns of the dataset ``segment_metrics``.

    The share of the open pipeline is known for the run's day only, and stands with the newest cohort.
    """
    rows = []
    for quarter in quarters:
        start = quarter.window.start
        cohort = counts.life_tables[counts.life_tables["cohort"] == start]
        closed = counts.closes[counts.closes["closed_in"] == start]
        for group in groups_of(segments):
            cells = group.of(cohort)
            created = int(cells["n"].sum())
            maturity = float(cells["n_watched"].sum() / created) if created else None
            values = [
                *cohort_values(cells, cohort, horizon_days, level),
                *closed_values(group.of(closed), level),
                *(pipeline_share(group.of(counts.pipeline), counts.pipeline) if quarter is quarters[-1] else ()),
            ]
            rows += [metric_row(start, group, value, maturity) for value in values]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def cohort_values(cells: pd.DataFrame, company: pd.DataFrame, horizon_days: int, level: float) -> Iterator[Value]:
    """What became of the deals created in a quarter; ``company`` holds all of them, for the lift."""
    created, watched = int(cells["n"].sum()), int(cells["n_watched"].sum())
    table = life_table(cells, horizon_days)
    incidence = incidence_of_winning(table)
    rate = incidence.at_horizon(level) if incidence else None
    won_in_time = int(cells.loc[(cells["outcome"] == "won") & (cells["age"] <= horizon_days), "n"].sum())
    won_so_far = int(cells.loc[cells["outcome"] == "won", "n"].sum())
    amounts = won_amounts(cells, horizon_days)
    mean = restricted_mean(table)
    yield Value("win_rate", "share", created, rate)
    yield Value(
        "cohort_at_horizon", "share", watched, wilson(won_in_time, created, level) if watched == created else None
    )
    yield Value("cohort", "share", created, wilson(won_so_far, created, level))
    yield Value("acv", "currency", amounts.n if amounts else 0, mean_amount(amounts, level) if amounts else None)
    if mean is not None:
        half = normal_quantile(level) * math.sqrt(mean.variance)
        yield Value("cycle", "days", created, Interval(mean.value, max(mean.value - half, 0), mean.value + half))
    yield _velocity(created, rate, incidence.variance[-1] if incidence else 0.0, amounts, mean, level)
    yield Value("lift", "ratio", created, _lift(won_in_time, created, company, horizon_days, level))


def closed_values(closes: pd.DataFrame, level: float) -> Iterator[Value]:
    """What the deals closed in a quarter say."""
    by_outcome = closes.groupby("outcome")["n"].sum()
    rates = ClosedRates(*(int(by_outcome.get(outcome, 0)) for outcome in ("won", "lost", "no_decision")))
    yield Value("close_rate", "share", rates.closed, wilson(rates.won, rates.closed, level))
    yield Value("narrow", "share", rates.won + rates.lost, wilson(rates.won, rates.won + rates.lost, level))
    yield Value("value_rate", "share", *value_rate(closes, level))


def pipeline_share(open_deals: pd.DataFrame, company: pd.DataFrame) -> Iterator[Value]:
    """The part of the money in open deals that belongs to a group; a share of money has no sampling interval."""
    whole = int(company["amount_minor"].sum())
    share = float(open_deals["amount_minor"].sum() / whole) if whole else None
    yield Value("pipeline_share", "share", int(open_deals["n"].sum()), value=share)


def _velocity(
    created: int,
    rate: Interval | None,
    rate_variance: float,
    amounts: Moments | None,
    mean: RestrictedMean | None,
    level: float,
) -> Value:
    """Its interval takes the four factors as independent, by the delta method on their logarithms."""
    if rate is None or amounts is None or mean is None or not rate.value or not mean.value:
        return Value("velocity", "currency a day", created)
    value = Velocity(created, rate.value, amounts.mean, mean.value).a_day
    variance = 1 / created + rate_variance / rate.value**2
    variance += amounts.log_variance / amounts.n + mean.variance / mean.value**2
    factor = math.exp(normal_quantile(level) * math.sqrt(variance))
    return Value("velocity", "currency a day", created, Interval(value, value / factor, value * factor))


def _lift(won: int, created: int, company: pd.DataFrame, horizon_days: int, level: float) -> Interval | None:
    everyone = int(company["n"].sum())
    in_time = (company["outcome"] == "won") & (company["age"] <= horizon_days)
    won_by_all = int(company.loc[in_time, "n"].sum())
    return lift(won, created, won_by_all - won, everyone - created, level)


def metric_row(cohort: object, group: Group, value: Value, maturity: float | None) -> dict[str, object]:
    """The row of a value in the columns of the dataset."""
    interval = value.interval
    return {
        "cohort": cohort,
        "metric": value.metric,
        **asdict(group),
        "value": interval.value if interval else value.value,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "n": value.n,
        "maturity": maturity,
        "unit": value.unit,
    }
