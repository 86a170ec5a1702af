"""``python tryton_life.py DATABASE STEP``: customers and deals of a Tryton, made and moved through its own models."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

from trytond import config

config.set("database", "uri", "postgresql://")  # libpq's own variables say where

from trytond.pool import Pool  # noqa: E402 - the backend is chosen when it is imported
from trytond.transaction import Transaction  # noqa: E402

Models = Any


def begin(get: Models) -> None:
    """A company with a salesman, three customers, and a deal for each way to end."""
    currency = get("currency.currency")(
        name="Euro", code="EUR", symbol="€", numeric_code="978", rounding=Decimal("0.01")
    )
    currency.save()
    party, company = get("party.party"), get("company.company")(currency=currency)
    company.party = party(name="Seller")
    company.party.save()
    company.save()
    seller = party(name="Ann")
    seller.save()
    employee = get("company.employee")(party=seller, company=company)
    employee.save()
    with Transaction().set_context(company=company.id, employee=employee.id):
        customers = party.create([{"name": name} for name in ("Acme", "Beta", "Gamma")])
        for place, customer in enumerate((*customers, *customers)):
            deal = get("sale.opportunity")(party=customer, employee=employee, company=company, currency=currency)
            deal.description, deal.amount = f"deal {place}", Decimal(1000 * place) if place else None
            deal.save()


def decide(get: Models) -> None:
    """Of the six deals one stays a lead, one is worked on, two are converted, one is lost and one cancelled."""
    opportunity = get("sale.opportunity")
    deals = opportunity.search([], order=[("id", "ASC")])
    company = deals[0].company
    with Transaction().set_context(company=company.id, employee=deals[0].employee.id):
        opportunity.opportunity(deals[1:5])
        opportunity.convert(deals[2:4])
        opportunity.lost(deals[4:5])
        opportunity.cancel(deals[5:])
        opportunity.write(deals[4:5], {"lost_reason": "price"})


def amend(get: Models) -> None:
    """One customer is renamed, one deal is worth more, and one is deleted."""
    party, opportunity = get("party.party"), get("sale.opportunity")
    party.write(party.search([("name", "=", "Acme")]), {"name": "Acme & Sons"})
    opportunity.write(opportunity.search([("description", "=", "deal 1")]), {"amount": Decimal("1234.56")})
    opportunity.delete(opportunity.search([("description", "=", "deal 0")]))


if __name__ == "__main__":
    database, step = sys.argv[1:]
    with Transaction().start(database, 0):
        Pool(database).init()
    with Transaction().start(database, 1):
        {"begin": begin, "decide": decide, "amend": amend}[step](Pool().get)
        Transaction().commit()
