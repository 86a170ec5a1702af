"""However records change between readings, the readings one after the other give what Salesforce holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.counterparts.salesforce.org import Org, Record
from tests.counterparts.salesforce.server import Counterpart
from tests.integration.salesforce.reading import Reader, Row, sorted_by_id, truth

COLUMNS = ("Id", "Name", "Type", "IsDeleted", "MasterRecordId")
PARTNERS_APART = "Type != 'Partner'"


def _create(org: Org, _: str, number: int) -> None:
    org.create("Account", Name=f"Company {number}", Type=("Partner", "Customer", None)[number % 3])


def _update(org: Org, key: str, number: int) -> None:
    org.update(key, Name=f"Renamed {number}", Type=("Partner", "Customer", None)[number % 3])


def _delete(org: Org, key: str, _: int) -> None:
    org.delete(key)


def _undelete(org: Org, key: str, _: int) -> None:
    org.undelete(key)


def _merge(org: Org, key: str, number: int) -> None:
    records = org.records("Account")
    winner = records[number % len(records)]["Id"]
    if winner != key:
        org.merge(winner, key)


def _commit_late(org: Org, key: str, number: int) -> None:
    """A change whose transaction took nine minutes: it is stamped with its beginning."""
    org.now -= timedelta(minutes=9)
    org.update(key, Name=f"Late {number}")
    org.now += timedelta(minutes=9)


def _wait(org: Org, _: str, number: int) -> None:
    org.wait(minutes=number)


def _purge(org: Org, key: str, _: int) -> None:
    """What has been deleted for fifteen days leaves the recycle bin."""
    record = org.record(key)
    if record is not None and record["IsDeleted"]:
        org.wait(days=15)
        org.purge(key)


CHANGES: tuple[Callable[[Org, str, int], None], ...] = (
    *(_create, _update, _update, _delete, _undelete, _merge, _commit_late, _wait, _purge),
)
STEPS = st.lists(st.tuples(st.sampled_from([None, *CHANGES]), st.integers(0, 60)), min_size=5, max_size=25)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, where=st.sampled_from([None, PARTNERS_APART]))
def test_readings_add_up(
    salesforce: Counterpart, read: Reader, steps: list[tuple[Callable[[Org, str, int], None] | None, int]], where: str
) -> None:
    org, table = salesforce.org, {"where": where} if where else {}
    salesforce.rest.page_size, salesforce.bulk.page_size = 2, 3
    known: dict[str | None, Row] = {}
    watermark: str | None = None
    _create(org, "", 1)
    for change, number in [*steps, (None, 0)]:
        if change is not None:
            records = org.records("Account")
            change(org, records[number % len(records)]["Id"] if records else "", number)
            continue
        org.wait(seconds=1)
        rows, reading = read("Account", *COLUMNS, since=watermark, **table)
        known = {} if reading.full else known
        known |= {row["Id"]: row for row in rows}
        known = {key: row for key, row in known.items() if row["IsDeleted"] == "false"}
        watermark = reading.watermark()
    assert sorted_by_id(known.values()) == truth(org, "Account", COLUMNS, lambda item: _counts(item, where))


def _counts(record: Record, where: str | None) -> bool:
    return not record["IsDeleted"] and (where is None or record["Type"] != "Partner")
