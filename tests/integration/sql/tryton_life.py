"""``python tryton_life.py DATABASE STEP``: customers and deals of a Tryton, made and moved through its own models."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

from trytond import config

config.set("database", "uri", "postgresql://")  # libpq's own variables say where

from trytond import backend  # noqa: E402 - it is chosen when it is imported
from trytond.pool import Pool  # noqa: E402
from trytond.transaction import Transaction  # noqa: E402

Models = Any


def begin(get: Models) -> None:
    """A company with a salesman, three customers, and twenty deals with each of them."""
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
        for place, customer in enumerate([*customers] * 20):
            deal = get("sale.opportunity")(party=customer, employee=employee, company=company, currency=currency)
            deal.description, deal.amount = f"deal {place}", Decimal(1000 * place) if place else None
            deal.save()


def decide(get: Models) -> None:
    """Of each six deals one stays a lead, one is worked on, one converted, one won, one lost and one cancelled."""
    opportunity = get("sale.opportunity")
    deals = opportunity.search([], order=[("id", "ASC")])
    with Transaction().set_context(company=deals[0].company.id, employee=deals[0].employee.id):
        opportunity.opportunity(deals[10:50])
        opportunity.convert(deals[20:40])
        opportunity.won(deals[30:40])
        opportunity.lost(deals[40:50])
        opportunity.cancel(deals[50:])
        opportunity.write(deals[40:50], {"lost_reason": "price"})
    get("party.party").create([{"name": "Delta"}])


def amend(get: Models) -> None:
    """One customer is renamed, one deal is worth more, and a cancelled one is deleted."""
    party, opportunity = get("party.party"), get("sale.opportunity")
    party.write(party.search([("name", "=", "Acme")]), {"name": "Acme & Sons"})
    opportunity.write(opportunity.search([("description", "=", "deal 1")]), {"amount": Decimal("1234.56")})
    opportunity.delete(opportunity.search([("description", "=", "deal 55")]))


def install(database: str) -> None:
    """The tables of the modules."""
    backend.Database(database).init()
    Pool(database).init(update=["sale_opportunity"], lang=["en"], activatedeps=True)


if __name__ == "__main__":
    name, step = sys.argv[1:]
    if step == "install":
        install(name)
    else:
        Pool(name).init()
        with Transaction().start(name, 0):
            {"begin": begin, "decide": decide, "amend": amend}[step](Pool().get)
            Transaction().commit()
