"""How a message ends or waits on: its row, the customer's timeline, the event, what it cost.

In the caller's transaction, which holds the customer and the message.
"""

from datetime import datetime
from typing import Final

from django.utils import timezone

from crm.services.costs import record_cost
from crm.services.timeline import Entry, add_entry
from interactions.events import MessageEnded
from interactions.models import Message, Task
from privacy.gate import Given, Permit
from privacy.models.purpose import Channel
from privacy.policy import CODES
from privacy.selectors.may_we import short_reason
from tenancy.outbox import emit

State = Message.State
EXCERPT: Final = 400
_ENDED: Final = (
    "state", "code", "why", "answer_id", "contact_id", "sent_at", "mail_id", "provider_id", "task", "due_at",
)  # fmt: skip


def _write(message: Message) -> None:
    message.save(update_fields=_ENDED)


def _end(message: Message, title: str) -> None:
    _write(message)
    add_entry(
        Entry(
            customer_id=message.customer_id, at=message.sent_at or timezone.now(), kind="message",
            key=f"message:{message.id}:{message.state}", title=title, text=excerpt(message), who=message.author_name,
        )
    )  # fmt: skip
    emit(MessageEnded(message.customer_id, message.id, message.state))


def excerpt(message: Message) -> str:
    """The beginning of what was written, for a line beside other things."""
    words = " ".join(f"{message.subject}\n{message.body}".split()) if message.subject else message.body
    words = " ".join(words.split())
    return words if len(words) <= EXCERPT else f"{words[: EXCERPT - 1]}…"


def way(message: Message) -> str:
    """ "e-mail", "text message" """
    return str(Channel(message.channel).label)


def end_sent(
    message: Message, given: Permit, *, mail_id: str = "", provider_id: str = "", cost: int = 0
) -> None:
    message.state, message.sent_at = State.SENT, timezone.now()
    message.answer_id, message.contact_id = given.given.answer_id, given.contact_id
    message.mail_id, message.provider_id = mail_id[:200], provider_id
    message.code = message.why = ""
    _end(message, f"Sent by {way(message)}")
    if cost:
        record_cost(
            customer=message.customer, key=f"message:{message.id}", kind="message", amount=cost,
            occurred_at=message.sent_at, detail=way(message),
        )  # fmt: skip


def end_as_task(message: Message, given: Permit, task: Task) -> None:
    message.state, message.task = State.TASK, task
    message.answer_id, message.contact_id = given.given.answer_id, given.contact_id
    message.code = message.why = ""
    _end(message, f"To be done by {way(message)}")


def end_refused(message: Message, given: Given) -> None:
    """The gate said no, or not yet."""
    answer = given.answer
    message.answer_id = given.answer_id
    if answer.until is not None:
        return _wait(message, answer.until, answer.code, reason_of(answer.code))
    return withhold(message, code=answer.code, why=reason_of(answer.code))


def withhold(message: Message, *, code: str, why: str) -> None:
    message.state, message.code, message.why = State.WITHHELD, code[:28], why[:300]
    _end(message, f"Not sent: {short_reason(code) if code in CODES else why}")


def end_failed(message: Message, why: str) -> None:
    message.state, message.code, message.why = State.FAILED, "", why[:300]
    _end(message, f"Could not be sent by {way(message)}")


def end_unsure(message: Message) -> None:
    """It may have gone and it may not: as marketing it is never sent again by itself."""
    message.state, message.code = State.UNSURE, ""
    message.why = (
        "The connection broke while it was handed over. It is not sent again, so that nobody gets it twice."
    )
    _end(message, f"Perhaps sent by {way(message)}")


def try_again(message: Message, at: datetime, why: str) -> None:
    _wait(message, at, "", why)


def _wait(message: Message, until: datetime, code: str, why: str) -> None:
    message.state, message.due_at = State.QUEUED, until
    message.code, message.why = code, why[:300]
    _write(message)


def reason_of(code: str) -> str:
    """In a sentence, with what to do about it where there is something."""
    said = CODES.get(code)
    return " ".join(part for part in (said.meaning, said.remedy) if part) if said else code
