"""What accounts look like: their segments follow from the record, and their fit from their attributes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from icp_monitor.synthetic.company import Company, generate
from icp_monitor.synthetic.world import World

FULL_PROCESSES = ("formal_rfp", "poc")


@pytest.fixture(scope="module")
def company() -> Company:
    return generate(World(seed=11, accounts=20_000, scale=0.1))


@pytest.fixture(scope="module")
def rows(company: Company) -> list[dict[str, Any]]:
    return company.extract.accounts.to_pylist()


def segment_by_rule(row: dict[str, Any]) -> str:
    industry, employees = row["industry"] or "", row["employees"]
    if employees is None:
        return "other"
    finance, middle = industry.startswith(("522", "523")), 200 <= employees < 2000
    rules = {
        "fintech-mm": finance and middle,
        "fintech-ent": finance and employees >= 2000,
        "health-mm": industry.startswith("62") and middle,
        "saas-mm": industry.startswith("5112") and middle,
        "manufacturing-mm": industry[:2] in ("31", "32", "33") and middle,
        "smb": employees < 200,
    }
    return next((segment for segment, holds in rules.items() if holds), "other")


def fit_by_hand(row: dict[str, Any]) -> float:
    stack, committee, employees = set(row["core_stack"].split("|")), row["buying_committee"], row["employees"]
    warehouse = 1.0 if "snowflake" in stack else 0.8 if "bigquery" in stack else 0.0
    low_side, high_side = (employees - 100) / 100, (5000 - employees) / 3000
    met = (
        5 * {"522": 1.0, "523": 1.0, "524": 0.6}.get(row["industry"][:3], 0.0)
        + 4 * max(0.0, min(1.0, low_side, high_side))
        + 2 * (row["country"] in ("US", "CA", "GB", "DE"))
        + 4 * (0.0 if "competitor_x_contract" in stack else warehouse)
        + 2 * (row["cloud_maturity"] >= 3)
        + 2 * (row["risk_tolerance"] >= 4)
        + 2 * (row["data_culture"] >= 3)
        + 1.5 * ("economic_buyer" in committee)
        + 1.5 * ("technical_buyer" in committee)
        + 2 * (row["eval_process"] in FULL_PROCESSES)
    )
    return 100 * met / 26


def test_the_segment_rules_give_every_account_its_true_segment(company: Company, rows: list[dict[str, Any]]) -> None:
    assert [segment_by_rule(row) for row in rows] == company.truth.accounts["segment"].to_pylist()


def test_an_account_with_every_attribute_on_record_has_the_fit_that_its_record_earns(
    company: Company, rows: list[dict[str, Any]]
) -> None:
    fits = company.truth.accounts["fit"].to_pylist()
    known = [(row, fit) for row, fit in zip(rows, fits, strict=True) if None not in row.values()]
    assert len(known) > 500
    assert [fit_by_hand(row) for row, _ in known] == pytest.approx([fit for _, fit in known])


@pytest.mark.parametrize(
    ("attribute", "share"),
    [("risk_tolerance", 0.45), ("data_culture", 0.35), ("cloud_maturity", 0.15), ("eval_process", 0.30)],
)
def test_attributes_are_missing_as_often_as_in_real_crms(company: Company, attribute: str, share: float) -> None:
    column = company.extract.accounts[attribute]
    assert column.null_count / len(column) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(column)))


def test_what_is_missing_does_not_depend_on_fit(company: Company) -> None:
    """Otherwise "has data" would predict wins."""
    fit = company.truth.accounts["fit"].to_numpy()
    missing = company.extract.accounts["risk_tolerance"].is_null().to_numpy()
    standard_error = fit.std() * np.sqrt(1 / missing.sum() + 1 / (~missing).sum())
    assert abs(fit[missing].mean() - fit[~missing].mean()) < 4 * standard_error


def test_no_two_accounts_have_the_same_name_or_id(rows: list[dict[str, Any]]) -> None:
    assert len({row["name"] for row in rows}) == len({row["account_id"] for row in rows}) == len(rows)


def test_sets_are_sorted_text_between_bars(rows: list[dict[str, Any]]) -> None:
    for row in rows[:2000]:
        if row["core_stack"] is not None:
            members = row["core_stack"].strip("|").split("|")
            assert row["core_stack"] == f"|{'|'.join(sorted(set(members)))}|"
