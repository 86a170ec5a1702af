"""The rows of ``segment_metrics`` about leads, revenue, customers and costs, from the small tables of one run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from icp_monitor.metrics.funnel import STAGES
from icp_monitor.metrics.group_economics import Costs, GroupEconomics, Revenue, by_band
from icp_monitor.metrics.intervals import wilson
from icp_monitor.metrics.months import number_of
from icp_monitor.metrics.mrr import UNIT
from icp_monitor.metrics.segment_metrics import COLUMNS, COMPANY_WIDE, Group, Value, groups_of, metric_row
from icp_monitor.periods import Quarter

OF_BANDS = ("logo_retention", "grr", "nrr", "ltv_realised", "ltv_km")


@dataclass(frozen=True)
class Period:
    """A quarter and the last of its months that was over; what looks a year back looks from its end."""

    cohort: date
    end: int
    maturity: float


def periods_of(quarters: Sequence[Quarter], last_month: int) -> tuple[Period, ...]:
    """The quarters of which at least one month is over."""
    found = []
    for quarter in quarters:
        first, end = number_of(quarter.window.start), min(number_of(quarter.window.end) - 1, last_month)
        if end >= first:
            found.append(Period(quarter.window.start, end, (end - first + 1) / 3))
    return tuple(found)


def economic_metrics(
    revenue: Revenue | None,
    costs: Costs | None,
    funnel: pd.DataFrame | None,
    periods: Sequence[Period],
    segments: Sequence[str],
    level: float,
) -> pd.DataFrame:
    """One row for each cohort, metric and group; what no table tells of gets no row."""
    rows = []
    for period in periods:
        for group in groups_of(segments):
            if revenue is not None:
                values = customer_values(GroupEconomics(revenue, costs, group, period.end, level))
                rows += [metric_row(period.cohort, group, value, period.maturity) for value in values]
            if funnel is not None:
                rows += list(_conversions(funnel, period.cohort, group, level))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def customer_values(customers: GroupEconomics) -> Iterator[Value]:
    """What one group's customers pay, whether they stay, what they are worth and what they cost."""
    now, kept, level = customers.now, customers.retention, customers.level
    unit, worth, first = customers.margin.unit, customers.worth, customers.first_months
    yield Value("mrr", "currency a month", now.customers, value=now.mrr_minor / UNIT)
    yield Value("arr", "currency a year", now.customers, value=now.arr_minor / UNIT)
    yield Value("top_customer_share", "share", now.customers, value=now.top_share)
    yield Value("logo_retention", "share", kept.n, kept.logo_interval(level))
    yield Value("grr", "share", kept.n, kept.gross_interval(level), kept.gross)
    yield Value("nrr", "share", kept.n, kept.net_interval(level), kept.net)
    yield Value("ltv_simple", unit, now.customers, customers.simple)
    realised = first.interval(level, customers.margin.share) if first else None
    yield Value("ltv_realised", unit, first.n if first else 0, realised)
    yield Value("ltv_km", unit, now.customers, worth.interval if worth else None)
    yield Value("ltv_km_months", "months", now.customers, value=float(worth.months) if worth else None)
    if customers.costs is not None:
        cost, came = customers.cac
        yield Value("cac", "currency", came, cost)
        yield Value("payback", "months", came, customers.payback)
        yield Value("ltv_to_cac", "ratio", came, customers.ratio)
        yield Value("roi", "ratio", first.n if first else 0, customers.roi)


def _conversions(funnel: pd.DataFrame, cohort: date, group: Group, level: float) -> Iterator[dict[str, object]]:
    rows = group.of(funnel[funnel["cohort"] == cohort])
    for (kind, first, last), counts in rows.groupby(["level", "from_stage", "to_stage"], sort=True):
        n, watched, reached = (int(counts[name].sum()) for name in ("n", "n_watched", "n_reached"))
        metric = conversion_name(str(kind), str(first), str(last))
        value = Value(metric, "share", watched, wilson(reached, watched, level))
        yield metric_row(cohort, group, value, watched / n if n else None)


def conversion_name(level: str, first: str, last: str) -> str:
    """How the metric of a step is called.

    >>> conversion_name("lead", "mql", "sql"), conversion_name("account", "lead", "won")
    ('conversion_sql', 'account_conversion')
    """
    whole = (first, last) == (STAGES[0], STAGES[-1])
    name = "conversion" if whole else f"conversion_{last}"
    return name if level == "lead" else f"{level}_{name}"


def band_rows(revenue: Revenue, costs: Costs | None, period: Period, level: float) -> Iterator[dict[str, object]]:
    """Retention and worth by the band of the score with which customers were won: rows of ``band_metrics``."""
    for band, own in by_band(GroupEconomics(revenue, costs, COMPANY_WIDE, period.end, level)):
        for value in customer_values(own):
            if value.metric in OF_BANDS:
                row = metric_row(period.cohort, COMPANY_WIDE, value, period.maturity)
                yield {name: row[name] for name in ("cohort", "metric", "value", "low", "high", "n", "unit")} | {
                    "band": band
                }
