"""Which account does an id stand for, once accounts have been merged?"""

from __future__ import annotations

import sqlalchemy as sa

LONGEST_CHAIN = 20  # merges of merges; also what ends a circle of them


def survivors(merges: sa.FromClause) -> sa.CTE:
    """One row for each merged account: ``account_id``, and ``survivor``, the account that stands for it at last.

    ``merges`` are tombstones of accounts (account_id, merged_into).
    """
    chain = sa.select(
        merges.c.account_id, merges.c.merged_into.label("survivor"), sa.literal(1, sa.Integer).label("length")
    ).cte(recursive=True)
    further = merges.alias()
    chain = chain.union_all(
        sa.select(chain.c.account_id, further.c.merged_into, chain.c.length + 1)
        .join_from(chain, further, further.c.account_id == chain.c.survivor)
        .where(chain.c.length < LONGEST_CHAIN)
    )
    longest = (
        sa.select(chain.c.account_id, sa.func.max(chain.c.length).label("length")).group_by(chain.c.account_id).cte()
    )
    is_last = sa.and_(chain.c.account_id == longest.c.account_id, chain.c.length == longest.c.length)
    return sa.select(chain.c.account_id, chain.c.survivor).join_from(chain, longest, is_last).cte()
