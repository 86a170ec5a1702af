"""Do customers stay as long as in the baseline, and are they worth as much?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from icp_monitor.catalogue.units import MINOR_UNITS
from icp_monitor.drift.bootstrap import Bootstrapped, bootstrap
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Cause, Comparison, Precision, estimate
from icp_monitor.drift.economics import change_on_logs, log_variance
from icp_monitor.drift.log_rank import log_rank
from icp_monitor.drift.phrases import percent, signed_percent
from icp_monitor.drift.plan import Plan
from icp_monitor.metrics.intervals import Interval, newcombe, rothman
from icp_monitor.metrics.life_table import Floats
from icp_monitor.metrics.tenure import RETAINED_AFTER, SUMS, WORTH_UNTIL, Tenure, lifetime_value, retained, tenure_of

RETENTION = "log-rank test of the months that customers stay; Kaplan-Meier share that stays a year"
LIFETIME = "bootstrap over accounts of the Kaplan-Meier margin of the first {} months"


def compare_retention(baseline: Cohort, current: Cohort, plan: Plan) -> Comparison:
    """The change of the share of customers that stay 12 months, from what they did in the two windows."""
    before, after = _tenure(baseline), _tenure(current)
    sizes = int(before.at_risk.sum()), int(after.at_risk.sum())
    stays = retained(before), retained(after)
    if stays[0] is None or stays[1] is None:
        return Comparison.impossible(RETENTION, "points", plan.material.retention, *sizes)
    watched = (tenure.at_risk[:RETAINED_AFTER].sum() / RETAINED_AFTER for tenure in (before, after))
    shares = [rothman(*stay, years, plan.level) for stay, years in zip(stays, watched, strict=True) if stay]
    months = min(before.months, after.months)
    change = shares[1].value - shares[0].value
    return Comparison(
        method=RETENTION,
        baseline=estimate(shares[0], sizes[0]),
        current=estimate(shares[1], sizes[1], current.maturity),
        unit="points",
        material=plan.material.retention,
        change=newcombe(shares[1], shares[0]),
        p_value=log_rank([(before.life_table(months), after.life_table(months))]),
        precision=Precision(stays[0][1], stays[1][1]),
        causes=(
            Cause(
                f"of customers {percent(_churn(after))} left a month against {percent(_churn(before))}; "
                f"{percent(shares[1].value)} stay {RETAINED_AFTER} months against {percent(shares[0].value)}",
                change,
            ),
        ),
    )


def compare_lifetime_value(baseline: Cohort, current: Cohort, plan: Plan) -> Comparison:
    """The relative change of the gross margin that a customer brings, for as many months as both windows show.

    No more than 36. It follows from how long customers stay and what they bring; the causes say which of the two moved.
    """
    tenures = _tenure(baseline), _tenure(current)
    months = min(WORTH_UNTIL, *(tenure.months for tenure in tenures))
    sizes = tuple(int(tenure.at_risk.sum()) for tenure in tenures)
    method = LIFETIME.format(months)
    before, after = (_lifetime(cohort, months) for cohort in (baseline, current))
    if before is None or after is None or min(before.value, after.value) <= 0:
        return Comparison.impossible(method, "relative", plan.material.ltv, *sizes)
    unseen = _unseen_churn(tenures, months)
    variances = log_variance(before) + unseen[0], log_variance(after) + unseen[1]
    change = change_on_logs(before.value, after.value, sum(variances), plan.level)
    return Comparison(
        method=method,
        baseline=estimate(before.interval(plan.level), sizes[0]),
        current=estimate(after.interval(plan.level), sizes[1], current.maturity),
        unit="relative",
        material=plan.material.ltv,
        change=change,
        p_value=_p_value(math.log1p(change.value), sum(variances)),
        precision=Precision(variances[0], variances[1], ratio=True),
        causes=tuple(_causes(*tenures, months, change)),
    )


def _tenure(cohort: Cohort) -> Tenure:
    return tenure_of(_table(cohort))


def _table(cohort: Cohort) -> pd.DataFrame:
    if cohort.subscriptions is None:
        return pd.DataFrame({name: np.empty(0, np.int64) for name in ("bucket", "month", *SUMS)})
    return cohort.subscriptions


def _lifetime(cohort: Cohort, months: int) -> Bootstrapped | None:
    """The lifetime value, with groups of accounts drawn again."""
    table = _table(cohort)
    seen = table[table["month"] < months]
    if seen.empty:
        return None
    wide = seen.pivot_table(index="bucket", columns="month", values=list(SUMS), aggfunc="sum", fill_value=0)
    columns = pd.MultiIndex.from_product([SUMS, range(months)])
    clusters = wide.reindex(columns=columns, fill_value=0).to_numpy(np.float64)
    return bootstrap(clusters, lambda sums: _lifetimes(sums, months))


def _lifetimes(sums: Floats, months: int) -> Floats:
    """Lifetime values of many draws at once; as `lifetime_value`, without a discount."""
    at_risk, churned, margin = np.moveaxis(sums.reshape(*sums.shape[:-1], len(SUMS), months), -2, 0)
    seen = np.maximum(at_risk, 1)
    stays = np.cumprod(1 - churned / seen, axis=-1)
    begins = np.concatenate([np.ones((*stays.shape[:-1], 1)), stays[..., :-1]], axis=-1)
    return np.asarray((begins * margin / MINOR_UNITS / seen).sum(axis=-1))


def _unseen_churn(tenures: tuple[Tenure, Tenure], months: int) -> tuple[float, float]:
    """What variance the logarithms of both values lack because so few customers happened to leave.

    Accounts drawn again never leave where none of them did. Had customers of both windows left at one pace, their
    number by month of tenure would vary as that pace lets expect: the part of it that was not seen is added.
    """
    pace = sum(_churned(item, months) for item in tenures) / max(sum(_at_risk(item, months) for item in tenures), 1.0)
    before, after = (max(_of_stay(item, months, pace) - _of_stay(item, months), 0.0) for item in tenures)
    return before, after


def _of_stay(tenure: Tenure, months: int, pace: float | None = None) -> float:
    """The variance of a value's logarithm that comes of who leaves (Greenwood), or of leaving at one ``pace``."""
    n = np.maximum(tenure.at_risk[:months], 1)
    brought = tenure.survival[:months] * tenure.margin[:months] / n
    after = (brought[::-1].cumsum()[::-1] - brought) / max(float(brought.sum()), 1e-9)
    hazard = tenure.churned[:months] / n if pace is None else np.full(months, pace)
    return float((after**2 * hazard / n).sum())


def _churned(tenure: Tenure, months: int) -> float:
    return float(tenure.churned[:months].sum())


def _at_risk(tenure: Tenure, months: int) -> float:
    return float(tenure.at_risk[:months].sum())


def _causes(before: Tenure, after: Tenure, months: int, change: Interval) -> Iterator[Cause]:
    """The change split in two: what it would be had only the margin, or only the staying, changed."""
    margins = Tenure(before.at_risk, before.churned, after.margin * before.at_risk / np.maximum(after.at_risk, 1))
    values = [lifetime_value(tenure, months) for tenure in (before, margins, after)]
    if min(values) > 0:
        margin, staying = math.log(values[1] / values[0]), math.log(values[2] / values[1])
        yield Cause(f"margin of a customer in a month: {signed_percent(math.expm1(margin))}", margin)
        yield Cause(f"months that customers stay: {signed_percent(math.expm1(staying))}", staying)
    if not after.churned[:months].any():
        yield Cause(f"nobody left; the value is that of {months} months, not more", change.value, carrier=True)


def _churn(tenure: Tenure) -> float:
    return float(tenure.churned.sum() / max(tenure.at_risk.sum(), 1.0))


def _p_value(change: float, variance: float) -> float:
    if variance <= 0:
        return 1.0
    return float(2 * stats.norm.sf(abs(change) / math.sqrt(variance)))
