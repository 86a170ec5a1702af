"""What every step has in hand: settings, configuration, ledger, and the warehouse of an ICP version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from icp_monitor.catalogue import Catalogue, catalogue_of
from icp_monitor.config.connection import Connection
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.loading import Config, load_config
from icp_monitor.errors import ConfigError, Problem
from icp_monitor.ledger import Ledger, open_ledger
from icp_monitor.settings import Settings
from icp_monitor.warehouse import Warehouse, open_warehouse


@dataclass(frozen=True)
class Workspace:
    """One process's view of the project; the ledger is open while the workspace is."""

    settings: Settings
    config: Config
    ledger: Ledger

    @property
    def now(self) -> datetime:
        """This moment, in UTC."""
        return self.settings.clock.now()

    @property
    def today(self) -> date:
        """The business date."""
        return self.settings.clock.business_date(self.config.monitoring.calendar.zone)

    @property
    def first_month(self) -> int:
        """The month in which the fiscal year begins."""
        return self.config.monitoring.calendar.fiscal_year_start

    @contextmanager
    def warehouse(self, icp: IcpConfig) -> Iterator[tuple[Warehouse, Catalogue]]:
        """The warehouse and the catalogue of a profile's attributes."""
        catalogue = catalogue_of(icp)
        with open_warehouse(self.settings.warehouse_url, catalogue) as warehouse:
            yield warehouse, catalogue

    def source_folder(self, folder: str) -> Path:
        """Where a source's files lie: as configured, unless the environment says otherwise."""
        return self.settings.source_dir or self.config.folder / folder

    def connection(self, name: str) -> Connection:
        """The connection of that name.

        Raises:
            ConfigError: there is none.
        """
        found = self.settings.connections.get(name.lower())
        if found is None:
            cure = f"set ICP_CONNECTION_{name.upper()}, or add it to Airflow's connections"
            raise ConfigError(Problem(f"the connection {name}", "is not known", cure=cure))
        return found


@contextmanager
def open_workspace(settings: Settings) -> Iterator[Workspace]:
    """Load the configuration and open the ledger.

    Raises:
        ConfigError: every problem of the configuration.
        StorageError: the ledger can't be opened.
    """
    config = load_config(settings.config_dir)
    with open_ledger(settings.ledger_url) as ledger:
        yield Workspace(settings, config, ledger)
