"""Contacts are logged, one or many at once. What was wrong is corrected beside it (`corrections`), never removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from crm.models import Customer
from crm.services.timeline import add_entries
from interactions.events import InteractionRecorded, InteractionsRecorded
from interactions.models import Interaction
from interactions.services.authors import Author
from interactions.services.contact import FIELDS, Contact, InteractionRefused, checked, timeline_entry
from interactions.services.corrections import Conflict, correct_interaction, first_told
from interactions.services.holding import CustomerRefused, hold_customers
from interactions.services.refusals import Refused
from tenancy.db.rows import insert_together
from tenancy.models import Member
from tenancy.outbox import emit, emit_all

__all__ = [
    "Conflict",
    "Contact",
    "Entry",
    "InteractionRefused",
    "correct_interaction",
    "record_interaction",
    "record_interactions",
]

MOST = 1000
"""Contacts in one go."""
AN_EVENT = 500
"""Customers that one event names at most."""
LONGEST_KEY = 120


@dataclass(frozen=True)
class Entry:
    """One of several contacts. `key` is the writer's own: the same again is the same contact."""

    customer_id: UUID
    contact: Contact
    key: str = ""


Outcome = tuple[Interaction, bool] | Refused
"""The interaction and whether it is new, or why it was refused."""


def record_interaction(
    *, customer: Customer, contact: Contact, by: Author, member: Member | None = None, key: str = ""
) -> tuple[Interaction, bool]:
    """Log one contact; returns it, and whether it is new.

    `member` had it (left out: whoever writes). The same key with the same content is the contact that is there; with
    other content it is refused. Raises InteractionRefused, CustomerRefused.
    """
    entry = Entry(customer.id, contact, key)
    # No savepoint: a refusal is raised after the block, and this is the most frequent write of all.
    with transaction.atomic(savepoint=False):
        outcome = _record([entry], by, member)[0]
        if not isinstance(outcome, Refused) and outcome[1]:
            emit(InteractionRecorded(customer_id=customer.id, interaction_id=outcome[0].id))
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def record_interactions(*, entries: Sequence[Entry], by: Author) -> list[Outcome]:
    """Log up to 1,000 contacts together: what is wrong with one, the others do not feel. In their order.

    Raises InteractionRefused when there are more.
    """
    if len(entries) > MOST:
        raise InteractionRefused(f"At most {MOST:,} contacts at once.", code="too_many")
    with transaction.atomic():
        outcomes = _record(entries, by, None)
        made = [one[0] for one in outcomes if not isinstance(one, Refused) and one[1]]
        emit_all([_announced(made[start : start + AN_EVENT]) for start in range(0, len(made), AN_EVENT)])
    return outcomes


def _announced(made: Sequence[Interaction]) -> InteractionsRecorded:
    customers = tuple(sorted({row.customer_id for row in made}))
    return InteractionsRecorded(customer_ids=customers, interaction_ids=tuple(row.id for row in made))


def _record(entries: Sequence[Entry], by: Author, member: Member | None) -> list[Outcome]:
    """Rows and timeline of the entries, in the caller's transaction."""
    now = timezone.now()
    refused = hold_customers(entry.customer_id for entry in entries)
    rows = [_row(entry, by, member or by.member, now, refused.get(entry.customer_id)) for entry in entries]
    sound = [row for row in rows if isinstance(row, Interaction)]
    standing = _insert(sound, [entry.key for entry in entries if entry.key])
    outcomes = [
        row if isinstance(row, Refused) else _outcome(entry, row, standing)
        for entry, row in zip(entries, rows, strict=True)
    ]
    add_entries(timeline_entry(one[0]) for one in outcomes if not isinstance(one, Refused) and one[1])
    return outcomes


def _row(
    entry: Entry, by: Author, member: Member | None, now: datetime, refusal: CustomerRefused | None
) -> Interaction | Refused:
    if refusal:
        return refusal
    try:
        _require_key(entry.key)
        contact = checked(entry.contact, now=now)
    except InteractionRefused as refused:
        return refused
    return Interaction(
        customer_id=entry.customer_id, recorded_at=now, member=member, author=by.actor, author_name=by.name,
        key=entry.key or str(uuid4()), **vars(contact),
    )  # fmt: skip


def _require_key(key: str) -> None:
    if len(key) > LONGEST_KEY or "\x00" in key:
        raise InteractionRefused(f"A key is a text of at most {LONGEST_KEY} characters.", field="key")


def _insert(rows: Sequence[Interaction], keys: Sequence[str]) -> dict[str, Interaction]:
    """Insert those whose key is new; of the keys that were told, the rows that stand under them now.

    In the order of their keys, so that two who send the same ones wait for each other in a row, never in a circle.
    """
    in_order = sorted(rows, key=lambda row: row.key)
    insert_together(in_order, is_once=True)
    return {row.key: row for row in Interaction.objects.filter(key__in=keys)} if keys else {}


def _outcome(entry: Entry, row: Interaction, standing: dict[str, Interaction]) -> Outcome:
    there = standing.get(row.key, row)
    if there.id == row.id:
        return row, True
    told = first_told(there)
    same = there.customer_id == row.customer_id and all(
        told[name] == getattr(row, name)
        for name in FIELDS
        if name != "occurred_at" or entry.contact.occurred_at is not None
    )
    if same:
        return there, False
    return InteractionRefused(
        f"The key {row.key!r} was used for another contact.", field="key", code="key_reused"
    )
