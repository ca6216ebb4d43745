"""Mail that came in, for whoever looks after the mailboxes."""

from uuid import UUID

from django.db.models import QuerySet

from interactions.models import InboundMail

A_PAGE = 50


def inbound_mails(*, unmatched: bool, after: UUID | None = None) -> list[InboundMail]:
    """A page and one more, the newest first: what waits for somebody, or what nothing follows from."""
    state = InboundMail.State.UNMATCHED if unmatched else InboundMail.State.IGNORED
    rows = InboundMail.objects.filter(state=state).select_related("mailbox", "connector")
    last = InboundMail.objects.filter(id=after).first() if after else None
    if last:
        rows = rows.filter(received_at__lte=last.received_at).exclude(id=last.id)
    return list(rows.order_by("-received_at", "-id")[: A_PAGE + 1])


def waiting_mail() -> bool:
    return InboundMail.objects.filter(state=InboundMail.State.UNMATCHED).exists()


def inbound_mail_here(mail_id: UUID) -> InboundMail | None:
    rows: QuerySet[InboundMail] = InboundMail.objects.select_related(
        "mailbox", "connector", "message__customer"
    )
    return rows.filter(id=mail_id).first()
