"""Attempts to reach people: reserved by a permit, then accepted by a channel, or let go.

A reservation whose end is not known counts as a contact: nobody is reached twice by mistake.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from privacy.models import Contact

State, Outcome = Contact.State, Contact.Outcome

# In one statement with the log of the answer that permits it. A contact that was let go is taken up again.
RESERVE: Final = """
INSERT INTO privacy_contact (tenant_id, id, customer_id, key, at, channel, purpose, is_marketing, subject, state,
    outcome, address_hash, answer_id)
VALUES (%(tenant)s::uuid, %(contact)s::uuid, %(customer)s::uuid, %(key)s, %(at)s, %(channel)s, %(purpose)s,
    %(is_marketing)s, %(subject)s, 'reserved', '', %(address_hash)s, %(answer)s::uuid)
ON CONFLICT (tenant_id, key) DO UPDATE SET at = excluded.at, channel = excluded.channel, purpose = excluded.purpose,
    is_marketing = excluded.is_marketing, subject = excluded.subject, state = 'reserved', outcome = '',
    address_hash = excluded.address_hash, answer_id = excluded.answer_id, ended_at = NULL
    WHERE privacy_contact.customer_id = excluded.customer_id
RETURNING id, pg_current_xact_id()::text
"""


class ContactRefused(ValueError):
    """This cannot be said of the contact; the message says why."""


def accept_contact(*, contact_id: UUID, outcome: str = "") -> bool:
    """A channel took it. False where it was not reserved any more."""
    return _end(contact_id, State.SENT, outcome)


def let_contact_go(*, contact_id: UUID) -> bool:
    """Nothing was sent: it counts no longer. False where it was not reserved any more."""
    return _end(contact_id, State.LET_GO, "")


def note_outcome(*, contact_id: UUID, outcome: str) -> None:
    """What came of it is known later: delivered, reached, no_answer, refused. Raises ContactRefused."""
    if outcome not in Outcome.values:
        raise ContactRefused(f"Choose one of {', '.join(Outcome.values)}.")
    if not Contact.objects.filter(id=contact_id, state=State.SENT).update(outcome=outcome):
        raise ContactRefused("There is no such contact that was sent.")


def _end(contact_id: UUID, state: str, outcome: str, at: datetime | None = None) -> bool:
    if outcome and outcome not in Outcome.values:
        raise ContactRefused(f"Choose one of {', '.join(Outcome.values)}.")
    held = Contact.objects.filter(id=contact_id, state=State.RESERVED)
    return bool(held.update(state=state, outcome=outcome, ended_at=at or timezone.now()))
