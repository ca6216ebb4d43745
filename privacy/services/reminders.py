"""Nobody who asked is forgotten: at 50, 80 and 100 % of the time those who handle requests are told by mail."""

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from privacy.clocks import MARKS, share_gone
from privacy.events import RequestDue
from privacy.models import PersonRequest, RequestStep
from privacy.selectors.requests import open_requests, running
from privacy.services.requests import record_step
from tenancy.context import current_tenant_id
from tenancy.models import Member, Tenant
from tenancy.outbox import emit_all
from tenancy.selectors.members import members_here
from tenancy.services.letters import write_to_member

PERMISSION: Final = "privacy.handle_requests"


def remind_of_requests() -> int:
    """Pass over the open requests, every hour and whenever asked; each mark of each is told once. How many were."""
    now, told = timezone.now(), 0
    for request in open_requests():
        mark = max(
            (m for m in MARKS if 100 * share_gone(request.received_at, request.due_at, now) >= m), default=0
        )
        told += mark > request.reminded and _remind(request, mark)
    return told


def _remind(request: PersonRequest, mark: int) -> bool:
    with transaction.atomic():
        held = PersonRequest.objects.select_for_update().get(id=request.id)
        if held.reminded >= mark or held.closed_at:
            return False
        held.reminded = mark
        held.save(update_fields=["reminded"])
        record_step(held, RequestStep.What.REMINDED, per_cent=mark)
        # A step for each: where one letter fails, that one is tried again and the others are not.
        emit_all(RequestDue(held.id, member.id, mark) for member in handlers())
    return True


def write_reminder(*, request_id: UUID, member_id: UUID, mark: int) -> None:
    """Tell one member, unless the request was closed or they left meanwhile. Raises what the mail server raises."""
    request = PersonRequest.objects.filter(id=request_id, closed_at=None).first()
    member = next((one for one in handlers() if one.id == member_id), None)
    if request and member:
        write_to_member(member=member, template="privacy/mail/reminder", context=_context(request, mark))


def handlers() -> list[Member]:
    """Members who handle requests now."""
    here = members_here().select_related("role", "user")
    return [
        one for one in here if PERMISSION in one.role.permissions and one.role.scope == one.role.Scope.ALL
    ]


def _context(request: PersonRequest, mark: int) -> dict[str, Any]:
    # No word of whom it is about: mail is read on other people's screens.
    tenant = Tenant.objects.get(id=current_tenant_id())
    return {
        "request": request, "last_day": running(request).last_day, "mark": mark, "tenant": tenant,
        "url": f"{settings.PUBLIC_URL}/t/{tenant.slug}/privacy/requests/{request.id}/",
    }  # fmt: skip
