"""Who is protected in a special way, and what that means today."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from privacy.models import Person

GROWN_UP = 18


@dataclass(frozen=True)
class Mark:
    """Why nothing may use what is known of a customer. `word` for lists, `sentence` for pages."""

    word: str
    sentence: str


DEAD = Mark("dead", "Reported dead: no contact")
RESTRICTED = Mark("restricted", "Restricted: stored, not used")


def person_of(customer_id: UUID) -> Person:
    """The customer's row, or an unsaved one of which nothing is known."""
    found = Person.objects.filter(customer_id=customer_id).first()
    return found or Person(customer_id=customer_id)


def age_on(born_on: date, day: date) -> int:
    """Completed years; who is born on 29 February completes one on 1 March of a common year (as in most codes)."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def set_aside() -> Q:
    """Persons whose data nothing may use."""
    return Q(deceased_at__isnull=False) | Q(restricted_at__isnull=False)


def marks_of(customer_ids: Collection[UUID]) -> Mapping[UUID, Mark]:
    """Customers among these whose data nothing may use, and why. One query."""
    found = Person.objects.filter(set_aside(), customer_id__in=list(customer_ids))
    rows = found.values_list("customer_id", "deceased_at")
    return {key: DEAD if deceased_at else RESTRICTED for key, deceased_at in rows}


def mark_of(person: Person) -> Mark | None:
    if person.deceased_at:
        return DEAD
    return RESTRICTED if person.restricted_at else None
