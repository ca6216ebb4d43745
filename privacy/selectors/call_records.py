"""Whose consent to calls needs a documentation record beside its evidence, by the `records` rows of the policy."""

from collections.abc import Collection, Iterable
from datetime import date
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.utils import timezone

from crm.models import Customer
from privacy.models import Person, PolicyVersion, PrivacyProfile
from privacy.policy import Policy, RegimeInvalid, policy_from_json
from privacy.policy.regimes import shipped_policy

_KEPT: Final = 64
"""Policies that a process keeps as they were read; one takes some 100 kB and milliseconds."""


def need_a_record(customer_ids: Collection[UUID]) -> set[UUID]:
    """Those of the customers whose consent to calls needs one. Few statements, however many customers."""
    if not customer_ids:
        return set()
    profile = PrivacyProfile.objects.get()
    policy = _policy(profile.policy_id) if profile.policy_id else shipped_policy()
    persons = {one.customer_id: one for one in Person.objects.filter(customer_id__in=customer_ids)}
    today, sender = timezone.localdate(), profile.sender_country or None
    rows = Customer.objects.filter(id__in=customer_ids).only("id", "country", "kind", "acts_for_id")
    return {
        one.id
        for one in rows.iterator()
        if _needs(policy, one, persons.get(one.id) or Person(), today=today, sender=sender)
    }


def _needs(policy: Policy, customer: Customer, person: Person, *, today: date, sender: str | None) -> bool:
    """Where residences are noted they count, otherwise the country of the address, as at the gate."""
    residences: Iterable[str] = person.residences
    if not residences and customer.country:
        residences = [policy.code_of(customer.country)]
    kind = person.kind or _kind(customer)
    return any(one.needs_record(kind, today) for one in policy.applying(tuple(residences), sender))


def _kind(customer: Customer) -> str:
    at_a_company = customer.acts_for_id or customer.kind == Customer.Kind.ORGANISATION
    return str(Person.Kind.COMPANY_CONTACT if at_a_company else Person.Kind.CONSUMER)


@lru_cache(maxsize=_KEPT)
def _policy(version_id: UUID) -> Policy:
    """A version never changes. One that cannot be read counts as what ships: the gate says no to everything then."""
    content = PolicyVersion.objects.values_list("content", flat=True).get(id=version_id)
    try:
        return policy_from_json(content)
    except RegimeInvalid:
        return shipped_policy()
