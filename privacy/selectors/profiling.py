"""Of whom no profile is made: no score, no chance of being alive, no kind. Value asks here."""

from typing import Final
from uuid import UUID

from privacy.models import ConsentChain
from privacy.selectors.persons import person_of

# Death and restriction end every use (GDPR 18); an objection ends profiling (GDPR 21, 22).
WITHOUT_PROFILE: Final = """
SELECT COALESCE(p.customer_id, c.customer_id) AS customer_id,
       CASE WHEN p.deceased_at IS NOT NULL THEN 'deceased' WHEN p.restricted_at IS NOT NULL THEN 'restricted'
            ELSE 'objected' END AS why
  FROM (SELECT customer_id, deceased_at, restricted_at FROM privacy_person
         WHERE tenant_id = %(tenant)s AND (deceased_at IS NOT NULL OR restricted_at IS NOT NULL)) AS p
  FULL JOIN (SELECT customer_id FROM privacy_consentchain
              WHERE tenant_id = %(tenant)s AND profiling_objected_at IS NOT NULL) AS c
    ON c.customer_id = p.customer_id
"""
"""A relation (customer_id, why) of the tenant `%(tenant)s`; `why` is one of `CustomerSummary.UNPROFILED`."""


def why_no_profile(customer_id: UUID) -> str:
    """One of `CustomerSummary.UNPROFILED`, or "" of whom a profile may be made.

    By the rows of now, which the numbers in the summary follow a moment later.
    """
    person = person_of(customer_id)
    if person.deceased_at:
        return "deceased"
    if person.restricted_at:
        return "restricted"
    objected = ConsentChain.objects.filter(customer_id=customer_id, profiling_objected_at__isnull=False)
    return "objected" if objected.exists() else ""
