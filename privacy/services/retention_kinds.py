"""What privacy lets go when a company says so: customers long in the trash, and what answers of the gate stood on."""

from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Count, Min, QuerySet

from crm.models import Customer
from privacy.models import Erasure, GateFacts
from privacy.services.erasure import erase_person
from tenancy.registries import Pile, RetentionKind


def _trashed(before: datetime) -> QuerySet[Customer]:
    erased = Erasure.objects.values("customer_id")
    return Customer.objects.filter(trashed_at__lt=before).exclude(id__in=erased)


def _count_trashed(before: datetime) -> Pile:
    found = _trashed(before).aggregate(count=Count("id"), oldest=Min("trashed_at"))
    return Pile(found["count"], found["oldest"])


def _erase_trashed(before: datetime, most: int) -> int:
    ids = list(_trashed(before).order_by("trashed_at").values_list("id", flat=True)[:most])
    for customer_id in ids:
        # Held, and asked again: somebody may have taken them out of the trash just now.
        if _trashed(before).select_for_update(of=("self",)).filter(id=customer_id).exists():
            erase_person(customer_id=customer_id, why=Erasure.Why.RETENTION)
    return len(ids)


def _count_facts(before: datetime) -> Pile:
    found = GateFacts.objects.filter(answer__asked_at__lt=before).aggregate(
        count=Count("answer_id"), oldest=Min("answer__asked_at")
    )
    return Pile(found["count"], found["oldest"])


def _forget_facts(before: datetime, most: int) -> int:
    """Append-only: the definer takes out what is old, of the active tenant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT privacy_forget_old(%s, %s)", [before, most])
        return int(cursor.fetchone()[0])


TRASHED: Final = RetentionKind(
    "trashed-customers", "Customers in the trash",
    "They are erased as if they had asked: orders and sums stay, without a name. This cannot be taken back.",
    30, 3650, 365, "The trash is for mistakes; kept for ever it is a second customer base (GDPR 5(1)(e)).",
    _count_trashed, _erase_trashed, 25,
)  # fmt: skip
GATE_FACTS: Final = RetentionKind(
    "gate-facts", "What answers of the gate stood on",
    "Answers, their reasons and evidence stay; they cannot be replayed any more.",
    365, 3650, 1825, "A claim over a message lapses after some years, in most countries three to five.",
    _count_facts, _forget_facts,
)  # fmt: skip
