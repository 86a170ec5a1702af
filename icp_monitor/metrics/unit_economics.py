"""What a customer brings beside what it costs: margin, payback, LTV:CAC and return, of one segment or tier."""

from __future__ import annotations

import math
from dataclasses import dataclass

from icp_monitor.metrics.acquisition_cost import payback_months
from icp_monitor.metrics.intervals import Interval, normal_quantile
from icp_monitor.metrics.lifetime import Spread, Worth, log_normal
from icp_monitor.metrics.mrr import UNIT


@dataclass(frozen=True)
class Margin:
    """The share of revenue that is left after the cost of goods; where that isn't known, all of it counts as revenue.

    >>> Margin.of(revenue_minor=100_00, delivery_minor=25_00).share
    0.75
    """

    share: float
    known: bool

    @classmethod
    def of(cls, revenue_minor: int, delivery_minor: int | None) -> Margin:
        """From the revenue and the cost of goods of the same months."""
        if delivery_minor is None or not revenue_minor:
            return cls(1.0, known=False)
        return cls(1 - delivery_minor / revenue_minor, known=True)

    @property
    def unit(self) -> str:
        """What amounts made with it are."""
        return "currency of gross margin" if self.known else "currency of revenue"


def payback(cost: Interval, customers: int, starting: Spread, margin: Margin, level: float) -> Interval | None:
    """`payback_months` of a customer with the usual starting revenue (``starting``); None without a known margin."""
    months = payback_months(cost.value, starting.mean, margin.share) if margin.known else None
    return log_normal(months, 1 / customers + starting.log_variance, level) if months else None


def ltv_to_cac(worth: Worth, cost: Interval, level: float) -> Interval:
    """The ratio of the two, whose logarithms are taken for independent."""
    return _ratio(worth.interval, cost, level)


def return_on_acquisition(
    values: Spread, margin: Margin, service_share: float, cost_minor: int, level: float
) -> Interval | None:
    """(Gross margin - cost to serve - cost to acquire) / cost to acquire of one year's new customers.

    ``values`` is the revenue of each in its first months, ``service_share`` the part of revenue that serving takes.
    None without a known margin or cost.

    >>> found = return_on_acquisition(Spread(20, 5_000.0, 0.0), Margin(0.8, True), 0.2, 24_000_00, 0.9)
    >>> round(found.value, 6)
    1.5
    """
    if not margin.known or cost_minor <= 0:
        return None
    kept, cost = margin.share - service_share, cost_minor / UNIT
    ends = values.interval(level, values.n * kept / cost)
    return Interval(*(end - 1 for end in (ends.value, min(ends.low, ends.high), max(ends.low, ends.high))))


def _ratio(above: Interval, below: Interval, level: float) -> Interval:
    z = normal_quantile(level)
    variance = sum((math.log(item.high / item.value) / z) ** 2 for item in (above, below))
    return log_normal(above.value / below.value, variance, level)
