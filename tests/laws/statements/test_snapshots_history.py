"""Random histories, lived pull by pull: what a snapshot says against what the extracts of those days said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_monitor.catalogue import Catalogue, catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.anchors import accounts_at_anchor
from icp_monitor.snapshots.asof import Asof, Knowledge
from icp_monitor.snapshots.opportunities import opportunities

Row = Mapping[str, Any]
Key = tuple[Any, ...]
Records = Mapping[Key, Row]
Run = Callable[..., list[Row]]

START = date(2026, 1, 1)
DAYS = 4
UNDATED = date(1900, 1, 1)
laws = settings(deadline=None, max_examples=50)

PULL_DAY = st.integers(0, DAYS).map(lambda offset: START + timedelta(days=offset))
DAY = st.integers(0, DAYS + 3).map(lambda offset: START + timedelta(days=offset))
OUTCOMES = ("won", "lost", "no_decision", "open")
ACCOUNTS = ("a", "b")
DEALS = ("d", "e", "f")


@dataclass(frozen=True)
class Pull:
    """A full extract, read on ``day``: the records of each table by key."""

    day: date
    accounts: Records
    deals: Records
    events: Records


@st.composite
def pulls(draw: st.DrawFn, day: date) -> Pull:
    past = st.integers(0, (day - START).days).map(lambda offset: START + timedelta(days=offset))
    account = st.fixed_dictionaries({"created_on": st.none() | past, "size": st.sampled_from(["s", "m", "l", None])})
    deal = st.fixed_dictionaries(
        {
            "account_id": st.sampled_from((*ACCOUNTS, *ACCOUNTS, None)),
            "created_on": past,
            "outcome": st.sampled_from(OUTCOMES),
            "closed_on": st.none() | past,
        }
    )
    event = st.fixed_dictionaries({"outcome": st.sampled_from(OUTCOMES)})
    entries = st.tuples(st.sampled_from(DEALS), past, st.sampled_from(["x", "y"]))
    return Pull(
        day,
        draw(st.dictionaries(st.sampled_from(ACCOUNTS).map(lambda name: (name,)), account)),
        draw(st.dictionaries(st.sampled_from(DEALS).map(lambda name: (name,)), deal, min_size=2)),
        draw(st.dictionaries(entries, event, max_size=5)),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Pull]:
    days = sorted(draw(st.sets(PULL_DAY, min_size=1)))
    return [draw(pulls(day)) for day in days]


def raw_rows(history: Sequence[Pull], table: str, key: Sequence[str], fact_on: str) -> list[Row]:
    """What a pull stores: in the first load everything, later only what changed, and tombstones."""
    rows, before = [], dict[Key, Row]()
    for load, pull in enumerate(history, start=1):
        now: Records = getattr(pull, table)
        changed = {**{gone: None for gone in before if gone not in now}, **now}
        for name, record in changed.items():
            if record is not None and before.get(name) == record:
                continue
            facts = {**(record or {}), **dict(zip(key, name, strict=True))}
            since = pull.day if load > 1 else facts[fact_on] or UNDATED
            clocks = {"known_on": since, "valid_from": since, "assumed": load == 1, "deleted": record is None}
            rows.append({**facts, **clocks, "load": load, "source": "crm"})
        before = dict(now)
    return rows


def tables_of(history: Sequence[Pull]) -> dict[str, list[Row]]:
    return {
        "raw_accounts": raw_rows(history, "accounts", ("account_id",), "created_on"),
        "raw_opportunities": raw_rows(history, "deals", ("opportunity_id",), "created_on"),
        "raw_stage_events": raw_rows(history, "events", ("opportunity_id", "entered_on", "stage"), "entered_on"),
    }


def known_pulls(history: Sequence[Pull], asof: Asof) -> list[Pull]:
    """The extracts that count: the first always does, since its history is assumed to have been known."""
    later = history[1 : asof.last_load]
    return [history[0], *(pull for pull in later if asof.knowledge == "restated" or pull.day <= asof.as_of)]


def standing(pull: Pull, name: Key, day: date) -> tuple[str, date | None, bool]:
    """Outcome, close date, and whether they were derived from dates, as ``pull`` tells it."""
    entered = [(key[1], record["outcome"]) for key, record in pull.events.items() if key[0] == name[0] and key[1] < day]
    if entered:
        last = max(entry for entry, _ in entered)
        outcome = min((outcome for entry, outcome in entered if entry == last), key=OUTCOMES.index)
        ended = [entry for entry, told in entered if told != "open"]
        opened = [entry for entry, told in entered if told == "open"]
        several = len({told for _, told in entered if told != "open"}) > 1
        again = several or (bool(ended and opened) and max(opened) > min(ended))
        return outcome, None if outcome == "open" else last if again else min(ended), False
    deal = pull.deals[name]
    if deal["outcome"] == "open" or deal["closed_on"] is None or deal["closed_on"] >= day:
        return "open", None, True
    return deal["outcome"], deal["closed_on"], True


def expected_deals(history: Sequence[Pull], asof: Asof) -> list[Row]:
    latest = known_pulls(history, asof)[-1]
    found = []
    for name, deal in sorted(latest.deals.items()):
        if deal["created_on"] < asof.as_of:
            outcome, closed_on, derived = standing(latest, name, asof.as_of)
            age = ((closed_on or asof.observed_until) - deal["created_on"]).days
            facts = {"opportunity_id": name[0], "account_id": deal["account_id"], "created_on": deal["created_on"]}
            resolved = {"outcome": outcome, "closed_on": closed_on, "derived": derived, "age_days": age}
            found.append({**facts, **resolved})
    return found


def expected_at_anchor(history: Sequence[Pull], asof: Asof, deal: Row) -> tuple[str | None, bool]:
    """The account's size on the anchor date, and whether it was known to hold then."""
    anchor, name = deal["created_on"], (deal["account_id"],)
    first, *later = known_pulls(history, asof)
    told = [pull for pull in later if pull.day <= anchor]
    stored_first = name in first.accounts and not hidden(first, name, asof)
    if told and (stored_first or any(name in pull.accounts for pull in told)):
        account = told[-1].accounts.get(name)
        undated = stored_first and first.accounts[name]["created_on"] is None
        same_since = undated and all(pull.accounts.get(name) == first.accounts[name] for pull in told)
        nothing_since = all(pull.accounts == first.accounts for pull in told)  # so that there was no second load
        return (account["size"], not (same_since and nothing_since)) if account else (None, False)
    if stored_first:
        account = first.accounts[name]
        return account["size"], account["created_on"] is not None and account["created_on"] <= anchor
    stand_in = next((pull for pull in later if name in pull.accounts), None)
    return (stand_in.accounts[name]["size"] if stand_in else None), False


def hidden(first: Pull, name: Key, asof: Asof) -> bool:
    created_on = first.accounts[name]["created_on"]
    return asof.knowledge == "as-was" and created_on is not None and created_on > asof.as_of


@pytest.fixture(scope="session")
def icp(profile: Callable[..., IcpConfig]) -> IcpConfig:
    return profile([{"id": "size", "weight": 1, "type": "category", "match": {"full": ["l"]}}])


@pytest.fixture(scope="session")
def catalogue(icp: IcpConfig) -> Catalogue:
    return catalogue_of(icp)


def looking(day: date, knowledge: Knowledge, last_load: int) -> Asof:
    return Asof(day, knowledge, last_load, day, has_stage_events=True)


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[Pull], Asof]:
    """A history, and a day to look at it from with what the first few loads say."""
    history, day = draw(histories()), draw(DAY)
    last_load = draw(st.integers(1, len(history)))
    return history, looking(day, draw(st.sampled_from(["as-was", "restated"])), last_load)


@laws
@given(question=questions())
def test_a_snapshot_of_deals_says_what_the_extract_of_the_day_said(
    catalogue: Catalogue, run: Run, question: tuple[list[Pull], Asof]
) -> None:
    history, asof = question
    rows = run(catalogue, tables_of(history), opportunities(catalogue, asof).order_by("opportunity_id"))
    shown = ("opportunity_id", "account_id", "created_on", "outcome", "closed_on", "derived", "age_days")
    assert [{name: row[name] for name in shown} for row in rows] == expected_deals(history, asof)


@laws
@given(question=questions())
def test_a_snapshot_of_accounts_says_what_the_extract_of_the_day_said(
    catalogue: Catalogue, run: Run, question: tuple[list[Pull], Asof]
) -> None:
    history, asof = question
    rows = run(catalogue, tables_of(history), accounts(catalogue, asof).order_by("account_id"))
    latest = known_pulls(history, asof)[-1]
    assert [(row["account_id"], row["size"]) for row in rows] == [
        (name, account["size"])
        for (name,), account in sorted(latest.accounts.items())
        if account["created_on"] is None or account["created_on"] < asof.as_of
    ]


@laws
@given(question=questions())
def test_each_deal_finds_its_account_as_it_was_told_on_the_anchor_date(
    catalogue: Catalogue, icp: IcpConfig, run: Run, question: tuple[list[Pull], Asof]
) -> None:
    history, asof = question
    deals = opportunities(catalogue, asof).subquery("deals")
    rows = run(
        catalogue, tables_of(history), accounts_at_anchor(catalogue, icp, asof, deals).order_by("opportunity_id")
    )
    wanted = [(deal, expected_at_anchor(history, asof, deal)) for deal in expected_deals(history, asof)]
    assert [(row["opportunity_id"], row["anchor_on"], (row["size"], row["anchor_known"])) for row in rows] == [
        (deal["opportunity_id"], deal["created_on"], told) for deal, told in wanted
    ]


@laws
@given(history=histories(), day=DAY)
def test_what_was_known_on_a_day_never_changes_afterwards(
    catalogue: Catalogue, run: Run, history: list[Pull], day: date
) -> None:
    lived = max(1, sum(pull.day <= day for pull in history))
    then, now = (looking(day, "as-was", last_load) for last_load in (lived, len(history)))
    for snapshot in (
        lambda asof: opportunities(catalogue, asof).order_by("opportunity_id"),
        lambda asof: accounts(catalogue, asof).order_by("account_id"),
    ):
        assert run(catalogue, tables_of(history[:lived]), snapshot(then)) == run(
            catalogue, tables_of(history), snapshot(now)
        )


@laws
@given(history=histories(), later=st.integers(0, 10))
def test_after_the_last_pull_as_was_and_restated_agree(
    catalogue: Catalogue, run: Run, history: list[Pull], later: int
) -> None:
    day = history[-1].day + timedelta(days=later)
    as_was, restated = (
        run(
            catalogue,
            tables_of(history),
            opportunities(catalogue, looking(day, knowledge, len(history))).order_by("opportunity_id"),
        )
        for knowledge in ("as-was", "restated")
    )
    assert as_was == restated
