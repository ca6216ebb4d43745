"""Whoever asked is told by letter what became of it, where they were seen to read mail (GDPR 12(3), (4)).

Where no address was verified, no letter goes out and members answer.
"""

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.utils import timezone

from privacy.delivery import Mail
from privacy.letters import Answer, answer_letter
from privacy.models import Contact, PersonRequest, RequestStep
from privacy.selectors.requests import reason_of, verified_point
from privacy.services.mailing import ANSWER_PURPOSE, Letter, own_ask, send_once
from privacy.services.requests import record_step
from tenancy.outbox import Then

What: Final = RequestStep.What
LETTERS: Final = {
    What.HANDED_OVER.value: "done", What.CORRECTED.value: "done", What.RESTRICTED.value: "done",
    What.OBJECTED.value: "done", What.REFUSED.value: "refused", What.EXTENDED.value: "extended",
}  # fmt: skip
"""What was done -> which letter tells of it. That somebody was erased is told before, while there is an address."""
GIVEN_UP: Final = timedelta(minutes=5)
"""After this long nobody hands a claimed letter over any more: no mail server is waited for that long."""


def tell_of_answer(*, request_id: UUID, what: str) -> Then | None:
    """Claim the letter about one step of a request; see `mailing.send_once`. None where there is nothing to tell."""
    name = LETTERS.get(what)
    request = PersonRequest.objects.select_related("customer").get(id=request_id)
    return _tell(request, name, what) if name else None


def tell_of_erasure(*, request_id: UUID) -> Then | None:
    """Claim the last letter that an address gets. None where the request is open no more, or there is no address."""
    request = PersonRequest.objects.select_related("customer").get(id=request_id)
    is_open = request.state == PersonRequest.State.OPEN
    return _tell(request, "erased", What.ERASED) if is_open else None


def is_being_told_of_erasure(*, request_id: UUID) -> bool:
    """Whether a worker may be handing that letter over now."""
    young = timezone.now() - GIVEN_UP
    rows = Contact.objects.filter(key=_key(request_id, What.ERASED), state=Contact.State.RESERVED)
    return rows.filter(at__gt=young).exists()


def _tell(request: PersonRequest, name: str, what: str) -> Then | None:
    point = verified_point(request)
    if point is None:
        return None
    letter = Letter(partial(_write, request, name, what), partial(_note, request))
    return send_once(
        own_ask(point, ANSWER_PURPOSE, "answer to a request"), letter, key=_key(request.id, what)
    )


def _write(request: PersonRequest, name: str, what: str) -> Mail:
    return answer_letter(Answer(name, request, reason_of(request, what)))


def _note(request: PersonRequest, was_sent: bool) -> None:
    record_step(request, What.TOLD if was_sent else What.UNTOLD)


def _key(request_id: UUID, what: str) -> str:
    return f"answer:{request_id}:{what}"
