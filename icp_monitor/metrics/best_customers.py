"""Who the best customers are: what they have in common that all customers, and the deals that were not won, have not.

Best are those who brought most in their first twelve months, among all who began in the same year: who left counts too,
and who has been there for longer has no advantage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from scipy import stats

from icp_monitor.config.matching import AnyAttribute
from icp_monitor.metrics.attributes import counts_by_value, key_name
from icp_monitor.metrics.intervals import Interval, lift
from icp_monitor.metrics.lifetime import REALISED_MONTHS
from icp_monitor.metrics.months import YEAR
from icp_monitor.scoring.numbers import double
from icp_monitor.snapshots.dialects import floor_to_int, integer_sum

PARTS = {"n_decile": 10, "n_quartile": 4}  # the best of so many
FEWEST = 20  # best customers below which the best quarter stands in for the best tenth


def best_customer_counts(
    months: sa.FromClause, traits: sa.FromClause, attributes: Sequence[AnyAttribute], last: int
) -> sa.Select[Any]:
    """Customers by attribute and value, and how many of them are among the best tenth and quarter of their year.

    ``traits`` has account_id and the `bucket_keys` of the attributes as they were when the customer came. Only
    customers who could be followed for twelve months up to ``last`` are counted.
    """
    rows = months.c
    brought = (
        sa.select(rows.account_id, rows.first, integer_sum(rows.mrr_minor).label("brought"))
        .where(rows.number < rows.first + REALISED_MONTHS, rows.first <= last - REALISED_MONTHS + 1)
        .group_by(rows.account_id, rows.first)
        .cte("brought")
    )
    year = floor_to_int(brought.c.first / double(YEAR))
    order = (brought.c.brought.desc(), brought.c.account_id)
    place = sa.func.row_number().over(partition_by=year, order_by=order)
    ranked = sa.select(
        brought.c.account_id, place.label("place"), sa.func.count().over(partition_by=year).label("of")
    ).cte("ranked")
    each = (
        sa.select(
            *(sa.case((ranked.c.place * part <= ranked.c.of, 1), else_=0).label(name) for name, part in PARTS.items()),
            *(traits.c[key_name(attribute)] for attribute in attributes),
        )
        .select_from(ranked.join(traits, traits.c.account_id == ranked.c.account_id))
        .cte("best_customers")
    )
    return counts_by_value(each, attributes, (), tuple(integer_sum(each.c[name]).label(name) for name in PARTS))


@dataclass(frozen=True)
class Trait:
    """A value of an attribute: how many of the best and of all customers have it, and how much more common it is.

    ``lift`` is its share among the best by that among all; ``p_value`` is Fisher's for the best against the others.
    """

    attribute: str
    value: str
    n_best: int
    n: int
    lift: Interval | None
    p_value: float


@dataclass(frozen=True)
class BestCustomers:
    """The ``best`` of ``customers``, one in ``part``, and the values of their attributes."""

    part: int
    best: int
    customers: int
    traits: tuple[Trait, ...]


def best_customers(counts: pd.DataFrame, level: float) -> BestCustomers | None:
    """From the result of `best_customer_counts`; None where even a quarter of the customers are too few."""
    totals = counts.groupby("attribute")[["n", *PARTS]].sum()
    if totals.empty:
        return None
    total = totals.iloc[0]  # the same for every attribute: each customer has one value of it, if only an unknown one
    name = next((name for name in PARTS if total[name] >= FEWEST), None)
    if name is None:
        return None
    best, customers = int(total[name]), int(total["n"])
    found = tuple(_traits(counts.rename(columns={name: "n_best"}), best, customers, level))
    return BestCustomers(PARTS[name], best, customers, found)


def _traits(counts: pd.DataFrame, best: int, customers: int, level: float) -> Iterator[Trait]:
    columns = (counts[name].tolist() for name in ("attribute", "value", "n_best", "n"))
    for attribute, value, n_best, n in zip(*columns, strict=True):
        others = customers - best
        table = np.array([[n_best, best - n_best], [n - n_best, others - (n - n_best)]])
        p_value = float(stats.fisher_exact(table).pvalue)
        yield Trait(attribute, value, n_best, n, lift(n_best, best, n - n_best, others, level), p_value)
