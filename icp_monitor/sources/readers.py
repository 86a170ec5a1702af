"""How each table of a source is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from icp_monitor.config.matching import AnyAttribute
from icp_monitor.config.sources import CsvSource, TableName
from icp_monitor.sources.accounts import Accounts
from icp_monitor.sources.opportunities import Opportunities
from icp_monitor.sources.rules import TableReader
from icp_monitor.sources.stage_events import StageEvents
from icp_monitor.sources.stages import Stages
from icp_monitor.sources.win_loss import WinLoss


def readers_of(
    source: CsvSource, attributes: Sequence[AnyAttribute], last_day: date, currency: str
) -> dict[TableName, TableReader]:
    """A reader for each table that the source maps; the opportunities come before the records that are about them."""
    tables = source.tables
    stages = Stages(source.stages)
    readers: dict[TableName, TableReader] = {}
    if "accounts" in tables:
        readers["accounts"] = Accounts(tuple(attributes), tables["accounts"].dates, last_day)
    if "opportunities" in tables:
        dates = tables["opportunities"].dates
        readers["opportunities"] = Opportunities(stages, currency, dates, last_day, "stage_events" in tables)
    if "stage_events" in tables:
        readers["stage_events"] = StageEvents(stages, tables["stage_events"].dates, last_day)
    if "win_loss" in tables:
        readers["win_loss"] = WinLoss(stages, tables["win_loss"].dates, last_day, "opportunities" in tables)
    return readers
