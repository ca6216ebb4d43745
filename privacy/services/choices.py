"""What people choose on their own pages. Each answer goes into the ledger; what is said already is not said again.

The chain is held before the choices are read, so that two windows, or a click and its repetition, see each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from crm.models import ContactPoint, Customer
from crm.services.contact_points import verify_contact_point
from privacy.models import ConsentEvent, Purpose
from privacy.models.consent import EVERY_CHANNEL
from privacy.models.purpose import Channel
from privacy.policy.dates import months_before
from privacy.selectors.choices import NO, YES, Choice, Choices, choices_of, is_stopped
from privacy.selectors.holders import point_said_for
from privacy.services.consents import ConsentEntry, record_consent, record_consents
from privacy.services.locks import lock_chains
from tenancy.db.ids import new_id

Action, Method = ConsentEvent.Action, ConsentEvent.Method
PAUSES: Final = (1, 3, 6)
"""Months for which a person may pause everything."""
EVERYTHING: Final = "*"
WHO: Final = "the customer"


@dataclass(frozen=True)
class Said:
    """What came with one form. `before` is what the page showed: an answer that was only left standing says nothing.

    By key of the choice (`Choice.key`): "yes", "no". `pause`: months, 0 ends it, None leaves it.
    """

    answers: Mapping[str, str]
    before: Mapping[str, str]
    language: str
    pause: int | None = None


def choose(*, customer: Customer, point: ContactPoint, said: Said) -> int:
    """Record what was changed on the page. Returns how many answers are new."""
    with transaction.atomic():
        lock_chains([customer.id])
        choices = choices_of(customer, point, [said.language])
        changed = [(line, said.answers[line.key]) for line in choices.lines if _is_changed(line, said)]
        entries = [_answer(line, answer, said.language) for line, answer in changed]
        if said.pause is not None:
            entries += _pause(customer, point, choices, said)
        record_consents(entries, who=WHO)
    return len(entries)


def refuse_everything(*, customer: Customer, point: ContactPoint | None, language: str) -> bool:
    """Nothing any more, on every channel, for every purpose. False where that is so already."""
    with transaction.atomic():
        lock_chains([customer.id])
        lines = choices_of(customer, point, [language]).lines
        if lines and all(line.answer == NO for line in lines):
            return False
        entry = ConsentEntry(
            customer_id=customer.id, action=Action.OPT_OUT, channel=EVERY_CHANNEL, purposes=(EVERYTHING,),
            contact_point_id=point.id if point else None, **_by_page(language, choice="nothing any more"),
        )  # fmt: skip
        record_consent(entry, who=WHO)
    return True


def unsubscribe(
    *, customer: Customer, point: ContactPoint | None, purpose: Purpose, language: str, one_click: bool
) -> bool:
    """Stop one purpose on the channel of this address. False where it is stopped already.

    `point` None: the letter went to an address that is not theirs any more; then the purpose stops on every channel.
    `one_click`: the mail program asked, as RFC 8058 has it.
    """
    channel = _channel_of(point)
    with transaction.atomic():
        lock_chains([customer.id])
        if point and is_stopped(customer, point, purpose, channel):
            return False
        entry = ConsentEntry(
            customer_id=customer.id, action=Action.OPT_OUT, channel=channel, purposes=(purpose.key,),
            method=Method.UNSUBSCRIBE_LINK, source="unsubscribe link", occurred_at=timezone.now(), language=language,
            contact_point_id=point.id if point else None, evidence=(f"form:{new_id()}",),
            detail={"page": "unsubscribe", "one_click": one_click},
        )  # fmt: skip
        record_consent(entry, who=WHO)
    return True


def confirm(*, event: ConsentEvent, language: str) -> bool:
    """Confirm a double opt-in, once; its address has been seen to work. False where it was confirmed before."""
    with transaction.atomic():
        said = _answer_to(event, Action.CONFIRM, Method.DOUBLE_OPT_IN, language)
        point = point_said_for(event) if said else None
        if point:
            verify_contact_point(point=point, who=WHO)
    return said


def decline(*, event: ConsentEvent, language: str) -> bool:
    """No, I did not ask for that: as quick as a yes. False where it was declined before."""
    return _answer_to(event, Action.WITHDRAW, Method.UNSUBSCRIBE_LINK, language)


def _answer_to(event: ConsentEvent, action: str, method: str, language: str) -> bool:
    """What was said to the letter that asked to confirm, on the record of what it asked about; the same answer once."""
    key = f"{'confirm' if action == Action.CONFIRM else 'decline'}:{event.id}"
    with transaction.atomic():
        lock_chains([event.customer_id])
        if ConsentEvent.objects.filter(customer_id=event.customer_id, key=key).exists():
            return False
        point = point_said_for(event)
        entry = ConsentEntry(
            customer_id=event.customer_id, action=action, channel=event.channel, purposes=tuple(event.purposes),
            method=method, source="confirmation link", key=key, occurred_at=timezone.now(), language=language,
            record=event.record, evidence=(f"form:{new_id()}",), contact_point_id=point.id if point else None,
            detail={"page": "confirm", "of": str(event.id)},
        )  # fmt: skip
        record_consent(entry, who=WHO)
    return True


def object_to_profiling(*, customer: Customer, language: str) -> bool:
    """Nothing is worked out about them any more (GDPR 21). False where they objected before."""
    with transaction.atomic():
        chain = lock_chains([customer.id])[customer.id]
        if chain.profiling_objected_at:
            return False
        entry = ConsentEntry(
            customer_id=customer.id, action=Action.OBJECT, channel=EVERY_CHANNEL, purposes=("profiling",),
            **_by_page(language, choice="object to profiling"),
        )  # fmt: skip
        record_consent(entry, who=WHO)
    return True


def _is_changed(line: Choice, said: Said) -> bool:
    answer = said.answers.get(line.key)
    return answer in (YES, NO) and answer not in (said.before.get(line.key), line.answer)


def _answer(line: Choice, answer: str, language: str) -> ConsentEntry:
    return _grant(line, language) if answer == YES else _stop(line, language)


def _grant(line: Choice, language: str) -> ConsentEntry:
    words = "" if line.notice else f"{line.purpose.name}: {line.purpose.description}".strip(": ")
    return ConsentEntry(
        customer_id=line.point.customer_id, action=Action.GRANT, channel=line.channel, purposes=(line.purpose.key,),
        contact_point_id=line.point.id, notice=line.notice, words=words, wording="specific",
        **_by_page(language, choice=f"yes to {line.purpose.key} by {line.channel}"),
    )  # fmt: skip


def _stop(line: Choice, language: str) -> ConsentEntry:
    """A consent that was given is taken back; where there was none it is a refusal."""
    action = Action.WITHDRAW if line.standing.state == "granted" else Action.OPT_OUT
    return ConsentEntry(
        customer_id=line.point.customer_id, action=action, channel=line.channel, purposes=(line.purpose.key,),
        contact_point_id=line.point.id,
        **_by_page(language, choice=f"no to {line.purpose.key} by {line.channel}"),
    )  # fmt: skip


def _by_page(language: str, *, choice: str) -> dict[str, Any]:
    """The proof: when, by which page, and what was pressed. The form is kept with the event's own text."""
    return {
        "method": Method.PREFERENCE_CENTRE, "source": "preference centre", "occurred_at": timezone.now(),
        "language": language, "evidence": (f"form:{new_id()}",), "detail": {"page": "preferences", "choice": choice},
    }  # fmt: skip


def _pause(customer: Customer, point: ContactPoint, choices: Choices, said: Said) -> list[ConsentEntry]:
    now = timezone.now()
    if said.pause == 0 and choices.paused_until is None:
        return []
    until = months_later(now, said.pause or 0)
    entry = ConsentEntry(
        customer_id=customer.id, action=Action.PAUSE, channel=EVERY_CHANNEL, purposes=(EVERYTHING,), until=until,
        contact_point_id=point.id, **_by_page(said.language, choice=f"pause for {said.pause} months"),
    )  # fmt: skip
    return [entry]


def months_later(moment: datetime, months: int) -> datetime:
    """The same day and time that many months on, or the last day of a shorter month."""
    return datetime.combine(months_before(moment.date(), -months), moment.timetz())


def _channel_of(point: ContactPoint | None) -> str:
    if point is None:
        return EVERY_CHANNEL
    return {ContactPoint.Kind.EMAIL.value: Channel.EMAIL.value, ContactPoint.Kind.PHONE.value: Channel.SMS.value}.get(
        point.kind, point.kind
    )  # fmt: skip
