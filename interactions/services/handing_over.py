"""What a permit is used for: a mail, a note to the company's provider, or work for a member."""

from typing import Final

from django.utils import timezone

from crm.models import ContactPoint
from interactions.models import Connector, Message, Task
from interactions.services.authors import Author
from interactions.services.connectors import connection_of, note_trouble
from interactions.services.message_ends import end_as_task, end_sent
from interactions.services.rendering import mail_of, note_of, task_text_of
from interactions.services.tasks import make_task
from privacy.delivery import NotTaken, send_email, send_note
from privacy.gate import Permit
from privacy.models import Purpose
from privacy.models.purpose import Channel
from privacy.selectors.purposes import find_purpose

WORK: Final = {Channel.PHONE.value: Task.Kind.CALL, Channel.POST.value: Task.Kind.LETTER}


def is_work(channel: str) -> bool:
    """Whether a member does it, not a machine."""
    return channel in WORK


def hand_over(given: Permit, message: Message) -> None:
    """Raises NotTaken, or what the network raises; then the caller's transaction is to be undone."""
    if message.channel == Channel.EMAIL:
        _send_mail(given, message)
    else:
        _send_note(given, message)


def _send_mail(given: Permit, message: Message) -> None:
    mail = mail_of(
        subject=message.subject, body=message.body, language=message.language, point=_point(given),
        way_out_of=_way_out_of(message),
    )  # fmt: skip
    end_sent(message, given, mail_id=send_email(given, mail))


def _send_note(given: Permit, message: Message) -> None:
    connector = Connector.objects.filter(channel=message.channel, is_active=True).first()
    if connector is None:
        raise NotTaken(
            "There is no connector for this channel. Add one under Settings, Connectors.", is_down=True
        )
    note = note_of(
        title=message.subject, body=message.body, language=message.language, point=_point(given),
        way_out_of=_way_out_of(message),
    )  # fmt: skip
    provider_id = send_note(given, note, connection_of(connector))
    note_trouble(connector=connector, words="")
    end_sent(message, given, provider_id=provider_id, cost=connector.cost)


def hand_to_member(given: Permit, message: Message) -> None:
    """A call or a letter: work for whoever manages the portfolio, in one transaction with the place it takes."""
    point = _point(given) if given.point_id else None
    task = _make_task(message, task_text_of(body=message.body, point=point))
    given.accepted()
    end_as_task(message, given, task)


def _make_task(message: Message, text: str) -> Task:
    verb = "Call" if message.channel == Channel.PHONE else "Write by post"
    subject = " ".join(f"{verb}: {message.subject or message.body}".split())
    return make_task(
        subject=subject[:200], customer=message.customer, kind=WORK[message.channel], text=text,
        due_at=timezone.now(), is_all_day=True, by=Author(message.author, message.author_name),
        key=f"message:{message.id}",
    )[0]  # fmt: skip


def _point(given: Permit) -> ContactPoint:
    assert given.point_id is not None
    return ContactPoint.objects.select_related("customer").get(pk=given.point_id)


def _way_out_of(message: Message) -> Purpose | None:
    """What one click ends: the purpose of marketing. A promotion within a service message is marketing as a whole."""
    if not message.is_marketing:
        return None
    purpose = find_purpose(message.purpose)
    return purpose if purpose and purpose.is_marketing else find_purpose("marketing")
