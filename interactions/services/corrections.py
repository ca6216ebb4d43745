"""What was wrong in a contact is corrected for everybody to see: who, when, why, and what had stood there."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from crm.services.timeline import rewrite_entry
from interactions.events import InteractionCorrected
from interactions.models import Correction, Interaction
from interactions.services.authors import Author
from interactions.services.contact import (
    FIELDS,
    Contact,
    InteractionRefused,
    checked,
    require_storable,
    timeline_entry,
    told_by,
)
from interactions.services.holding import hold_customer
from tenancy.outbox import emit

LONGEST_REASON = 300


@dataclass(frozen=True)
class Conflict(Exception):
    """Somebody corrected the same meanwhile; nothing was written. `theirs`: field -> what stands there now."""

    interaction: Interaction
    theirs: dict[str, Any]

    def __str__(self) -> str:
        names = ", ".join(sorted(self.theirs))
        version = self.interaction.version
        return f"Somebody corrected {names} since you read it; version {version} has it now."


def correct_interaction(
    *, interaction: Interaction, contact: Contact, reason: str, version: int, by: Author
) -> Interaction:
    """Put what is right in the place of what is wrong, and keep that beside it.

    `contact` says everything, also what stays; without a moment the one that stands there stays. `version` is the one
    the writer saw: corrections of different fields by two people are both kept, of the same field raise Conflict.
    Nothing different: nothing is written. Raises InteractionRefused, CustomerRefused.
    """
    reason = _reason(reason)
    with transaction.atomic():
        hold_customer(interaction.customer_id)
        current = Interaction.objects.select_for_update(no_key=True).get(id=interaction.id)
        changes = _changes(current, contact, version)
        return _apply(current, changes, reason, by) if changes else current


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InteractionRefused("Say why: everybody who reads the contact sees the reason.", field="reason")
    if len(reason) > LONGEST_REASON:
        raise InteractionRefused(f"A reason has at most {LONGEST_REASON} characters.", field="reason")
    require_storable(reason, "reason")
    return reason


def _changes(current: Interaction, contact: Contact, version: int) -> dict[str, Any]:
    """What the writer changed of what they saw, and is not so already. Raises Conflict, InteractionRefused."""
    now = told_by(current)
    seen = now if version == current.version else told_at(current, version)
    wanted = asdict(checked(contact))
    if contact.occurred_at is None:
        wanted["occurred_at"] = seen["occurred_at"]
    mine = {name for name in FIELDS if wanted[name] != seen[name]}
    theirs = {name: now[name] for name in mine if now[name] not in (seen[name], wanted[name])}
    if theirs:
        raise Conflict(current, theirs)
    return {name: wanted[name] for name in mine if wanted[name] != now[name]}


def _apply(current: Interaction, changes: Mapping[str, Any], reason: str, by: Author) -> Interaction:
    now = timezone.now()
    Correction.objects.create(
        interaction=current, at=now, reason=reason, author=by.actor, author_name=by.name,
        before={name: _plain(getattr(current, name)) for name in changes},
    )  # fmt: skip
    for name, value in changes.items():
        setattr(current, name, value)
    current.version += 1
    current.corrected_at = now
    current.save(update_fields=[*changes, "version", "corrected_at"])
    rewrite_entry(timeline_entry(current))
    emit(InteractionCorrected(customer_id=current.customer_id, interaction_id=current.id))
    return current


def first_told(interaction: Interaction) -> dict[str, Any]:
    """What stood in it before anybody corrected it: field of `Contact` -> value."""
    return told_at(interaction, 1)


def told_at(interaction: Interaction, version: int) -> dict[str, Any]:
    """What stood in it at an earlier version. Raises InteractionRefused for one that was never there."""
    if not 1 <= version <= interaction.version:
        raise InteractionRefused("There is no such version of this contact: open it anew.", field="version")
    told = told_by(interaction)
    if version == interaction.version:
        return told
    rows = Correction.objects.filter(interaction=interaction).order_by("at", "id")
    for before in reversed(list(rows.values_list("before", flat=True)[version - 1 :])):
        told |= {name: from_plain(name, value) for name, value in before.items()}
    return told


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def from_plain(name: str, value: Any) -> Any:
    """The value of a field again, out of `Correction.before`."""
    if value is None:
        return None
    if name == "occurred_at":
        return parse_datetime(value)
    return Decimal(value) if name == "minutes" else value
