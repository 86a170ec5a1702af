"""Does a new customer cost as much to acquire as in the baseline?"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from icp_monitor.catalogue.units import MINOR_UNITS
from icp_monitor.drift.bootstrap import Bootstrapped, bootstrap
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Cause, Comparison, Precision, estimate
from icp_monitor.drift.economics import acquisition_cost, relative_change
from icp_monitor.drift.phrases import signed_percent
from icp_monitor.drift.plan import Plan
from icp_monitor.metrics.customers import BUCKETS

METHOD = "bootstrap over accounts of the fully loaded cost by new customer"


def compare_acquisition_cost(baseline: Cohort, current: Cohort, plan: Plan) -> Comparison:
    """The relative change of the cost by new customer; the cost is known, who became a customer is chance."""
    sizes = _customers(baseline), _customers(current)
    before, after = _by_customer(baseline), _by_customer(current)
    change = relative_change(before, after, plan.level) if before and after else None
    if before is None or after is None or change is None:
        return Comparison.impossible(METHOD, "relative", plan.material.cac, *sizes)
    variances = before.variance / before.value**2, after.variance / after.value**2
    log = math.log1p(change.value)
    pace = sizes[1] / current.window.days / (sizes[0] / baseline.window.days)
    return Comparison(
        method=METHOD,
        baseline=estimate(before.interval(plan.level), sizes[0]),
        current=estimate(after.interval(plan.level), sizes[1], current.maturity),
        unit="relative",
        material=plan.material.cac,
        change=change,
        p_value=float(2 * stats.norm.sf(abs(log) / math.sqrt(sum(variances)))),
        precision=Precision(variances[0], variances[1], ratio=True),
        causes=(
            Cause(f"cost in a day: {signed_percent(math.exp(log) * pace - 1)}", log + math.log(pace)),
            Cause(f"new customers in a day: {signed_percent(pace - 1)}", -math.log(pace)),
        ),
    )


def _customers(cohort: Cohort) -> int:
    return 0 if cohort.costs is None else int(cohort.costs["customers"].sum())


def _by_customer(cohort: Cohort) -> Bootstrapped | None:
    """The cost by new customer; groups of accounts in which nobody became one are drawn too."""
    if not _customers(cohort) or cohort.costs is None:
        return None
    customers = cohort.costs.groupby("bucket")["customers"].sum()
    buckets = customers.reindex(range(max(BUCKETS, customers.index.max() + 1)), fill_value=0).to_numpy(np.float64)
    cost = float(cohort.costs["cost_minor"].sum()) / MINOR_UNITS
    return bootstrap(buckets[:, None], acquisition_cost(cost))
