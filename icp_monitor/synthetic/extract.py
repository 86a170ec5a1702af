"""What a CRM would export at the start of a day: nothing that happened on it or later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from icp_monitor.synthetic.accounts import AccountBook
from icp_monitor.synthetic.columns import Ints, dates, identifiers, labels, money
from icp_monitor.synthetic.deals import LOST, SOURCES, STAGES, WON, Deals
from icp_monitor.synthetic.loss_reasons import COMPETITORS, ORIGINS, REASONS, LossReasons


@dataclass(frozen=True)
class Extract:
    """Four tables: accounts and opportunities in order of creation, stage events by deal, reasons as recorded."""

    accounts: pa.Table
    opportunities: pa.Table
    stage_events: pa.Table
    win_loss: pa.Table


@dataclass(frozen=True)
class Records:
    """All that a CRM will ever hold; days count from ``start``."""

    start: date
    book: AccountBook
    deals: Deals
    reasons: LossReasons
    opportunity_ids: pa.Array

    def before(self, cut: int) -> Extract:
        """What is on record at the start of day ``cut``."""
        count = int(np.searchsorted(self.deals.created, cut))
        return Extract(
            accounts=self.book.table.slice(0, int(np.searchsorted(self.book.created, cut))),
            opportunities=self._opportunities(count, cut),
            stage_events=self._stage_events(count, cut),
            win_loss=self._win_loss(int(np.searchsorted(self.reasons.recorded, cut))),
        )

    def _opportunities(self, count: int, cut: int) -> pa.Table:
        deals = self.deals
        account, closed = deals.account[:count], deals.closed[:count]
        is_open = closed >= cut
        _, proposed, negotiated, _ = (deals.entered[:count] < cut).T
        open_stage = np.where(negotiated, 2, np.where(proposed, 1, 0))
        owners = identifiers("U", int(self.book.owner.max()) + 1)
        return pa.table(
            {
                "opportunity_id": self.opportunity_ids.slice(0, count),
                "account_id": self.book.table["account_id"].combine_chunks().take(pa.array(account)),
                "owner_id": owners.take(pa.array(self.book.owner[account])),
                "source": labels(tuple(SOURCES), deals.source[:count]),
                "amount": money(np.where(is_open, deals.estimate[:count], deals.agreed[:count])),
                "currency": pa.repeat("USD", count),
                "created_on": dates(self.start, deals.created[:count]),
                "closed_on": dates(self.start, closed, missing=is_open),
                "stage": labels(STAGES, np.where(is_open, open_stage, self._end_stage[:count])),
                "type": pa.repeat("new_business", count),
            }
        )

    def _stage_events(self, count: int, cut: int) -> pa.Table:
        happened = self.deals.entered[:count] < cut
        deal, step = np.nonzero(happened)
        is_end = step == happened.shape[1] - 1
        return pa.table(
            {
                "opportunity_id": self.opportunity_ids.take(pa.array(deal)),
                "stage": labels(STAGES, np.where(is_end, self._end_stage[deal], step)),
                "entered_on": dates(self.start, self.deals.entered[:count][happened]),
            }
        )

    def _win_loss(self, count: int) -> pa.Table:
        reasons = self.reasons
        rival = reasons.competitor[:count]
        return pa.table(
            {
                "opportunity_id": self.opportunity_ids.take(pa.array(reasons.deal[:count])),
                "reason": labels(REASONS, reasons.reason[:count]),
                "competitor": labels(COMPETITORS, rival, missing=rival < 0),
                "origin": labels(ORIGINS, reasons.origin[:count]),
                "recorded_on": dates(self.start, reasons.recorded[:count]),
            }
        )

    @property
    def _end_stage(self) -> Ints:
        return np.where(self.deals.won, WON, LOST)
