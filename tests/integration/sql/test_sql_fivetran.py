"""What Fivetran lands is read by its preset and a company's attributes alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.sources import SqlSource
from icp_monitor.settings.connections import read_connection
from icp_monitor.sources import Surroundings, read_source
from icp_monitor.sources.extract import Extract
from icp_monitor.sources.sql import Database
from tests.integration.sql.reading import Store
from tests.integration.sql.seeds import load, moment, seed

SALESFORCE, HUBSPOT = "fivetran-salesforce", "fivetran-hubspot"
WON, LOST, OPEN = "GavUFuuf4DrnQAoiRGlWpQ==", "tXi3M8u3iPxq0ggxTSxMKw==", "9RN9J3tlxr89gDctReax5w=="
CUT_OUT = {"created_on": None}  # the seeds have fewer columns than Salesforce
SALESFORCE_KEYS = {
    "stages": {"won": [WON], "lost": [LOST], "open": [OPEN, "Negotiation"]},
    "tables": {"accounts": {"columns": {"industry": "industry", "employees": "number_of_employees", **CUT_OUT}}},
}
HUBSPOT_COLUMNS = {"industry": "property_industry", "employees": "property_hs_all-funky-a9384-syntax"}


def pulled(store: Store, icp: IcpConfig, preset: str, **keys: Any) -> Extract:
    """All that the preset reads of a database, with a source's own keys on top of it."""
    given = {"kind": "sql", "preset": preset, "connection": "dwh", "schema": store.schema, **keys}
    source = SqlSource.model_validate({key: value for key, value in given.items() if value is not None}, strict=False)
    database = Database(source, read_connection("dwh", store.url))
    try:
        return read_source("crm", source, database, Surroundings(icp.attributes, date(2026, 1, 31), "EUR"))
    finally:
        database.close()


def stored(extract: Extract, name: str, key: str) -> dict[str, dict[str, Any]]:
    """The good records of a table by their key."""
    return {row[key]: row for row in extract.tables[name].to_table().to_pylist()}


def reasons(extract: Extract) -> list[tuple[str, str]]:
    """Which tables have what in quarantine."""
    return [(row["table_name"], row["reason"]) for row in extract.quarantine.to_table().to_pylist()]


@pytest.fixture
def salesforce(store: Store) -> Store:
    """A database into which Fivetran landed Salesforce."""
    load(store, SALESFORCE, ["account", "account_history", "opportunity", "opportunity_history"], prefix="sf_")
    return store


@pytest.fixture
def hubspot(store: Store) -> Store:
    """A database into which Fivetran landed HubSpot."""
    names = ("company", "company_property_history", "deal", "deal_company", "deal_stage", "merged_deal")
    load(store, HUBSPOT, [*names, "deal_pipeline_stage"])
    return store


def test_salesforce_accounts_are_read_as_they_are_and_deleted_ones_as_tombstones(
    salesforce: Store, icp: IcpConfig
) -> None:
    with pulled(salesforce, icp, SALESFORCE, **SALESFORCE_KEYS) as extract:
        found = stored(extract, "raw_accounts", "account_id")
        assert {name: counts.read for name, counts in extract.counts.items()} == {
            "raw_accounts": 10,
            "raw_account_history": 10,
            "raw_opportunities": 10,
            "raw_stage_events": 1,
        }
        assert extract.counts["raw_accounts"].quarantined == 0
        assert extract.full["raw_accounts"]
        assert extract.full["raw_opportunities"]
    rows = seed(SALESFORCE, "sf_account")
    assert {key: row["deleted"] for key, row in found.items()} == {
        row["id"]: row["is_deleted"] == "true" for row in rows
    }
    assert {key: row["merged_into"] for key, row in found.items()} == {
        row["id"]: row["master_record_id"] or None for row in rows
    }
    alive = {row["id"]: row["name"] for row in rows if row["is_deleted"] == "false"}
    assert {key: row["name"] for key, row in found.items() if not row["deleted"]} == alive


def test_salesforce_values_are_those_of_the_seeds(salesforce: Store, icp: IcpConfig) -> None:
    salesforce.run(
        "UPDATE account SET is_deleted = FALSE, _fivetran_active = NULL, master_record_id = NULL",
        "UPDATE opportunity SET is_deleted = FALSE, _fivetran_active = TRUE",
    )
    with pulled(salesforce, icp, SALESFORCE, **SALESFORCE_KEYS) as extract:
        accounts = stored(extract, "raw_accounts", "account_id")
        deals = stored(extract, "raw_opportunities", "opportunity_id")
        history = stored(extract, "raw_account_history", "account_id")
        assert reasons(extract) == []
    for row in seed(SALESFORCE, "sf_account"):
        employees = float(row["number_of_employees"]) if row["number_of_employees"] else None
        known = accounts[row["id"]]
        assert (known["name"], known["industry"], known["employees"]) == (
            row["name"],
            row["industry"] or None,
            employees,
        )
    for row in seed(SALESFORCE, "sf_account_history"):
        version = history[row["id"]]
        assert (version["changed_on"], version["industry"]) == (
            moment(row["_fivetran_start"]).date(),
            row["industry"] or None,
        )
    outcomes = {WON: "won", LOST: "lost", OPEN: "open"}
    assert len(deals) == 10
    for row in seed(SALESFORCE, "sf_opportunity"):
        deal = deals[row["id"]]
        assert deal["amount_minor"] == (int(row["amount"]) * 100 if row["amount"] else None)
        assert (deal["account_id"], deal["outcome"]) == (row["account_id"], outcomes[row["stage_name"]])
        assert deal["created_on"] == moment(row["created_date"]).date()
        assert deal["forecast_close_on"] == moment(row["close_date"]).date()


def test_of_an_account_in_history_mode_only_the_active_version_counts(salesforce: Store, icp: IcpConfig) -> None:
    """The trap of two versions of one id, which would conflict."""
    active = "0015500000Xyy06AAB"
    salesforce.run(
        "CREATE TABLE older AS SELECT * FROM account WHERE id = '0015500000Xyy06AAB'",
        "UPDATE older SET name = 'Before', _fivetran_active = FALSE",
        "INSERT INTO account SELECT * FROM older",
    )
    with pulled(salesforce, icp, SALESFORCE, **SALESFORCE_KEYS) as extract:
        assert extract.counts["raw_accounts"].read == 10
        assert stored(extract, "raw_accounts", "account_id")[active]["name"] == "Eric's Test"


def test_without_history_mode_the_plain_tables_are_read(salesforce: Store, icp: IcpConfig) -> None:
    salesforce.run("ALTER TABLE account DROP COLUMN _fivetran_active", "DROP TABLE opportunity_history")
    with pulled(salesforce, icp, SALESFORCE, **SALESFORCE_KEYS) as extract:
        assert extract.counts["raw_accounts"].read == 10
        assert "raw_stage_events" not in extract.counts


def test_versions_of_a_deal_tell_when_it_entered_a_stage(salesforce: Store, icp: IcpConfig) -> None:
    """The trap of versions in which something else changed, and of a first version that begins years after the deal."""
    version = "SELECT * FROM opportunity_history WHERE id = '006q000000HdOhuAAF'"
    for day, stage in (("2019-05-01", OPEN), ("2019-06-02", "Negotiation"), ("2019-07-03", WON), ("2019-08-04", WON)):
        salesforce.run(f"CREATE TABLE newer AS {version} AND _fivetran_start < '2019-04-30'")
        values = {"start": datetime.fromisoformat(f"{day}T10:00:00+00:00"), "stage": stage}
        statement = "UPDATE newer SET _fivetran_start = :start, stage_name = :stage"
        salesforce.write(statement, values, start=sa.DateTime(timezone=True))
        salesforce.run("INSERT INTO opportunity_history SELECT * FROM newer", "DROP TABLE newer")
    with pulled(salesforce, icp, SALESFORCE, **SALESFORCE_KEYS) as extract:
        events = extract.tables["raw_stage_events"].to_table().to_pylist()
        assert [
            (row["opportunity_id"][-4:], str(row["entered_on"]), row["stage"], row["outcome"]) for row in events
        ] == [
            ("uAAF", "2019-04-03", OPEN, "open"),
            ("uAAF", "2019-06-02", "Negotiation", "open"),
            ("uAAF", "2019-07-03", WON, "won"),
        ]


def test_field_history_goes_before_versions_where_it_is_synced(salesforce: Store, icp: IcpConfig) -> None:
    salesforce.run(
        "CREATE TABLE opportunity_field_history (opportunity_id TEXT, field TEXT, old_value TEXT, new_value TEXT, "
        "created_date TIMESTAMP, _fivetran_synced TIMESTAMP)",
    )
    changes = (("StageName", OPEN, WON, "2018-12-20 10:00:00"), ("Amount", "1", "2", "2018-12-20 11:00:00"))
    for field, before, after, on in changes:
        salesforce.write(
            "INSERT INTO opportunity_field_history VALUES "
            "('006q000000HddohAAB', :field, :before, :after, :on, '2019-04-04 18:47:01')",
            {"field": field, "before": before, "after": after, "on": on},
        )
    with pulled(salesforce, icp, SALESFORCE, **SALESFORCE_KEYS) as extract:
        events = extract.tables["raw_stage_events"].to_table().to_pylist()
    assert len(events) == 11
    of_one = [(str(row["entered_on"]), row["stage"]) for row in events if row["opportunity_id"] == "006q000000HddohAAB"]
    assert sorted(of_one) == [("2018-12-19", OPEN), ("2018-12-20", WON)]


def test_hubspot_companies_are_read_with_any_property(hubspot: Store, icp: IcpConfig) -> None:
    tables = {"accounts": {"columns": HUBSPOT_COLUMNS}}
    with pulled(hubspot, icp, HUBSPOT, tables=tables, stages=_events_stages()) as extract:
        found = stored(extract, "raw_accounts", "account_id")
        read = {name: counts.read for name, counts in extract.counts.items()}
        quarantined = reasons(extract)
    companies, deals, merged = seed(HUBSPOT, "company"), seed(HUBSPOT, "deal"), seed(HUBSPOT, "merged_deal")
    assert read == {
        "raw_accounts": len(companies),
        "raw_account_history": len(seed(HUBSPOT, "company_property_history")),
        "raw_opportunities": len(deals) + len(merged),
        "raw_stage_events": len(seed(HUBSPOT, "deal_stage")),
    }
    assert quarantined == [("raw_opportunities", "missing stage")] * len(deals)
    assert set(found) == {row["id"] for row in companies}
    for row in companies:
        odd = row["property_hs_all-funky-a9384-syntax"]
        known = found[row["id"]]
        assert (known["name"], known["industry"]) == (row["property_name"], row["property_industry"])
        assert known["employees"] == (float(odd) if odd else None)
        assert known["created_on"] == moment(row["property_createdate"]).date()


def test_hubspot_deals_have_the_labels_of_their_stages_and_won_is_won_in_every_pipeline(
    hubspot: Store, icp: IcpConfig
) -> None:
    pipeline = seed(HUBSPOT, "deal_pipeline_stage")
    deals = [row["deal_id"] for row in seed(HUBSPOT, "deal")]
    given = {deal: pipeline[place % len(pipeline)] for place, deal in enumerate(deals)}
    hubspot.write(
        "UPDATE deal SET deal_pipeline_stage_id = :stage, property_closedate = property_createdate, "
        "property_amount = '12.50' WHERE deal_id = :deal",
        *({"stage": stage["stage_id"], "deal": int(deal)} for deal, stage in given.items()),
    )
    hubspot.write(
        "INSERT INTO deal_company (company_id, deal_id, type_id) VALUES (:company, :deal, :type)",
        {"company": 1, "deal": int(deals[0]), "type": 341},
        {"company": 2, "deal": int(deals[0]), "type": 5},
    )
    others = [stage["label"] for stage in pipeline if stage["closed_won"] == "FALSE"]
    stages = {**_events_stages(), "lost": others}
    tables = {"accounts": {"columns": HUBSPOT_COLUMNS}}
    with pulled(hubspot, icp, HUBSPOT, tables=tables, stages=stages) as extract:
        found = stored(extract, "raw_opportunities", "opportunity_id")
        assert reasons(extract) == []
    for deal, stage in given.items():
        won = stage["closed_won"] == "TRUE"
        assert found[deal]["stage"] == ("Closed Won" if won else stage["label"])
        assert (found[deal]["outcome"], found[deal]["amount_minor"]) == ("won" if won else "lost", 1250)
    assert {key: row["account_id"] for key, row in found.items() if row["account_id"]} == {deals[0]: "2"}
    tombstones = {key: row["merged_into"] for key, row in found.items() if row["deleted"]}
    assert tombstones == {row["merged_deal_id"]: row["deal_id"] for row in seed(HUBSPOT, "merged_deal")}


def test_hubspot_stage_history_is_read_by_the_day_on_which_a_stage_was_entered(hubspot: Store, icp: IcpConfig) -> None:
    tables = {"accounts": {"columns": HUBSPOT_COLUMNS}}
    with pulled(hubspot, icp, HUBSPOT, tables=tables, stages=_events_stages()) as extract:
        found = stored(extract, "raw_stage_events", "opportunity_id")
    rows = seed(HUBSPOT, "deal_stage")
    assert {key: (row["stage"], row["entered_on"]) for key, row in found.items()} == {
        row["deal_id"]: (row["value"], moment(row["date_entered"]).date()) for row in rows
    }


def test_a_portal_in_which_nothing_was_merged_has_no_such_table(hubspot: Store, icp: IcpConfig) -> None:
    hubspot.run("DROP TABLE merged_deal", "UPDATE deal SET deal_pipeline_stage_id = 'unknown', is_deleted = TRUE")
    tables = {"accounts": {"columns": HUBSPOT_COLUMNS}}
    with pulled(hubspot, icp, HUBSPOT, tables=tables, stages=_events_stages()) as extract:
        found = stored(extract, "raw_opportunities", "opportunity_id")
    assert {(row["deleted"], row["merged_into"]) for row in found.values()} == {(True, None)}
    assert set(found) == {row["deal_id"] for row in seed(HUBSPOT, "deal")}


def test_single_changes_of_a_property_become_versions_of_the_account(hubspot: Store, icp: IcpConfig) -> None:
    hubspot.run(
        "INSERT INTO company_property_history (company_id, timestamp, name, value) VALUES "
        "(2182162682, '2020-03-01 10:00:00.000000', 'industry', 'fintech'), "
        "(2182162682, '2020-05-01 10:00:00.000000', 'industry', 'health')"
    )
    tables = {"accounts": {"columns": HUBSPOT_COLUMNS}}
    with pulled(hubspot, icp, HUBSPOT, tables=tables, stages=_events_stages()) as extract:
        rows = extract.tables["raw_account_history"].to_table().to_pylist()
    versions = [(str(row["changed_on"]), row["industry"]) for row in rows if row["account_id"] == "2182162682"]
    assert sorted(versions)[-2:] == [("2020-03-01", "fintech"), ("2020-05-01", "health")]


def _events_stages() -> dict[str, list[str]]:
    """The seeds write stages of deals as hashes that no label belongs to."""
    entered = sorted({row["value"] for row in seed(HUBSPOT, "deal_stage")})
    return {"open": entered, "won": ["Closed Won"], "lost": ["Closed Lost"]}
