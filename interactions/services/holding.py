"""Whoever writes about a customer holds them still meanwhile: not trashed, not erased, not restricted in between.

The customer first, then what belongs to them, so that erasure, which holds the customer alone, never waits in a circle.
Many may hold a customer at once: fifty people log to one without waiting for each other here.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from interactions.services.refusals import Refused
from tenancy.context import current_tenant_id


class CustomerRefused(Refused):
    """Nothing may be written about this customer now."""


# FOR SHARE and not FOR KEY SHARE: putting into the trash does not touch a key, and has to wait too.
_HOLD = """
SELECT id FROM crm_customer WHERE tenant_id = %s AND id = ANY(%s::uuid[]) ORDER BY id FOR SHARE
"""
# Asked by a statement of its own, sent along: it sees what was committed while the other one waited.
_STATE = """
SELECT c.id, CASE WHEN p.erased_at IS NOT NULL THEN 'customer_erased'
                  WHEN c.trashed_at IS NOT NULL THEN 'customer_trashed'
                  WHEN p.restricted_at IS NOT NULL THEN 'customer_restricted' ELSE '' END
  FROM crm_customer AS c
  LEFT JOIN privacy_person AS p ON p.tenant_id = c.tenant_id AND p.customer_id = c.id
 WHERE c.tenant_id = %s AND c.id = ANY(%s::uuid[])
"""
_WHY = {
    "customer_unknown": "There is no such customer.",
    "customer_erased": "What was known of this customer was erased; nothing new is written.",
    "customer_trashed": "This customer is in the trash; restore them first.",
    "customer_restricted": "The use of this customer’s data is restricted: it is stored and nothing is added. "
    "The privacy officer can lift that.",
}

_HOLD_PORTFOLIO = """
SELECT p.id FROM portfolios_portfolio AS p
  JOIN crm_customersummary AS s ON s.tenant_id = p.tenant_id AND s.portfolio_id = p.id
 WHERE s.tenant_id = %s AND s.customer_id = %s
   FOR KEY SHARE OF p
"""


def hold_customer(customer_id: UUID) -> None:
    """Hold a customer of whom something new is to be written. Raises CustomerRefused."""
    for refusal in hold_customers([customer_id]).values():
        raise refusal


def hold_customers(customer_ids: Iterable[UUID]) -> dict[UUID, CustomerRefused]:
    """Hold many; those of whom nothing may be written, and why. Two statements, also for one."""
    wanted = list(set(customer_ids))
    with connection.cursor() as cursor:
        cursor.execute(f"{_HOLD};{_STATE}", [current_tenant_id(), wanted] * 2)
        states: dict[UUID, str] = dict(cursor.fetchall())
    codes = {one: states.get(one, "customer_unknown") for one in wanted}
    return {one: _refused(code) for one, code in codes.items() if code}


def hold_customer_in_place(customer_id: UUID) -> UUID:
    """Hold a customer, and the portfolio they are in from closing; its id. Raises CustomerRefused.

    For rows that refer to the portfolio too: who closes one holds it alone before its customers, so it comes first.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_PORTFOLIO, [current_tenant_id(), customer_id])
        found = cursor.fetchone()
    hold_customer(customer_id)
    if found is None:
        raise _refused("customer_unknown")
    return found[0]  # type: ignore[no-any-return]


def keep_still(customer_id: UUID) -> None:
    """Hold a customer, in whatever state, while what is there already is ended or changed. Raises CustomerRefused."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [current_tenant_id(), [customer_id]])
        if cursor.fetchone() is None:
            raise _refused("customer_unknown")


def _refused(code: str) -> CustomerRefused:
    return CustomerRefused(_WHY[code], field="customer", code=code)
