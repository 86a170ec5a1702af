"""What is true of each account, and how well it fits the ideal customer profile because of that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.synthetic.columns import Floats, Ints
from icp_monitor.synthetic.profiles import EVERY_INDUSTRY, FINANCE, SegmentProfile

COUNTRIES = {"US": 0.52, "GB": 0.13, "DE": 0.10, "CA": 0.08, "FR": 0.07, "NL": 0.04, "AU": 0.03, "SE": 0.03}
STACK = {
    "bigquery": 0.22,
    "competitor_x_contract": 0.12,
    "databricks": 0.18,
    "dbt": 0.35,
    "fivetran": 0.25,
    "redshift": 0.20,
    "snowflake": 0.40,
    "tableau": 0.45,
}
COMMITTEE = {"champion": 0.60, "economic_buyer": 0.65, "technical_buyer": 0.70}
PROCESSES = {"formal_rfp": 0.30, "informal": 0.40, "poc": 0.30}
_LEVELS = (0.12, 0.23, 0.30, 0.22, 0.13)


@dataclass(frozen=True)
class Attributes:
    """The true values of every account: numbers, positions in a vocabulary, and sets as bits."""

    industry: Ints
    employees: Ints
    country: Ints
    core_stack: Ints
    cloud_maturity: Ints
    risk_tolerance: Ints
    data_culture: Ints
    buying_committee: Ints
    eval_process: Ints


def draw_attributes(rng: np.random.Generator, profiles: tuple[SegmentProfile, ...], segment: Ints) -> Attributes:
    """Draw the attributes of accounts whose segments (positions in ``profiles``) are given."""
    count = len(segment)
    industry, employees = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    for position, profile in enumerate(profiles):
        members = np.flatnonzero(segment == position)
        codes = np.array([EVERY_INDUSTRY.index(code) for code in profile.industries])
        industry[members] = rng.choice(codes, size=len(members))
        low, high = profile.employees
        sizes = np.exp(rng.uniform(np.log(low), np.log(high), size=len(members)))
        employees[members] = np.clip(sizes, low, high - 1).astype(np.int64)
    return Attributes(
        industry=industry,
        employees=employees,
        country=rng.choice(len(COUNTRIES), size=count, p=list(COUNTRIES.values())),
        core_stack=_draw_set(rng, STACK, count),
        cloud_maturity=rng.choice(5, size=count, p=_LEVELS) + 1,
        risk_tolerance=rng.choice(5, size=count, p=_LEVELS) + 1,
        data_culture=rng.choice(5, size=count, p=_LEVELS) + 1,
        buying_committee=_draw_set(rng, COMMITTEE, count),
        eval_process=rng.choice(len(PROCESSES), size=count, p=list(PROCESSES.values())),
    )


def true_fit(values: Attributes) -> Floats:
    """The weighted share of the profile's wishes that each account meets, from 0 to 100."""
    finance = np.array([1.0 if code in FINANCE else 0.6 if code.startswith("524") else 0.0 for code in EVERY_INDUSTRY])
    home = np.array([country in ("US", "CA", "GB", "DE") for country in COUNTRIES])
    formal = np.array([process != "informal" for process in PROCESSES])
    warehouse = np.maximum(
        _has(STACK, values.core_stack, "snowflake"), 0.8 * _has(STACK, values.core_stack, "bigquery")
    )
    taken = _has(STACK, values.core_stack, "competitor_x_contract")
    buyers = sum(_has(COMMITTEE, values.buying_committee, role) for role in ("economic_buyer", "technical_buyer"))
    wishes = (
        (5, finance[values.industry]),
        (4, np.interp(values.employees, (100, 200, 2000, 5000), (0, 1, 1, 0))),
        (2, home[values.country]),
        (4, warehouse * (1 - taken)),
        (2, values.cloud_maturity >= 3),
        (2, values.risk_tolerance >= 4),
        (2, values.data_culture >= 3),
        (3, buyers / 2),
        (2, formal[values.eval_process]),
    )
    met = np.zeros(len(values.industry))
    for weight, wish in wishes:
        met += weight * wish
    return 100 * met / sum(weight for weight, _ in wishes)


def subset_labels(members: dict[str, float]) -> tuple[str, ...]:
    """The text of every subset, at the position of its bits: ``|dbt|snowflake|``."""
    return tuple(
        "".join(("|", *(f"{member}|" for bit, member in enumerate(members) if bits >> bit & 1)))
        for bits in range(2 ** len(members))
    )


def _draw_set(rng: np.random.Generator, chances: dict[str, float], count: int) -> Ints:
    """Which members each account has, as bits in the order of ``chances``."""
    bits = np.zeros(count, dtype=np.int64)
    for bit, chance in enumerate(chances.values()):
        bits |= (rng.random(count) < chance).astype(np.int64) << bit
    return bits


def _has(members: dict[str, float], bits: Ints, member: str) -> Floats:
    return (bits >> list(members).index(member) & 1).astype(np.float64)
