"""Valuing a few customers at once, when an order of theirs came."""

from collections.abc import Sequence
from uuid import UUID

from crm.services.summaries import refresh_summaries, tenant_today
from tenancy.models import TenantProfile
from tenancy.outbox import emit_all
from value.events import CustomerRevalued
from value.services import learning, scoring
from value.services.kinds import decide_kinds
from value.services.order_days import Whose
from value.services.protection import follow_protection
from value.services.recompute import fit_in_force


def revalue_customers(customer_ids: Sequence[UUID]) -> int:
    """Value these customers with the fit in force and see what kind they are now; returns how many rows changed.

    Without a fit nothing is computed: their state stays "not computed yet" until the next recompute.
    """
    stored = fit_in_force()
    if stored is None:
        return 0
    as_of = learning.value_day(tenant_today(TenantProfile.objects.get()))
    changed = scoring.score_customers(learning.model_of(stored), Whose(ids=tuple(customer_ids)), as_of)
    # The status looks at the chance of being alive, which is another one now.
    refresh_summaries(customer_ids)
    decide_kinds(customer_ids)
    if changed:
        emit_all(CustomerRevalued(customer_id=customer_id) for customer_id in customer_ids)
    return changed


def protect_customers(customer_ids: Sequence[UUID]) -> None:
    """The same for a few at once, valued again where they may be; the status follows, segments are told."""
    lost, again = follow_protection(Whose(ids=tuple(customer_ids)))
    if lost:
        refresh_summaries(lost)
        decide_kinds(lost)
        emit_all(CustomerRevalued(customer_id=customer_id) for customer_id in lost)
    if again:
        revalue_customers(again)
