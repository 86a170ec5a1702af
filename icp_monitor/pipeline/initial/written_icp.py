"""The text of a first ``icp.yaml``: every value that was found counts as right, until somebody says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from statistics import quantiles

from icp_monitor.pipeline.initial.attributes import MOST_SCORED, Attribute
from icp_monitor.pipeline.initial.history import History
from icp_monitor.pipeline.initial.scalars import number, text

_SECTOR_DIGITS = 2
_FEWEST_SEGMENTS, _MOST_SEGMENTS = 2, 5
_SIMPLE = re.compile(r"[A-Za-z][A-Za-z0-9 &/-]*")


def icp_text(name: str, files: Sequence[str], attributes: Sequence[Attribute], history: History) -> str:
    """The whole file."""
    identifier = _slug(name)
    return f"""\
# yaml-language-server: $schema=schema/icp.schema.json

# A first profile, guessed from {", ".join(files)}.
# Its match rules are neutral: every value that was found is right, so that a score only says how much is known of an
# account. Say who you aim at: delete values that are wrong, narrow the ranges, and weigh what matters more.
# `icp-monitor icp lint` checks this file; a version is frozen once it is approved, so raise it with every change.

apiVersion: icp/v1
kind: IdealCustomerProfile

metadata:
  id: {identifier}                        # names the profile for ever; versions of it are numbered
  name: {text(name)}
  version: 1
  owner: owner@company.example            # write the one person who answers for it
  change_reason: First profile, guessed from the CRM's export

scoring:
  weight_scale: {{min: 0, max: 5}}
  missing:
    default: neutral                      # an unknown value counts as an average account
    coverage_floor: 0.60                  # below this share of known weight an account stays unscored
  tiers: {{tier_1: {{min: 80}}, tier_2: {{min: 60}}, tier_3: {{min: 0}}}}

# What we look at in a customer; weight 0 tracks a candidate without scoring it.
attributes:
{"".join(_attribute(place, item) for place, item in enumerate(attributes))}
# Accounts that are never sold to, whatever their score.
knockouts: []

# The groups of accounts that are judged one by one; without any, only the whole company is. To begin with, write
# `segments:` without the brackets and take the # off these lines.
segments: []
{"".join(_segment_examples(attributes))}
tier_plays: {{}}                            # what is done with each tier, like {{tier_1: abm, tier_2: nurture}}

# The validated past: deals created from `from` up to, and without, `to`. Whole fiscal quarters.
baseline: {{from: {history.baseline.start}, to: {history.baseline.end}}}

horizon_days: {history.horizon_days}                         # a deal's outcome is judged this long after it was created

# The smallest change worth acting on. Shares: win_rate, mix (0.05 is 5 points). Relative: acv, cycle.
material: {{win_rate: 0.05, acv: 0.15, cycle: 0.20, mix: 0.10}}

effective_from: {history.baseline.end}
"""


def _attribute(place: int, item: Attribute) -> str:
    kind = "category" if item.type == "codes" else item.type
    weight = "3" if place < MOST_SCORED else "0                             # more would fit past deals better"
    lines = [
        f"  - id: {item.id}",
        f"    family: {item.family}",
        f"    weight: {weight}",
        f"    type: {kind}",
        f"    source: {text(f'column {item.column.name} of the accounts')}",
        "    match:",
        *(f"      {line}" for line in _match(item)),
    ]
    return "\n".join(lines) + "\n\n"


def _match(item: Attribute) -> Iterator[str]:
    match item.type:
        case "category":
            yield "full:                              # every value found"
            yield from (f"  - {text(value)}" for value in item.column.values)
        case "codes":
            yield "hierarchy: prefix                  # 52 covers 522110"
            yield f"full: [{', '.join(text(code) for code in _sectors(item.column.values))}]"
        case "set":
            yield "any:                               # the best one present counts"
            yield from (f"  {text(member)}: 1.0" for member in item.members)
        case "number":
            yield f"full: [{number(item.column.numbers[0])}, null]  # {_spread(item.column.numbers)}"
        case "ordinal":
            yield f"gte: {number(item.column.numbers[0])}  # {_spread(item.column.numbers)}"


def _sectors(codes: Iterable[str]) -> list[str]:
    return sorted({code[:_SECTOR_DIGITS] for code in codes})


def _spread(values: Sequence[float]) -> str:
    found = f"found: {number(values[0])} to {number(values[-1])}"
    if len(values) < 4:
        return found
    low, _, high = quantiles(values, n=4)
    return f"{found}, half of them from {low:.4g} to {high:.4g}"


def _segment_examples(attributes: Sequence[Attribute]) -> Iterator[str]:
    """Lines to take the comment off: the most frequent values of the first attribute that splits the accounts."""
    for item in attributes:
        values = [value for value in item.column.values if _SIMPLE.fullmatch(value)]
        if item.type == "category" and len(values) >= _FEWEST_SEGMENTS:
            for place, value in enumerate(values[:_MOST_SEGMENTS], start=1):
                when = f"{item.id} == '{value}'"
                yield f"#  - {{id: {_slug(value)}, name: {text(value)}, when: {text(when)}, priority: {place}}}\n"
            return


def _slug(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return plain if plain[:1].isalpha() else f"icp-{plain}".strip("-")
