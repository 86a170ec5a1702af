"""What the customers of one segment, tier or band of the score pay, whether they stay, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from icp_monitor.metrics.acquisition_cost import cost_per_customer
from icp_monitor.metrics.customers import BANDS
from icp_monitor.metrics.intervals import Interval
from icp_monitor.metrics.lifetime import REALISED_MONTHS, Spread, Worth, km_worth, simple_interval, tenure_of_lives
from icp_monitor.metrics.months import YEAR
from icp_monitor.metrics.mrr import UNIT, RecurringRevenue, recurring_revenue
from icp_monitor.metrics.retention_rates import Retention, retention_of
from icp_monitor.metrics.segment_metrics import COMPANY_WIDE, Group
from icp_monitor.metrics.tenure import WORTH_UNTIL
from icp_monitor.metrics.unit_economics import Margin, ltv_to_cac, payback, return_on_acquisition


@dataclass(frozen=True, eq=False)
class Revenue:
    """The tables made of customer-months; ``month`` is the end of the year that a row is about, of movements their own.

    They have the columns of the datasets that the pipeline makes of them.
    """

    movements: pd.DataFrame
    retention: pd.DataFrame
    lives: pd.DataFrame
    values: pd.DataFrame
    starting: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Costs:
    """What was allocated by the principal method, month by month, and the cost of new customers by every method."""

    method: str
    allocated: pd.DataFrame
    acquisition: pd.DataFrame

    def of_purpose(self, purpose: str) -> pd.DataFrame:
        """The part with one purpose."""
        return self.allocated[self.allocated["purpose"] == purpose]


@dataclass(frozen=True, eq=False)
class GroupEconomics:
    """All that is known of one group's customers in the year up to ``end``; what no table gives is None."""

    revenue: Revenue
    costs: Costs | None
    group: Group
    end: int
    level: float
    usual_margin: Margin | None = None  # where the costs of the group alone are not known

    @cached_property
    def now(self) -> RecurringRevenue:
        """What they pay at the end."""
        return recurring_revenue(self._at(self.revenue.movements))

    @cached_property
    def retention(self) -> Retention:
        """What became of those of a year before."""
        return retention_of(self._at(self.revenue.retention))

    @cached_property
    def margin(self) -> Margin:
        """The gross margin of the year."""
        return self.usual_margin or Margin.of(self.revenue_minor, self._spent("delivery"))

    @cached_property
    def revenue_minor(self) -> int:
        """The revenue of the year."""
        return int(self._year(self.revenue.movements)["after_minor"].sum())

    @cached_property
    def accounts(self) -> Spread | None:
        """What an account pays in a month."""
        return Spread.of(self.now.customers, self.now.mrr_minor / UNIT, self.now.squared)

    @cached_property
    def worth(self) -> Worth | None:
        """What a customer brings within the horizon."""
        if self.accounts is None:
            return None
        return km_worth(self._at(self.revenue.lives), self.margin.share, self.accounts, self.level, WORTH_UNTIL)

    @cached_property
    def simple(self) -> Interval | None:
        """Revenue of an account x margin / churn."""
        if self.accounts is None:
            return None
        lives = self._at(self.revenue.lives)
        longest = int(lives["tenure"].max()) + 1 if len(lives) else 1
        return simple_interval(self.accounts, self.margin.share, tenure_of_lives(lives, longest), self.level)

    @cached_property
    def first_months(self) -> Spread | None:
        """What each of the customers brought in its first months, who began so long ago."""
        rows = self._at(self.revenue.values)
        n, minor, squared = (int(rows[name].sum()) for name in ("n", "revenue_minor", "squared"))
        return Spread.of(n, minor / UNIT, squared)

    @cached_property
    def cac(self) -> tuple[Interval | None, int]:
        """The cost of a new customer by the principal method, and how many came."""
        return cost_per_customer(self._acquired(self.end), self.level)

    @cached_property
    def payback(self) -> Interval | None:
        """Months until the usual new customer has paid its acquisition back."""
        cost, customers = self.cac
        rows = self.revenue.starting
        own = (rows["segment"] == self.group.segment) & (rows["tier"] == self.group.tier) & (rows["month"] == self.end)
        if cost is None or self.accounts is None or not own.any():
            return None
        median = float(rows.loc[own, ["low_minor", "high_minor"]].to_numpy().mean()) / UNIT
        between_accounts = self.accounts.log_variance * self.accounts.n * median**2  # as among all that pay
        return payback(
            cost, customers, Spread(customers, median, between_accounts / customers), self.margin, self.level
        )

    @cached_property
    def ratio(self) -> Interval | None:
        """Worth within the horizon over cost of acquisition."""
        cost, _ = self.cac
        if cost is None or self.worth is None or not self.margin.known:
            return None
        return ltv_to_cac(self.worth, cost, self.level)

    @cached_property
    def roi(self) -> Interval | None:
        """The return on acquiring those who began so long ago that their first months are over."""
        service, rows = self._spent("service"), self._acquired(self.end - REALISED_MONTHS + 1)
        if self.first_months is None or service is None or not self.revenue_minor or rows.empty:
            return None
        share, cost = service / self.revenue_minor, int(rows["cost_minor"].sum())
        return return_on_acquisition(self.first_months, self.margin, share, cost, self.level)

    def _at(self, rows: pd.DataFrame) -> pd.DataFrame:
        return self.group.of(rows[rows["month"] == self.end])

    def _year(self, rows: pd.DataFrame) -> pd.DataFrame:
        return self.group.of(rows[(rows["month"] > self.end - YEAR) & (rows["month"] <= self.end)])

    def _spent(self, purpose: str) -> int | None:
        """What was spent in the year; None where the costs of some of its months are not known."""
        every = self.costs.of_purpose(purpose) if self.costs else pd.DataFrame()
        if every.empty or every["month"].min() > self.end - YEAR + 1 or every["month"].max() < self.end:
            return None
        return int(self._year(every)["amount_minor"].sum())

    def _acquired(self, end: int) -> pd.DataFrame:
        if self.costs is None:
            return pd.DataFrame({"cost_minor": [], "customers": []})
        rows = self.costs.acquisition
        return self.group.of(rows[(rows["month"] == end) & (rows["method"] == self.costs.method)])


def by_band(company: GroupEconomics) -> Iterator[tuple[int, GroupEconomics]]:
    """The company's customers by the band of the score with which they were won, with the company's margin."""
    every = company.revenue
    for band in BANDS:
        movements, retention, lives, values = (
            frame[frame["band"] == band] for frame in (every.movements, every.retention, every.lives, every.values)
        )
        revenue = Revenue(movements, retention, lives, values, every.starting)
        yield band, GroupEconomics(revenue, None, COMPANY_WIDE, company.end, company.level, company.margin)
