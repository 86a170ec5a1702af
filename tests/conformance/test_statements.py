"""One statement, one answer: the shapes of statement that the product uses give equal tables on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.warehouse import Warehouse
from icp_monitor.warehouse.statements import Statement

pytestmark = pytest.mark.postgres

Shape = Callable[[sa.Table, sa.Table], Statement]
SHAPES: dict[str, Shape] = {}


def shape(build: Shape) -> Shape:
    """Adds a statement over accounts (a) and opportunities (o) to the catalogue of shapes."""
    SHAPES[build.__name__] = build
    return build


@shape
def every_column_of_a_table(a: sa.Table, _o: sa.Table) -> Statement:
    return sa.select(a).order_by(a.c.account_id)


@shape
def nothing(a: sa.Table, _o: sa.Table) -> Statement:
    return sa.select(a, sa.func.count().over().label("n")).where(a.c.account_id == "none of them")


@shape
def groups_with_null_as_a_group(_a: sa.Table, o: sa.Table) -> Statement:
    return (
        sa.select(
            o.c.channel,
            sa.func.count().label("n"),
            sa.func.count(o.c.amount_minor).label("n_amount"),
            sa.func.sum(o.c.amount_minor).label("amount"),
            sa.cast(sa.func.coalesce(sa.func.sum(o.c.log_amount), 0), sa.BigInteger).label("log_amount"),
            sa.func.min(o.c.created_on).label("first"),
            sa.func.max(o.c.opportunity_id).label("last_id"),
            sa.func.count().filter(o.c.outcome == "won").label("won"),
        )
        .group_by(o.c.channel)
        .order_by(o.c.channel.nulls_first())
    )


@shape
def sums_beyond_what_a_double_can_hold(_a: sa.Table, o: sa.Table) -> Statement:
    return sa.select(sa.func.sum(o.c.log_amount).label("log_amount"), sa.func.sum(o.c.amount_minor * 7).label("seven"))


@shape
def distinct_counts_as_a_two_level_group_by(_a: sa.Table, o: sa.Table) -> Statement:
    pairs = sa.select(o.c.outcome, o.c.account_id).group_by(o.c.outcome, o.c.account_id).subquery()
    return (
        sa.select(pairs.c.outcome, sa.func.count(pairs.c.account_id).label("accounts"))
        .group_by(pairs.c.outcome)
        .having(sa.func.count() > 1)
        .order_by(pairs.c.outcome)
    )


@shape
def a_grand_total_beside_its_parts(_a: sa.Table, o: sa.Table) -> Statement:
    return sa.union_all(
        sa.select(o.c.outcome.label("outcome"), sa.func.count().label("n")).group_by(o.c.outcome),
        sa.select(sa.literal("all", sa.Text), sa.func.count()).select_from(o),
    ).order_by("outcome")


@shape
def windows(_a: sa.Table, o: sa.Table) -> Statement:
    by_owner: dict[str, Any] = {
        "partition_by": o.c.owner_id,
        "order_by": (o.c.created_on.desc().nulls_last(), o.c.opportunity_id),
    }
    return sa.select(
        o.c.opportunity_id,
        sa.func.row_number(type_=sa.Integer).over(**by_owner).label("position"),
        sa.func.rank().over(partition_by=o.c.owner_id, order_by=o.c.created_on.nulls_first()).label("rank"),
        sa.func.lag(o.c.created_on, type_=sa.Date).over(**by_owner).label("later"),
        sa.func.sum(o.c.amount_minor).over(**by_owner, rows=(None, 0)).label("running"),
        sa.func.count().over(partition_by=o.c.owner_id).label("of_owner"),
    ).order_by(o.c.opportunity_id)


@shape
def the_newest_row_of_each_key(_a: sa.Table, o: sa.Table) -> Statement:
    position = sa.func.row_number(type_=sa.Integer).over(
        partition_by=o.c.account_id, order_by=(o.c.created_on.desc().nulls_last(), o.c.opportunity_id)
    )
    numbered = sa.select(o.c.account_id, o.c.opportunity_id, position.label("position")).subquery()
    return sa.select(numbered).where(numbered.c.position == 1).order_by(numbered.c.account_id.nulls_last())


@shape
def rows_without_a_partner_by_outer_join(a: sa.Table, o: sa.Table) -> Statement:
    joined = o.outerjoin(a, a.c.account_id == o.c.account_id)
    return (
        sa.select(o.c.opportunity_id, o.c.account_id)
        .select_from(joined)
        .where(a.c.account_id.is_(None))
        .order_by(o.c.opportunity_id)
    )


@shape
def rows_without_a_partner_by_not_exists(a: sa.Table, o: sa.Table) -> Statement:
    partner = sa.exists().where(o.c.account_id == a.c.account_id, o.c.outcome == "won")
    return sa.select(a.c.account_id).where(~partner).order_by(a.c.account_id)


@shape
def rows_without_a_partner_by_not_in_which_null_defeats(a: sa.Table, o: sa.Table) -> Statement:
    return sa.select(sa.func.count().label("n")).where(a.c.account_id.not_in(sa.select(o.c.account_id)))


@shape
def a_chain_of_cases(a: sa.Table, _o: sa.Table) -> Statement:
    employees = a.c.employees
    match = sa.case(
        (employees.is_(None), None),
        (employees.between(200, 2000), 1.0),
        (employees < 50, 0.0),
        (employees < 200, (employees - 50.0) / sa.func.nullif(sa.literal(150.0), 0.0)),
        else_=sa.literal(0.25, sa.Double),
    )
    label = sa.case((a.c.industry.in_(["fintech", "health"]), "known"), (a.c.industry.is_(None), None), else_="other")
    return sa.select(a.c.account_id, sa.type_coerce(match, sa.Double).label("match"), label.label("label")).order_by(
        a.c.account_id
    )


@shape
def a_truth_table_of_three_values(a: sa.Table, _o: sa.Table) -> Statement:
    small, old = a.c.employees < 300, a.c.created_on < date(2025, 1, 1)
    return sa.select(
        a.c.account_id,
        sa.and_(small, old).label("both"),
        sa.or_(small, old).label("either"),
        sa.not_(small).label("not_small"),
        small.is_(None).label("unknown"),
        small.is_distinct_from(old).label("differ"),
        sa.func.coalesce(small, sa.false()).label("known_small"),
    ).order_by(a.c.account_id)


@shape
def like_minds_case_and_escapes(a: sa.Table, _o: sa.Table) -> Statement:
    name = a.c.name
    return sa.select(
        name.label("name"),
        name.contains("%", autoescape=True).label("percent"),
        name.contains("_", autoescape=True).label("underscore"),
        name.contains("/", autoescape=True).label("slash"),
        name.contains("\\", autoescape=True).label("backslash"),
        name.like("%\\_%", escape="\\").label("escaped_by_backslash"),
        name.startswith("upp", autoescape=True).label("lower_case"),
        name.like("UP%").label("upper_case"),
    ).order_by(a.c.account_id)


@shape
def texts_that_look_like_syntax(a: sa.Table, _o: sa.Table) -> Statement:
    texts = (
        "100% O'Brien",
        "a:b",
        "back\\slash",
        "%(name)s",
        "$1 ?",
        "{x}",
        "--comment",
        "Ünïcødé 漢字 🎯",
        '"quoted"',
    )
    return (
        sa.select(
            a.c.name,
            (sa.literal("it's 5%: ") + a.c.name).label("joined"),
            sa.func.length(a.c.name, type_=sa.Integer).label("length"),
        )
        .where(a.c.name.in_(texts))
        .order_by(a.c.account_id)
    )


@shape
def text_is_ordered_by_its_bytes(a: sa.Table, _o: sa.Table) -> Statement:
    return sa.select(a.c.name, (a.c.name < "a").label("before_a")).order_by(a.c.name.nulls_last(), a.c.account_id)


@shape
def nulls_are_ordered_as_told(_a: sa.Table, o: sa.Table) -> Statement:
    columns = (o.c.created_on, o.c.amount_minor, o.c.opportunity_id)
    return sa.select(*columns).order_by(o.c.created_on.desc().nulls_first(), o.c.amount_minor.nulls_last(), columns[-1])


@shape
def division(_a: sa.Table, o: sa.Table) -> Statement:
    won = sa.func.count().filter(o.c.outcome == "won")
    every = sa.func.count()
    return (
        sa.select(
            o.c.owner_id,
            (sa.cast(won, sa.Double) / sa.cast(sa.func.nullif(every, 0), sa.Double)).label("share"),
            (sa.cast(won, sa.Double) / sa.cast(sa.func.nullif(every - every, 0), sa.Double)).label("undefined"),
            (won // 7).label("weeks"),
            ((won - every) // 7).label("weeks_below_zero"),
            (won // 7 * 7).label("whole_weeks"),
            (2 * won // 7).label("twice"),
            (every // (won // 7)).label("nested"),
            ((won - every) % 7).label("rest_below_zero"),
        )
        .group_by(o.c.owner_id)
        .order_by(o.c.owner_id)
    )


@shape
def integers_divided_truly(_a: sa.Table, o: sa.Table) -> Statement:
    half = sa.type_coerce(o.c.amount_minor / sa.literal(2), sa.Double)
    return sa.select(o.c.opportunity_id, half.label("half")).order_by(o.c.opportunity_id)


@shape
def a_parameter_declared_to_be_a_double_is_one_though_its_value_is_whole(a: sa.Table, _o: sa.Table) -> Statement:
    seven, two, huge = (sa.literal(value, sa.Double) for value in (7, 2, 2**40))
    ratio = sa.case((a.c.employees > 0, seven), else_=two) / two
    columns = (a.c.account_id, (seven / two).label("ratio"), ratio.label("case"), (huge * huge).label("product"))
    return sa.select(*columns).order_by(a.c.account_id)


@shape
def parameters_of_lists_and_others_keep_their_places(a: sa.Table, _o: sa.Table) -> Statement:
    few = a.c.account_id.in_(["A001", "A002", "A003"])
    number = sa.case((a.c.industry.in_(["fintech", "522"]), 1), (a.c.industry == "health", 2), else_=3)
    return sa.select(number.label("number"), a.c.account_id).where(few, a.c.name != "x").order_by(a.c.account_id)


@shape
def dates_are_compared_and_cast(_a: sa.Table, o: sa.Table) -> Statement:
    start, end = date(2024, 2, 29), date(2025, 2, 28)
    return sa.select(
        o.c.opportunity_id,
        (o.c.created_on >= start).label("since"),
        sa.type_coerce(o.c.created_on.between(start, end), sa.Boolean).label("within"),
        o.c.created_on.in_([start, end]).label("on_an_edge"),
        sa.literal(end, sa.Date).label("end"),
        sa.cast(sa.literal("2024-02-29"), sa.Date).label("from_text"),
        sa.cast(sa.null(), sa.Date).label("unknown"),
        sa.func.coalesce(o.c.closed_on, sa.literal(end, sa.Date)).label("watched_until"),
        sa.cast(o.c.created_on, sa.Text).label("as_text"),
    ).order_by(o.c.opportunity_id)


@shape
def a_small_table_in_the_statement(_a: sa.Table, o: sa.Table) -> Statement:
    quarters = (
        sa.values(sa.column("quarter", sa.Text), sa.column("first", sa.Date), sa.column("after", sa.Date), name="q")
        .data([("2024Q1", date(2024, 1, 1), date(2024, 4, 1)), ("2024'%", date(2024, 4, 1), date(2030, 1, 1))])
        .cte("quarters")
    )
    inside = sa.and_(o.c.created_on >= quarters.c.first, o.c.created_on < quarters.c.after)
    return (
        sa.select(quarters.c.quarter, sa.func.count(o.c.opportunity_id).label("n"))
        .select_from(quarters.outerjoin(o, inside))
        .group_by(quarters.c.quarter)
        .order_by(quarters.c.quarter)
    )


@shape
def common_table_expressions_within_subqueries(a: sa.Table, o: sa.Table) -> Statement:
    won = sa.select(o.c.account_id).where(o.c.outcome == "won").cte("won")
    ranked = (
        sa.select(a.c.account_id, a.c.industry).where(a.c.account_id.in_(sa.select(won.c.account_id))).cte("ranked")
    )
    inner = sa.select(ranked.c.industry, sa.func.count().label("n")).group_by(ranked.c.industry).subquery("inner_rows")
    return sa.select(inner).order_by(inner.c.industry.nulls_last())


@shape
def sets_of_rows_combined(a: sa.Table, o: sa.Table) -> Statement:
    return sa.union(
        sa.select(a.c.account_id.label("id")).where(a.c.industry == "health"),
        sa.except_(sa.select(o.c.account_id), sa.select(a.c.account_id)).subquery().select(),
    ).order_by(sa.column("id").nulls_last())


@shape
def a_table_joined_with_itself(a: sa.Table, _o: sa.Table) -> Statement:
    parent = a.alias("parent")
    return (
        sa.select(a.c.account_id, parent.c.name, sa.func.coalesce(parent.c.employees, a.c.employees).label("employees"))
        .select_from(a.join(parent, parent.c.account_id == a.c.parent_id))
        .order_by(a.c.account_id)
    )


@shape
def scalar_subqueries(a: sa.Table, o: sa.Table) -> Statement:
    deals = sa.select(sa.func.count()).where(o.c.account_id == a.c.account_id).scalar_subquery()
    newest = sa.select(sa.func.max(o.c.created_on)).scalar_subquery()
    return sa.select(a.c.account_id, deals.label("deals"), newest.label("newest")).order_by(a.c.account_id).limit(20)


@shape
def constants_keep_their_types(_a: sa.Table, _o: sa.Table) -> Statement:
    return sa.select(
        sa.literal(7).label("integer"),
        sa.literal(2**40).label("big"),
        sa.literal(0.1).label("double"),
        sa.literal("x").label("text"),
        sa.literal(True).label("yes"),
        sa.false().label("no"),
        sa.literal(date(2026, 1, 5)).label("day"),
        sa.cast(sa.null(), sa.Double).label("unknown"),
        (sa.literal(1.5) + 1).label("sum"),
    )


@pytest.mark.parametrize("name", SHAPES)
def test_every_engine_gives_the_same_table(
    name: str, agree: Callable[[Statement], pa.Table], catalogue: Catalogue
) -> None:
    table = agree(SHAPES[name](catalogue.raw_accounts.table, catalogue.raw_opportunities.table))
    assert table.num_rows == 0 if name == "nothing" else table.num_rows > 0


def test_duckdb_orders_nulls_as_postgresql_does_where_a_statement_leaves_it_open(
    engines: dict[str, Warehouse], catalogue: Catalogue
) -> None:
    deals = catalogue.raw_opportunities.table.c
    for order in (deals.amount_minor, deals.amount_minor.desc()):
        statement = sa.select(deals.amount_minor).order_by(order)
        assert engines["duckdb"].read(statement).equals(engines["postgresql"].read(statement))


def test_a_result_column_without_a_type_is_refused_since_its_type_would_depend_on_the_engine(
    engines: dict[str, Warehouse], catalogue: Catalogue
) -> None:
    statement = sa.select(sa.func.avg(catalogue.raw_accounts.table.c.employees).label("mean"))
    for warehouse in engines.values():
        with pytest.raises(TypeError, match="'mean' has no type"):
            warehouse.read(statement)
