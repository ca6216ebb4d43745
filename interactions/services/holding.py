"""Whoever writes about a customer holds them still meanwhile: not trashed, not erased, not restricted in between.

The customer first, then what belongs to them, so that erasure, which holds the customer alone, never waits in a circle.
Many may hold a customer at once: fifty people log to one without waiting for each other here.
"""

from uuid import UUID

from django.db import connection

from interactions.services.refusals import Refused
from tenancy.context import current_tenant_id


class CustomerRefused(Refused):
    """Nothing may be written about this customer now."""


# FOR SHARE and not FOR KEY SHARE: putting into the trash does not touch a key, and has to wait too.
_HOLD = "SELECT 1 FROM crm_customer WHERE tenant_id = %s AND id = %s FOR SHARE"
# Asked by a statement of its own: it sees what was committed while the other one waited.
_STATE = """
SELECT c.trashed_at IS NOT NULL, p.erased_at IS NOT NULL, p.restricted_at IS NOT NULL
  FROM crm_customer AS c
  LEFT JOIN privacy_person AS p ON p.tenant_id = c.tenant_id AND p.customer_id = c.id
 WHERE c.tenant_id = %s AND c.id = %s
"""


def hold_customer(customer_id: UUID) -> None:
    """Hold a customer of whom something new is to be written. Raises CustomerRefused."""
    keep_still(customer_id)
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [current_tenant_id(), customer_id])
        trashed, erased, restricted = cursor.fetchone()
    if erased:
        raise _refused(
            "What was known of this customer was erased; nothing new is written.", "customer_erased"
        )
    if trashed:
        raise _refused("This customer is in the trash; restore them first.", "customer_trashed")
    if restricted:
        raise _refused(
            "The use of this customer’s data is restricted: it is stored and nothing is added. The privacy officer "
            "can lift that.", "customer_restricted",
        )  # fmt: skip


def keep_still(customer_id: UUID) -> None:
    """Hold a customer, in whatever state, while what is there already is ended or changed. Raises CustomerRefused."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [current_tenant_id(), customer_id])
        if cursor.fetchone() is None:
            raise _refused("There is no such customer.", "customer_unknown")


def _refused(message: str, code: str) -> CustomerRefused:
    return CustomerRefused(message, field="customer", code=code)
