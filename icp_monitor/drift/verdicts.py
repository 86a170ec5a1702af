"""Which of the four verdicts the evidence on a unit allows, and what more it would take."""

from __future__ import annotations

from scipy import stats

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Comparison
from icp_monitor.drift.enough import needs_of
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.power import more_opportunities
from icp_monitor.drift.verdict import Decision, Direction, Needs, Severity, Unit
from icp_monitor.metrics.intervals import Interval, normal_quantile


def decide(comparison: Comparison, *, found: bool) -> Decision:
    """Drift, stable or insufficient evidence, for a unit that can be judged.

    Drift: the evidence of a change suffices (``found``), the interval of the change excludes 0 and the change is
    material. Stable: the whole interval lies inside the material effect. A one-sided unit drifts only
    downwards, and is stable when the interval excludes a material fall.
    """
    change, material = comparison.deciding, comparison.material
    if change is None:
        return "insufficient_evidence"
    credible = change.high < 0 or (change.low > 0 and not comparison.one_sided)
    if found and credible and abs(change.value) >= material:
        return "drift"
    inside = change.low > -material and (comparison.one_sided or change.high < material)
    return "stable" if inside else "insufficient_evidence"


def severity_of(change: Interval, material: float, segment: str) -> Severity:
    """How grave a drift is: critical for the company, or when the interval lies wholly beyond the material effect."""
    beyond = change.low >= material or change.high <= -material
    return "critical" if beyond or segment == COMPANY else "watch"


def direction_of(change: Interval, unit: Unit) -> Direction | None:
    """Where a drift goes, for a unit that has a direction."""
    if not unit.has_direction:
        return None
    return "up" if change.value > 0 else "down"


def needs_for_a_verdict(comparison: Comparison, q_value: float | None, current: Cohort, plan: Plan) -> Needs | None:
    """How many more opportunities would settle an undecided unit, if the change stays as it is.

    A change that fails only for the size of the family needs as many more standard errors as the family asks for.
    None where no number would do: the baseline is too small.
    """
    change = comparison.deciding
    if change is None or comparison.precision is None:
        return None
    z = normal_quantile(plan.level)
    if comparison.p_value and q_value and abs(change.value) >= comparison.material:
        z = max(z, float(stats.norm.isf(plan.fdr * comparison.p_value / q_value / 2)))
    more = more_opportunities(change.value, comparison.material, comparison.precision, current.n, z)
    return None if more is None else needs_of(more, current)
