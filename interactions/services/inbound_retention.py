"""Mail that came in is let go when a company says so; what became a contact stays with its customer."""

from datetime import datetime
from typing import Final

from django.db.models import Count, Min

from interactions.models import InboundMail
from tenancy.registries import Pile, RetentionKind


def _count(before: datetime) -> Pile:
    old = InboundMail.objects.filter(received_at__lt=before)
    found = old.aggregate(count=Count("id"), oldest=Min("received_at"))
    words = dict(InboundMail.State.choices)
    states = old.order_by("state").values_list("state").annotate(count=Count("id"))
    return Pile(
        found["count"], found["oldest"], tuple(f"{count:,} {words[state]}" for state, count in states)
    )


def _remove(before: datetime, most: int) -> int:
    old = InboundMail.objects.filter(received_at__lt=before).order_by("received_at", "id")
    gone: int = InboundMail.objects.filter(id__in=list(old.values_list("id", flat=True)[:most])).delete()[0]
    return gone


MAIL: Final = RetentionKind(
    "inbound-mail", "Mail that came in",
    "Mail that nobody could place, answers of machines, and the note of where the rest went. Contacts stay.",
    7, 730, 90, "A mail of somebody we do not know is kept until it is looked at, not for ever (GDPR 5(1)(e)).",
    _count, _remove,
)  # fmt: skip
