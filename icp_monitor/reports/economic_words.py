"""The sentences of the report about customers, each made of the figures beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from icp_monitor.alerts.figures import UNKNOWN, day
from icp_monitor.drift.phrases import MINUS
from icp_monitor.reports.economics import Acquisition, BandTrend, Best, Figures, UnitEconomics
from icp_monitor.reports.formats import count, percent, points

CHANCE = 0.10
TENTH = 10
METHODS: Mapping[str, str] = {
    "activity": "by the work done for each",
    "volume": "by the deals begun with each",
    "direct": "only as far as they are tagged",
}
DRIVERS: Mapping[str, str] = {
    "revenue": "revenue",
    "selling": "work on accounts that are no customers yet",
    "serving": "work on customers",
    "opportunities": "deals begun",
    "customers": "customers",
}
COSTS: Mapping[str, str] = {"cost_of_goods": "The cost of goods", "acquisition": "winning", "service": "serving"}


def economics_sentence(economics: UnitEconomics, currency: str) -> str:
    """Who pays how much, and how many are left of a year before."""
    company = economics.segments[0].of
    if "mrr" not in company:
        return "What customers pay is not known."
    paid = f"{count(company['mrr'].value)} {currency} a month"
    last_day = day(date.fromisoformat(economics.until) - timedelta(days=1))
    now = f"On {last_day}, {count(company['mrr'].n)} customers paid {paid}."
    kept, gross = company["logo_retention"], company["grr"]
    if not kept.n:
        return f"{now} There were none a year before."
    left = f"Of {count(kept.n)} customers of a year before {percent(kept.value, 0)} are left"
    return f"{now} {left}, and {percent(gross.value, 0)} of what they paid."


def trend_sentence(trend: BandTrend | None) -> str:
    """Whether the score says who stays."""
    if trend is None:
        return "There are too few customers to compare."
    step = f"{points(trend.step)} for each 20 points of score (p = {trend.p_value:.2f})"
    if trend.p_value >= CHANCE:
        return (
            f"Not credibly: the share that stays changes by {step}, as it may by chance. A score that tells who buys, "
            "but neither who stays nor who is worth more, aims at the wrong customers."
        )
    if trend.step > 0:
        return f"Yes: the share that stays rises by {step}."
    return f"No, they leave sooner: the share that stays changes by {step}. The score aims at the wrong customers."


def allocation_sentence(acquisition: Acquisition) -> str:
    """How shared costs are divided, and whether the ranking of the tiers depends on it."""
    said = f"Costs that belong to nobody alone are shared {METHODS[acquisition.method]}."
    if acquisition.robust is None:
        return f"{said} No other method gives every tier a cost, so whether their ranking depends on it is not known."
    if acquisition.robust:
        return f"{said} Other methods rank the tiers alike."
    return f"{said} Ranking not robust: another method puts the tiers in another order."


def drivers_sentence(drivers: Mapping[str, str]) -> str:
    """By what each kind of cost is shared."""
    shared = [f"{name} by {DRIVERS[drivers[line]]}" for line, name in COSTS.items() if line in drivers]
    return f"{', '.join(shared)}; what is tagged with a segment or an account is borne by it alone." if shared else ""


def best_sentence(best: Best) -> str:
    """Who counts as best, and whether they differ from the others."""
    part = "tenth" if best.part == TENTH else "quarter, as a tenth would be too few,"
    who = (
        f"The {part} that brought most in their first twelve months, among those who began in the same year: "
        f"{count(best.n)} of {count(best.of)} customers."
    )
    credible = sum(trait.credible for trait in best.traits)
    if not credible:
        return f"{who} In no attribute do they differ from the others by more than chance."
    return f"{who} What they have more or less often than the others, beyond chance, is marked as credible."


def has_figure(rows: Sequence[Figures], metric: str) -> bool:
    """Whether any group has the metric."""
    return any(metric in row.of for row in rows)


def thousands(value: float | None, *, signed: bool = False) -> str:
    """An amount in thousands."""
    if value is None:
        return UNKNOWN
    rounded = round(value / 1000)
    return f"{rounded:{'+' if signed and rounded else ''},}".replace("-", MINUS)


def decimal(value: float | None) -> str:
    """A number with one decimal."""
    return UNKNOWN if value is None else f"{value:.1f}"
