"""What privacy lets go when a company says so: customers long in the trash, sign-ups that nobody confirmed, and what
answers of the gate stood on."""

from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, QuerySet

from crm.models import ContactPoint, Customer, TimelineEntry
from privacy.models import ConsentEvent, Erasure, GateFacts, PersonRequest, SignUp
from privacy.services.erasure import erase_person
from privacy.services.locks import lock_chains
from privacy.services.sign_ups import FORM, THEMSELVES
from tenancy.registries import Pile, RetentionKind

Action = ConsentEvent.Action


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


def _unconfirmed(before: datetime) -> QuerySet[Customer]:
    """Of whom nothing is known but an address in a form: no yes, no refusal, no order, no work of a member with them.

    A refusal keeps them: it must be found when the address is written to again.
    """
    of_them = {"customer_id": OuterRef("id")}
    begun = ConsentEvent.objects.filter(
        action=Action.GRANT, method=ConsentEvent.Method.DOUBLE_OPT_IN, source=FORM
    )
    said = ConsentEvent.objects.filter(**of_them)
    by_members = (
        TimelineEntry.objects.filter(**of_them).exclude(who__in=["", THEMSELVES]).exclude(kind="transfer")
    )
    return Customer.objects.filter(
        ~Exists(said.exclude(action=Action.GRANT)),
        ~Exists(said.exclude(method=ConsentEvent.Method.DOUBLE_OPT_IN)),
        ~Exists(said.filter(recorded_at__gte=before)),
        ~Exists(by_members),
        ~Exists(PersonRequest.objects.filter(**of_them)),
        ~Exists(Erasure.objects.filter(**of_them)),
        Exists(ContactPoint.objects.filter(**of_them, value=OuterRef("name"))),
        id__in=begun.filter(recorded_at__lt=before).values("customer_id"), source="customer", source_detail=FORM,
        external_id=None, trashed_at=None, summary__orders=0, summary__returns=0,
    )  # fmt: skip


def _count_unconfirmed(before: datetime) -> Pile:
    people = _unconfirmed(before).aggregate(count=Count("id"), oldest=Min("created_at"))
    forms = SignUp.objects.filter(asked_at__lt=before).aggregate(count=Count("id"), oldest=Min("asked_at"))
    oldest = min((at for at in (people["oldest"], forms["oldest"]) if at), default=None)
    words = (
        (people["count"], "people who never confirmed"),
        (forms["count"], "forms that were not taken up"),
    )
    return Pile(
        people["count"] + forms["count"], oldest, tuple(f"{count:,} {what}" for count, what in words if count)
    )


def _forget_unconfirmed(before: datetime, most: int) -> int:
    old = SignUp.objects.filter(asked_at__lt=before).order_by("asked_at", "id").values_list("id", flat=True)
    gone: int = SignUp.objects.filter(id__in=list(old[:most])).delete()[0]
    ids = list(_unconfirmed(before).order_by("created_at", "id").values_list("id", flat=True)[: most - gone])
    for customer_id in ids:
        # Held, and asked again: they may have pressed the button just now.
        lock_chains([customer_id])
        if _unconfirmed(before).filter(id=customer_id).exists():
            erase_person(customer_id=customer_id, why=Erasure.Why.UNANSWERED)
    return gone + len(ids)


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
SIGN_UPS: Final = RetentionKind(
    "unconfirmed-sign-ups", "Sign-ups that nobody confirmed",
    "People of whom nothing is known but an address in a form are erased. They may sign up again: nothing is kept "
    "against it. Who was known before, or is known by now, stays.",
    7, 365, 30, "Without a yes there is no ground to keep the address (GDPR 5(1)(e), 6); the letter can be answered "
    "for 7 days.",
    _count_unconfirmed, _forget_unconfirmed, 25,
)  # fmt: skip
GATE_FACTS: Final = RetentionKind(
    "gate-facts", "What answers of the gate stood on",
    "Answers, their reasons and evidence stay; they cannot be replayed any more.",
    365, 3650, 1825, "A claim over a message lapses after some years, in most countries three to five.",
    _count_facts, _forget_facts,
)  # fmt: skip
