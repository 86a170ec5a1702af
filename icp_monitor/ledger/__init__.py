"""What people decided and what must never be lost: versions, baselines, loads, runs, verdicts, alerts, messages."""

from icp_monitor.ledger.ledger import Ledger, open_ledger
from icp_monitor.ledger.runs import RunKey

__all__ = ["Ledger", "RunKey", "open_ledger"]
