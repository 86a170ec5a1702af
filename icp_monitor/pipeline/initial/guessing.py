"""Guesses a whole configuration from a company's CSV files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from icp_monitor.config.loading import ICP_FILE, MONITORING_FILE, SOURCES_FILE
from icp_monitor.errors import ConfigError, Problem
from icp_monitor.pipeline.initial.attributes import Attribute, worth_having
from icp_monitor.pipeline.initial.columns import name_score
from icp_monitor.pipeline.initial.guess import Guess
from icp_monitor.pipeline.initial.history import history_guesses, history_of
from icp_monitor.pipeline.initial.numbers import are_grouped
from icp_monitor.pipeline.initial.sheets import Column, read_sheet
from icp_monitor.pipeline.initial.stages import sorted_stages
from icp_monitor.pipeline.initial.tables import Table, Tables, mapped_tables, table_guesses
from icp_monitor.pipeline.initial.words import WANTED
from icp_monitor.pipeline.initial.written_icp import icp_text
from icp_monitor.pipeline.initial.written_monitoring import monitoring_text
from icp_monitor.pipeline.initial.written_sources import sources_text

_DEFAULT_CURRENCY = "USD"


@dataclass(frozen=True)
class Draft:
    """The text of each configuration file, everything that was guessed for it, and the first day worth a look."""

    files: Mapping[str, str]
    guesses: tuple[Guess, ...]
    first_look: date


def guessed(
    folder: Path, files: Sequence[Path], today: date, won: Sequence[str] = (), lost: Sequence[str] = ()
) -> Draft:
    """The configuration for ``files``, as it will stand in ``folder``; the same files and day give the same text.

    ``won`` and ``lost`` are stages that a person has sorted.

    Raises:
        ConfigError: a file can't be read, or lacks what nothing can be done without.
    """
    tables = mapped_tables([read_sheet(path) for path in files])
    accounts, deals = tables["accounts"], tables["opportunities"]
    stages, sorting = sorted_stages(_stages(tables), str(deals.sheet.path), won, lost)
    outcomes = {stage: outcome for outcome, names in stages.items() for stage in names}
    history = history_of(deals, outcomes, today)
    attributes, kinds = _attributes(accounts)
    currency, calendar = _calendar(deals)
    names = [path.name for path in files]
    return Draft(
        files={
            ICP_FILE: icp_text(folder.resolve().name, names, attributes, history),
            MONITORING_FILE: monitoring_text(currency),
            SOURCES_FILE: sources_text(folder, tables, stages, attributes, history, currency),
        },
        guesses=(
            *chain(table_guesses(tables), _unread_amounts(deals), sorting, kinds),
            *chain(_rules(attributes), history_guesses(history), calendar),
        ),
        first_look=history.first_look,
    )


def _stages(tables: Tables) -> Column:
    """The stages of all deals, today's and those of their history."""
    columns = [table.column("stage") for table in tables.known]
    found = [column for column in columns if column is not None]
    return Column(found[0].name, tuple(chain.from_iterable(column.cells for column in found)))


def _attributes(accounts: Table) -> tuple[tuple[Attribute, ...], tuple[Guess, ...]]:
    used = {match.column.name for match in accounts.matches.values()}
    attributes, guesses = worth_having([column for column in accounts.sheet.columns if column.name not in used])
    if not attributes:
        message = "no column says anything about an account that a profile could ask for"
        cure = "export industry, employees or country with the accounts"
        raise ConfigError(Problem(str(accounts.sheet.path), message, cure=cure))
    return attributes, guesses


def _rules(attributes: Sequence[Attribute]) -> Iterator[Guess]:
    look = "say who you aim at, and what matters more"
    yield Guess(
        "match rules", "every value found is right", "unsure", "nothing in the files says who is aimed at", look
    )
    yield Guess("weights", "all equal", "unsure", "the same", look)
    if not any(attribute.type == "category" for attribute in attributes):
        yield Guess("segments", "none", "unsure", "no attribute splits the accounts into a few groups")
    else:
        yield Guess("segments", "none", "unsure", "a choice of yours", "icp.yaml holds examples to take the # off")


def _calendar(deals: Table) -> tuple[str, list[Guess]]:
    """The currency, and what else no file can tell."""
    column = deals.column("currency")
    written = [value.upper() for value in column.values if len(value) == 3 and value.isalpha()] if column else []
    named = f"the most frequent in {column.name}" if column else "no column names it"
    currency = written[0] if written else _DEFAULT_CURRENCY
    look = None if written else "which currency are the amounts in?"
    return currency, [
        Guess("currency", currency, "likely" if written else "unsure", named, look),
        Guess("timezone", "UTC", "unsure", "no file tells it", "write your business time zone"),
        Guess("fiscal_year_start", "1", "unsure", "no file tells it", "write the month; the baseline must then follow"),
    ]


def _unread_amounts(deals: Table) -> Iterator[Guess]:
    if "amount" in deals.matches:
        return
    wanted = WANTED["opportunities"]["amount"]
    for column in deals.sheet.columns:
        if name_score(wanted, column) and are_grouped(column.given):
            because = "its digits are grouped, or it carries a currency's sign"
            yield Guess(
                "opportunities.amount", "not mapped", "unsure", because, f"export {column.name} as plain numbers"
            )
