"""Who waits for whom: portfolios are locked first, then customers, each in the order of their ids.

Whoever lets customers in holds the portfolio open until the transaction ends: many may at once, also while its name
changes. Whoever closes a portfolio holds it alone, and so has to wait until those who came in are there to be seen.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from tenancy.context import current_tenant_id

# FOR KEY SHARE is also what a reference takes: of the row locks only FOR UPDATE conflicts with it.
_HOLD_OPEN = """
SELECT id FROM portfolios_portfolio
 WHERE tenant_id = %s AND id = ANY(%s::uuid[]) AND closed_at IS NULL AND closing_to_id IS NULL
 ORDER BY id FOR KEY SHARE
"""

_HOLD_ALONE = "SELECT id FROM portfolios_portfolio WHERE tenant_id = %s AND id = ANY(%s::uuid[]) FOR UPDATE"


def hold_open(portfolio_ids: Iterable[UUID]) -> set[UUID]:
    """Keep these portfolios from closing; returns those that are open, and not about to close."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_OPEN, [current_tenant_id(), list(portfolio_ids)])
        return {row[0] for row in cursor.fetchall()}


def hold_to_close(closing: Iterable[UUID], to: UUID) -> bool:
    """Hold these portfolios alone, and the one where their customers go; whether that one is open to them."""
    alone, is_open = set(closing), False
    for portfolio_id in sorted({*alone, to}):
        if portfolio_id in alone:
            with connection.cursor() as cursor:
                cursor.execute(_HOLD_ALONE, [current_tenant_id(), [portfolio_id]])
        else:
            is_open = bool(hold_open([portfolio_id]))
    return is_open
