"""Who a synthetic company could sell to, as its CRM shows them: never with every attribute filled in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from icp_monitor.synthetic import attributes
from icp_monitor.synthetic.attributes import Attributes, draw_attributes, subset_labels, true_fit
from icp_monitor.synthetic.columns import Floats, Ints, dates, identifiers, labels
from icp_monitor.synthetic.names import TRADES, company_names
from icp_monitor.synthetic.profiles import ELSEWHERE, EVERY_INDUSTRY, FINANCE, HEALTH, MANUFACTURING, OTHER, SOFTWARE
from icp_monitor.synthetic.world import World

_INDUSTRIES_OF_TRADE = {
    "finance": FINANCE,
    "health": HEALTH,
    "software": SOFTWARE,
    "manufacturing": MANUFACTURING,
    "elsewhere": ELSEWHERE,
}
_TRADE_OF = {code: TRADES.index(trade) for trade, codes in _INDUSTRIES_OF_TRADE.items() for code in codes}
_MISSING = {
    "country": 0.02,
    "core_stack": 0.20,
    "cloud_maturity": 0.15,
    "risk_tolerance": 0.45,
    "data_culture": 0.35,
    "buying_committee": 0.25,
    "eval_process": 0.30,
}
# An account whose industry or size nobody recorded fits no segment's rule, so only `other` may lack them.
_MISSING_IN_OTHER = {"industry": 0.08, "employees": 0.10}
_KNOWN_BEFORE_START = 0.6
_DAYS_BEFORE_START = 3 * 365
_ACCOUNTS_A_REP = 120


@dataclass(frozen=True)
class AccountBook:
    """Every account of a company's history, in order of creation.

    ``segment`` is a position in the world's segments; ``created`` counts days from the start of the history, below 0
    for accounts that are older; ``fit`` is the score from 0 to 100 that its attributes would earn if all were known;
    ``leaning`` is its own tendency to buy, in logits; ``owner`` numbers its sales rep; ``table`` is what the CRM shows.
    """

    segment: Ints
    created: Ints
    fit: Floats
    leaning: Floats
    owner: Ints
    table: pa.Table


def draw_accounts(world: World) -> AccountBook:
    """Grow the accounts of a world."""
    segment, created = _arrivals(world)
    values = draw_attributes(world.rng("attributes"), world.segments, segment)
    count = world.accounts
    return AccountBook(
        segment=segment,
        created=created,
        fit=true_fit(values),
        leaning=world.account_spread * world.rng("leaning").standard_normal(count),
        owner=world.rng("owner").integers(max(3, count // _ACCOUNTS_A_REP), size=count),
        table=_table(world, segment, created, values),
    )


def _arrivals(world: World) -> tuple[Ints, Ints]:
    """Segment and day of creation of each account; every segment has one from the start."""
    rng, count, kinds = world.rng("arrivals"), world.accounts, len(world.segments)
    deals = np.array([segment.deals for segment in world.segments])
    segment = rng.choice(kinds, size=count, p=deals / deals.sum())
    segment[:kinds] = np.arange(kinds)
    is_old = rng.random(count) < _KNOWN_BEFORE_START
    is_old[:kinds] = True
    old, new = rng.integers(-_DAYS_BEFORE_START, 0, size=count), rng.integers(world.history.days, size=count)
    created = np.where(is_old, old, new)
    order = np.argsort(created, kind="stable")
    return segment[order], created[order]


def _table(world: World, segment: Ints, created: Ints, values: Attributes) -> pa.Table:
    rng, count = world.rng("missing"), world.accounts
    missing = {name: rng.random(count) < chance for name, chance in _MISSING.items()}
    is_other = np.array([profile.id == OTHER.id for profile in world.segments])[segment]
    missing |= {name: is_other & (rng.random(count) < chance) for name, chance in _MISSING_IN_OTHER.items()}
    # An empty set looks like one that nobody asked for.
    missing["core_stack"] |= values.core_stack == 0
    missing["buying_committee"] |= values.buying_committee == 0
    trades = np.array([_TRADE_OF[code] for code in EVERY_INDUSTRY])[values.industry]
    columns = {
        "account_id": identifiers("A", count),
        "name": company_names(trades),
        "created_on": dates(world.history.start, created),
    }
    vocabularies = {
        "country": tuple(attributes.COUNTRIES),
        "industry": EVERY_INDUSTRY,
        "employees": None,
        "core_stack": subset_labels(attributes.STACK),
        "cloud_maturity": None,
        "risk_tolerance": None,
        "data_culture": None,
        "buying_committee": subset_labels(attributes.COMMITTEE),
        "eval_process": tuple(attributes.PROCESSES),
    }
    for name, words in vocabularies.items():
        numbers = getattr(values, name)
        columns[name] = labels(words, numbers, missing[name]) if words else pa.array(numbers, mask=missing[name])
    return pa.table(columns)
