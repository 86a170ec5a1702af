"""Is the same company there more than once? Then its deals are spread over accounts, and segments are split."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.contrast import since_the_baseline
from icp_monitor.checks.data import Data, count_if, counting
from icp_monitor.checks.result import CheckResult

NOISE = (" ", ".", ",", "-", "&", "'", '"', "_", "/")
FORMS = ("inc", "ltd", "llc", "gmbh", "corp", "co")
ADDRESS = ("https://", "http://", "www.")

Column = sa.ColumnElement[str]


def check(data: Data) -> Iterator[CheckResult]:
    """Accounts with the same normalised name or the same web domain as id; and their share among deals."""
    keys = {"name": normalised_name(data.accounts), "domain": normalised_domain(data.accounts)}
    counts = {what: data.only(duplicate_counts(key)) for what, key in keys.items()}
    for what, row in counts.items():
        if row["n"]:
            yield _accounts_result(what, row["n"], row["groups"], row["total"])
    if counts["name"]["n"]:
        yield from _among_deals(data)


def _among_deals(data: Data) -> Iterator[CheckResult]:
    found = since_the_baseline(data.samples(data.read(duplicates_by_span(data.anchored, data.accounts))))
    if found is None:
        return
    many = found.change > data.gate.max_duplicates
    yield CheckResult(
        check="duplicates",
        table_name="opportunities",
        field="account_id",
        status="failed" if many else "ok",
        message=f"{found.after.share:.0%} of the deals created lately are with an account that is there more than "
        f"once; in the baseline {found.before.share:.0%}",
        n=found.after.n,
        total=found.after.total,
        suggestion="merge the duplicates at the source" if many else None,
        p_value=found.p_value,
    )


def duplicate_counts(key: Column) -> sa.Select[Any]:
    """One row: accounts in all, those that share their key with another, and in how many groups."""
    groups = _groups(key).subquery("groups")
    shared = groups.c.n > 1
    return counting(
        sa.cast(sa.func.coalesce(sa.func.sum(groups.c.n), 0), sa.BigInteger).label("total"),
        sa.cast(sa.func.coalesce(sa.func.sum(sa.case((shared, groups.c.n), else_=0)), 0), sa.BigInteger).label("n"),
        count_if(shared).label("groups"),
    )


def duplicates_by_span(anchored: sa.FromClause, accounts: sa.FromClause) -> sa.Select[Any]:
    """Deals of each span with an account, and those whose account shares its name with another."""
    key = normalised_name(accounts)
    named = sa.select(accounts.c.account_id, key.label("key")).subquery("named")
    groups = _groups(key).where(key != "").having(sa.func.count() > 1).subquery("groups")
    deals = anchored.join(named, named.c.account_id == anchored.c.account_id)
    return (
        counting(anchored.c.span, sa.func.count(groups.c.key).label("n"), sa.func.count().label("total"))
        .select_from(deals.outerjoin(groups, groups.c.key == named.c.key))
        .group_by(anchored.c.span)
    )


def normalised_name(accounts: sa.FromClause) -> Column:
    """The account's name in lower case, without legal form, spaces and punctuation."""
    spaced = sa.literal(" ", sa.Text).concat(_without(sa.func.lower(accounts.c.name), (".", ","))).concat(" ")
    plain: Any = reduce(lambda text, form: sa.func.replace(text, f" {form} ", " ", type_=sa.Text), FORMS, spaced)
    name: Column = _without(plain, NOISE)
    return name


def normalised_domain(accounts: sa.FromClause) -> Column:
    """The account's id as a web domain; NULL for ids that are none."""
    domain = _without(sa.func.lower(accounts.c.account_id), (*ADDRESS, "/"))
    return sa.case((accounts.c.account_id.like("%.%"), domain))


def _groups(key: Column) -> sa.Select[Any]:
    return counting(key.label("key"), sa.func.count().label("n")).where(key.is_not(None)).group_by(key)


def _without(text: Any, parts: tuple[str, ...]) -> Any:
    return reduce(lambda shorter, part: sa.func.replace(shorter, part, "", type_=sa.Text), parts, text)


def _accounts_result(what: str, n: int, groups: int, total: int) -> CheckResult:
    return CheckResult(
        check="duplicates",
        table_name="accounts",
        field="account_id",
        status="note",
        message=f"{n:,} of {total:,} accounts share their {what} with another: {groups:,} companies are there more "
        "than once",
        value=what,
        n=n,
        total=total,
        suggestion="merge them at the source, where merged_into then says which one is left",
    )
