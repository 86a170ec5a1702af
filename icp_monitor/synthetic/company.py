"""Grow a company from its recipe, and ask what its CRM would show on any day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from icp_monitor.errors import ConfigError
from icp_monitor.synthetic.accounts import draw_accounts
from icp_monitor.synthetic.columns import identifiers
from icp_monitor.synthetic.deals import draw_deals
from icp_monitor.synthetic.extract import Extract, Records
from icp_monitor.synthetic.loss_reasons import draw_loss_reasons
from icp_monitor.synthetic.truth import Truth, truth_of
from icp_monitor.synthetic.world import World


@dataclass(frozen=True)
class Company:
    """A company whose whole history is known, and the truth about it."""

    world: World
    truth: Truth
    records: Records

    def as_of(self, day: date) -> Extract:
        """The CRM at 00:00 of ``day``.

        Accounts and opportunities created later are absent, deals closed later are open, and amounts agreed later are
        still estimates.

        Raises:
            ConfigError: ``day`` lies outside the history.
        """
        history = self.world.history
        if not history.start <= day <= history.end:
            raise ConfigError(f"{day} is outside the company's history: {history.start} to {history.end}")
        return self.records.before((day - history.start).days)

    @property
    def extract(self) -> Extract:
        """The CRM at the end of the history."""
        return self.as_of(self.world.history.end)


def generate(world: World) -> Company:
    """Grow the company; the same world gives the same bytes.

    >>> company = generate(World(accounts=50, scale=0.05))
    >>> company.extract.accounts.num_rows
    50
    """
    climate = world.climate()
    book = draw_accounts(world)
    deals = draw_deals(world, climate, book)
    reasons = draw_loss_reasons(world, climate, deals)
    ids = identifiers("O", len(deals.account))
    return Company(world, truth_of(world, book, deals), Records(world.history.start, book, deals, reasons, ids))
