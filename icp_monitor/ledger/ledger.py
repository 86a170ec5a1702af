"""The ledger as a whole: one open database, with one group of verbs for each thing that it keeps."""

from __future__ import annotations

from types import TracebackType

from icp_monitor.ledger.alerts import Alerts
from icp_monitor.ledger.baselines import Baselines
from icp_monitor.ledger.decisions import Decisions
from icp_monitor.ledger.events import Events
from icp_monitor.ledger.loads import Loads
from icp_monitor.ledger.messages import Messages
from icp_monitor.ledger.monitors import Monitors
from icp_monitor.ledger.reports import Reports
from icp_monitor.ledger.runs import Runs
from icp_monitor.ledger.schema import bring_up_to_date
from icp_monitor.ledger.store import Store
from icp_monitor.ledger.verdicts import Verdicts
from icp_monitor.ledger.versions import Versions


class Ledger:
    """An open ledger; every method of its groups is one transaction. Use it as a context manager."""

    def __init__(self, store: Store) -> None:
        self.versions = Versions(store)
        self.decisions = Decisions(store)
        self.events = Events(store)
        self.baselines = Baselines(store)
        self.monitors = Monitors(store)
        self.loads = Loads(store)
        self.runs = Runs(store)
        self.verdicts = Verdicts(store)
        self.alerts = Alerts(store)
        self.messages = Messages(store)
        self.reports = Reports(store)
        self._store = store

    def close(self) -> None:
        """Give the database's connections back."""
        self._store.engine.dispose()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_ledger(url: str) -> Ledger:
    """Open the ledger at ``url``, creating or migrating its tables where needed.

    ``sqlite:///path/to/ledger.db`` for one machine, ``postgresql+psycopg://user:password@host/database`` for several.

    Raises:
        ConfigError: the URL names no database that a ledger can be kept in.
        StorageError: the database can't be reached, or was written by a newer version of this package.
    """
    store = Store(url)
    try:
        bring_up_to_date(store)
    except BaseException:
        store.engine.dispose()
        raise
    return Ledger(store)
