"""How each table of a source is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from icp_monitor.config.canonical import TableName
from icp_monitor.config.mapped import MappedTable
from icp_monitor.config.matching import AnyAttribute
from icp_monitor.config.sources import Source
from icp_monitor.sources.account_history import AccountHistory, fields_of, history_table
from icp_monitor.sources.accounts import Accounts
from icp_monitor.sources.opportunities import Opportunities
from icp_monitor.sources.plain import LAYOUTS, PlainTable
from icp_monitor.sources.rules import TableReader
from icp_monitor.sources.stage_events import StageEvents
from icp_monitor.sources.stages import Stages
from icp_monitor.sources.win_loss import WinLoss


def readers_of(
    source: Source, attributes: Sequence[AnyAttribute], last_day: date, currency: str
) -> dict[TableName, TableReader]:
    """A reader for each table that the source maps; accounts and opportunities come before what is about them."""
    tables: Mapping[TableName, MappedTable] = source.tables
    stages = Stages(source.stages, source.earlier_stages)
    readers: dict[TableName, TableReader] = {}
    if "accounts" in tables:
        readers["accounts"] = Accounts(tuple(attributes), tables["accounts"].dates, last_day)
    if "account_history" in tables:
        history = table_of(source, "account_history", attributes)
        fields = fields_of(history, tables.get("accounts", history), attributes)
        told = tuple(item for item in attributes if item.id in (history.columns if fields is None else fields))
        readers["account_history"] = AccountHistory(tuple(attributes), told, history.dates, last_day, fields)
    if "opportunities" in tables:
        dates = tables["opportunities"].dates
        readers["opportunities"] = Opportunities(stages, currency, dates, last_day, "stage_events" in tables)
    if "stage_events" in tables:
        readers["stage_events"] = StageEvents(stages, tables["stage_events"].dates, last_day)
    if "win_loss" in tables:
        has_deals = "opportunities" in tables and not tables["opportunities"].reads_changes
        readers["win_loss"] = WinLoss(stages, tables["win_loss"].dates, last_day, has_deals)
    for name in LAYOUTS:
        if (table := tables.get(cast("TableName", name))) is not None:
            readers[cast("TableName", name)] = PlainTable(name, currency, table.dates, last_day)
    return readers


def table_of(source: Source, name: TableName, attributes: Sequence[AnyAttribute]) -> MappedTable:
    """How a table is mapped; a history falls back on the accounts."""
    table = source.tables[name]
    if name != "account_history":
        return table
    return history_table(table, source.tables.get("accounts", table), attributes)
