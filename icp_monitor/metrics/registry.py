"""What every metric of ``segment_metrics`` means: formula, population, date basis and unit, said once.

The table in ``docs/economics.md`` is made from it. A version is raised when a formula changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

COHORT = "quarter of creation"
CLOSED = "quarter of closing"
YEAR_END = "year up to the quarter's end"
AT_END = "last day of the quarter's last complete month"
ENTERED = "quarter in which the first stage was entered"


@dataclass(frozen=True)
class Definition:
    """One metric; ``unit`` is the one of its rows, whose amounts may be revenue where no margin is known."""

    metric: str
    formula: str
    population: str
    date_basis: str
    unit: str
    version: int = 1


DEALS = "opportunities that the profile counts"
PAYING = "accounts with a paid subscription, or revenue"

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        "win_rate", "cumulative incidence of winning within the horizon (Aalen-Johansen)", DEALS, COHORT, "share"
    ),
    Definition(
        "cohort_at_horizon", "won within the horizon / created, all of them watched so long", DEALS, COHORT, "share"
    ),
    Definition("cohort", "won so far / created", DEALS, COHORT, "share"),
    Definition("close_rate", "won / (won + lost + no decision)", DEALS, CLOSED, "share"),
    Definition(
        "value_rate",
        "amount of won deals / amount of won, lost and undecided ones, at what they were worth when they began",
        DEALS,
        CLOSED,
        "share",
    ),
    Definition("narrow", "won / (won + lost)", DEALS, CLOSED, "share"),
    Definition(
        "acv", "mean of (amount - one-off part) / years of the term", "deals won within the horizon", COHORT, "currency"
    ),
    Definition(
        "cycle", "mean days until a deal is decided, those still open counting as the horizon", DEALS, COHORT, "days"
    ),
    Definition("velocity", "deals x win rate x contract value / cycle", DEALS, COHORT, "currency a day"),
    Definition("lift", "win rate / win rate of all", DEALS, COHORT, "ratio"),
    Definition(
        "pipeline_share",
        "amount of open deals / that of all open deals",
        "open opportunities",
        "day of the run",
        "share",
    ),
    Definition("mrr", "sum of monthly amounts, trials left out", PAYING, AT_END, "currency a month"),
    Definition("arr", "12 x mrr", PAYING, AT_END, "currency a year"),
    Definition("top_customer_share", "largest customer's mrr / mrr", PAYING, AT_END, "share"),
    Definition(
        "logo_retention",
        "customers still paying / customers a year before",
        "customers a year before",
        YEAR_END,
        "share",
    ),
    Definition(
        "grr",
        "sum of min(paid now, paid then) of each / sum of paid then",
        "customers a year before",
        YEAR_END,
        "share",
    ),
    Definition("nrr", "sum of paid now / sum of paid then", "customers a year before", YEAR_END, "share"),
    Definition(
        "ltv_simple",
        "mrr / customers x gross margin / monthly churn",
        "customer-months of the year",
        YEAR_END,
        "currency",
    ),
    Definition(
        "ltv_realised",
        "mean gross margin of the first 12 months, of all who began",
        "customers who began in the newest year that can be followed for 12 months",
        YEAR_END,
        "currency",
    ),
    Definition(
        "ltv_km",
        "sum over months m of S(m) x gross margin of a customer in m; S by Kaplan-Meier, up to 36 months",
        "customer-months of the year, first lives",
        YEAR_END,
        "currency",
    ),
    Definition("ltv_km_months", "months that ltv_km sums over", "customer-months of the year", YEAR_END, "months"),
    Definition(
        "cac",
        "acquisition cost, allocated, of the months a median cycle earlier / new customers",
        "customers who began in the year",
        YEAR_END,
        "currency",
    ),
    Definition(
        "payback", "cac / (median first mrr x gross margin)", "customers who began in the year", YEAR_END, "months"
    ),
    Definition("ltv_to_cac", "ltv_km / cac", "as of both", YEAR_END, "ratio"),
    Definition(
        "roi",
        "(gross margin of the first 12 months - cost to serve - cost to acquire) / cost to acquire",
        "as of ltv_realised",
        YEAR_END,
        "ratio",
    ),
    *(
        Definition(
            f"{prefix}conversion{step}",
            f"{unit} that reached {last} within the horizon / {unit} that reached {first}",
            f"{unit} watched for the whole horizon",
            ENTERED,
            "share",
        )
        for prefix, unit in (("", "leads"), ("account_", "accounts with leads"))
        for step, first, last in (
            ("_mql", "lead", "MQL"),
            ("_sql", "MQL", "SQL"),
            ("_opportunity", "SQL", "opportunity"),
            ("_won", "opportunity", "won"),
            ("", "lead", "won"),
        )
    ),
)


def as_markdown() -> str:
    """The registry as the table of the documentation."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "| metric | formula | population | date basis | unit | version |"
    yield "|---|---|---|---|---|---|"
    for item in DEFINITIONS:
        told = (f"`{item.metric}`", item.formula, item.population, item.date_basis, item.unit, str(item.version))
        yield f"| {' | '.join(told)} |"
