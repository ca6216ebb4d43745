"""What triggers cannot see: batches, and looks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from tenancy.context import current_actor
from tenancy.models import AccessEntry, AuditEntry


def record_batch(*, action: str, table: str, note: dict[str, Any]) -> None:
    """One audit entry for a batch whose row triggers were off. `note` holds counts and ids only."""
    AuditEntry.objects.create(actor=current_actor(), action=action, table=table, note=note)


def note_access(
    request: HttpRequest, *, view: str, subject_id: UUID | None, purpose: str = "", allowed: bool = True
) -> None:
    """Remember a look at a customer; the middleware writes it after the view, also when the view refused."""
    request.accesses.append(  # type: ignore[attr-defined]
        AccessEntry(
            actor=current_actor(), view=view, subject_id=subject_id, purpose=purpose[:200], allowed=allowed
        )
    )


def record_accesses(entries: Sequence[AccessEntry]) -> None:
    if entries:
        AccessEntry.objects.bulk_create(entries)
