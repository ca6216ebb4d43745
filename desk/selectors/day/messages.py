"""What was written and did not go, and mail from nobody known."""

from datetime import timedelta
from typing import Final

from django.db.models import Q

from desk.selectors.day.basis import Day
from desk.selectors.line import LATER, Line
from desk.templatetags.figures import when
from interactions.models import Message

SHOWN: Final = 5
STANDS: Final = timedelta(days=2)
_TROUBLE: Final = (Message.State.FAILED, Message.State.UNSURE, Message.State.WITHHELD)


def message_lines(day: Day) -> list[Line]:
    """Written by me, or to a customer of mine: the newest of two days."""
    if not day.sees_customers:
        return []
    mine = Q(author=day.access.actor)
    if day.own:
        mine |= Q(customer__summary__portfolio_id__in=day.own_ids)
    rows = Message.objects.filter(mine, asked_at__gte=day.now - STANDS, customer__trashed_at=None).filter(
        Q(state__in=_TROUBLE) | Q(bounced_at__isnull=False)
    )
    found = rows.select_related("customer").defer("body").order_by("-asked_at", "-id")[:SHOWN]
    return [_line(day, message) for message in found]


def _line(day: Day, message: Message) -> Line:
    what = "came back" if message.bounced_at else message.get_state_display()
    about = f"“{message.subject}” " if message.subject else ""
    why = f": {message.why}" if message.why else ""
    return Line(
        kind="message", icon="mail", tone="warn" if message.state == Message.State.WITHHELD else "bad",
        url=day.record(message.customer_id), who=message.customer.name,
        why=f"{message.get_channel_display()} {about}{what}{why}"[:240], due=when(message.asked_at),
        answers=[day.open(day.record(message.customer_id), icon="user")], urgency=LATER, at=message.asked_at,
        customer_id=message.customer_id,
    )  # fmt: skip
