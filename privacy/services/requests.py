"""What people ask about their data: taken down, identified, done, extended or refused; every step is kept."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm.models import Customer
from crm.services.timeline import Entry, add_entry
from privacy.clocks import clock_called, clock_for, due_by, extended
from privacy.events import RequestChanged
from privacy.models import Erasure, PersonRequest, Purpose, RequestNote, RequestStep
from privacy.services.consents import ConsentEntry, record_consent
from privacy.services.erasure import erase_person
from privacy.services.persons import restrict_person
from tenancy.context import current_actor
from tenancy.models import Member, TenantProfile
from tenancy.outbox import emit

Kind, State, Came, Identity, What = (
    PersonRequest.Kind, PersonRequest.State, PersonRequest.Came, PersonRequest.Identity, RequestStep.What,
)  # fmt: skip
OPEN: Final = (State.RECEIVED, State.OPEN)
AGAINST: Final = {
    "marketing": "marketing of every kind",
    "profiling": "profiling",
    "everything": "marketing and profiling",
}
"""What an objection is against. Against marketing it needs no grounds and stops it whole (GDPR 21(3))."""
MOST_LATE: Final = timedelta(days=366)


class RequestRefused(ValueError):
    """This cannot be done with the request; the message says why and what to do. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def open_request(
    *, kind: str, came: str, asker: str = "", words: str = "", customer_id: UUID | None = None,
    received_at: datetime | None = None, address_hash: str = "",
) -> PersonRequest:  # fmt: skip
    """Take down a request; its clock runs from `received_at`. Raises RequestRefused.

    By the person's own link the identity is known at once, and `address_hash` is of the address where they got it.
    Whoever asks is never told whether they are a customer.
    """
    if kind not in Kind.values:
        raise RequestRefused(f"Choose what is asked for: {', '.join(Kind.values)}.", field="kind")
    now = timezone.now()
    received = received_at or now
    if not now - MOST_LATE < received <= now + timedelta(minutes=5):
        raise RequestRefused(
            "A request came within the last year, and not in the future.", field="received_at"
        )
    with transaction.atomic():
        # Whoever lies in the trash is still a person with rights, and asks by their own page.
        customer = _customer(customer_id, trashed=came == Came.LINK) if customer_id else None
        profile = TenantProfile.objects.get()
        clock = clock_for((customer.country if customer else "") or profile.country)
        request = PersonRequest.objects.create(
            kind=kind, came=came, customer=customer, asker=asker.strip()[:400], words=words.strip(),
            regime=clock.code, received_at=received, due_at=due_by(clock, received, profile.time_zone),
            address_hash=address_hash if came == Came.LINK else "",
        )  # fmt: skip
        _step(request, What.RECEIVED)
        if came == Came.LINK and customer:
            _identified(request, Identity.LINK, "")
    return request


def name_customer(*, request_id: UUID, customer_id: UUID) -> PersonRequest:
    """Say whose data it is about, before their identity is checked. Raises RequestRefused.

    Where the customer's own law is quicker, its clock counts; it never becomes slower.
    """
    with transaction.atomic():
        request = _held(request_id, State.RECEIVED)
        # A right does not end in the trash; nor does it bring anybody back from there.
        customer = _customer(customer_id, trashed=True)
        profile = TenantProfile.objects.get()
        clock = clock_for(customer.country or profile.country)
        due = due_by(clock, request.received_at, profile.time_zone)
        if due < request.due_at:
            request.regime, request.due_at = clock.code, due
        request.customer, request.code_digest, request.code_tries, request.address_hash = customer, "", 0, ""
        return _saved(request)


def identify_by_member(*, request_id: UUID, how: str) -> PersonRequest:
    """A member is sure who asks, and says how. Raises RequestRefused."""
    if len(how.strip()) < 5:
        raise RequestRefused("Say how you know who it is; it is kept as proof.", field="how")
    with transaction.atomic():
        request = _held(request_id, State.RECEIVED)
        _require_customer(request)
        request.address_hash = ""  # where a code was sent, nobody said it
        return _identified(request, Identity.MEMBER, how)


def identified_by_code(request: PersonRequest) -> PersonRequest:
    """The code came back right: for privacy.services.identity, which holds the row."""
    return _identified(request, Identity.CODE, "")


def correct(*, request_id: UUID, what: str) -> PersonRequest:
    """What was wrong is right now; the request is done. Raises RequestRefused."""
    if not what.strip():
        raise RequestRefused("Say what was corrected, or what was added.", field="what")
    return _do(request_id, Kind.RECTIFICATION, What.CORRECTED, what)


def restrict(*, request_id: UUID, member: Member | None, reason: str) -> PersonRequest:
    """Restrict the customer: kept, and used for nothing else (GDPR 18). Raises RequestRefused."""
    if not reason.strip():
        raise RequestRefused("Say why, in the person's words or yours.", field="reason")
    with transaction.atomic():
        request = _held(request_id, State.OPEN, Kind.RESTRICTION)
        restrict_person(customer_id=_owner(request), reason=reason.strip(), who=_name(member))
        return _close(request, What.RESTRICTED, reason)


def object_to(*, request_id: UUID, member: Member | None, against: str) -> PersonRequest:
    """Write the objection into the ledger; from then on the gate says no. Raises RequestRefused."""
    if against not in AGAINST:
        raise RequestRefused(f"Choose what it is against: {', '.join(AGAINST)}.", field="against")
    with transaction.atomic():
        request = _held(request_id, State.OPEN, Kind.OBJECTION)
        entry = ConsentEntry(
            customer_id=_owner(request), action="object", channel="*", purposes=_purposes(against), method="reply",
            source="request", occurred_at=request.received_at, key=f"request:{request.id}",
        )  # fmt: skip
        record_consent(entry, who=_name(member))
        return _close(request, What.OBJECTED, "")


def _purposes(against: str) -> tuple[str, ...]:
    if against == "everything":
        return ("*",)
    if against == "profiling":
        return ("profiling",)
    marketing = Purpose.objects.filter(purpose_class=Purpose.Class.MARKETING)
    return tuple(marketing.order_by("key").values_list("key", flat=True))


def require_name(*, request_id: UUID, typed: str) -> PersonRequest:
    """The request of whoever may be erased now, held; `typed` is their name as it stands. Raises RequestRefused."""
    request = _held(request_id, State.OPEN, Kind.ERASURE)
    customer = _customer(_owner(request), trashed=True)
    if " ".join(typed.split()).casefold() != " ".join(customer.name.split()).casefold():
        raise RequestRefused("Type the customer's name as it stands on this page.", field="typed")
    return request


def carry_out_erasure(*, request_id: UUID) -> Erasure:
    """Erase the customer and close their request, both or neither. Raises RequestRefused, ErasuresUnwritable."""
    with transaction.atomic():
        request = _held(request_id, State.OPEN, Kind.ERASURE)
        customer_id = _owner(request)
        _close(request, What.ERASED, "")
        return erase_person(customer_id=customer_id, why=Erasure.Why.ASKED, request=request)


def hand_over(*, request_id: UUID, how: str) -> PersonRequest:
    """The person has their data; the request is done. Raises RequestRefused."""
    if not how.strip():
        raise RequestRefused("Say how the person got it.", field="how")
    with transaction.atomic():
        request = _held(request_id, State.OPEN, Kind.ACCESS, Kind.PORTABILITY)
        if request.export_job_id is None:
            raise RequestRefused("Assemble the data first.")
        return _close(request, What.HANDED_OVER, how)


def extend(*, request_id: UUID, reason: str) -> PersonRequest:
    """Take the longer time that the law allows once, told to the person with a reason. Raises RequestRefused."""
    if len(reason.strip()) < 10:
        raise RequestRefused("Say why it takes longer, as you tell the person.", field="reason")
    with transaction.atomic():
        request = _held(request_id, *OPEN)
        clock = clock_called(request.regime)
        if not clock.may_be_longer:
            raise RequestRefused(f"{clock.name}: the law knows no longer time ({clock.source}).")
        if request.extended_at:
            raise RequestRefused("It was extended already; the law allows it once.")
        if timezone.now() >= request.due_at:
            raise RequestRefused("The time is over: it can only be extended before that.")
        request.due_at = extended(clock, request.due_at, TenantProfile.objects.get().time_zone)
        request.extended_at, request.reminded = timezone.now(), 0
        _step(request, What.EXTENDED, reason)
        return _saved(request, What.EXTENDED)


def refuse(*, request_id: UUID, reason: str) -> PersonRequest:
    """Refuse, with a reason that the person is told, beside where to complain (GDPR 12(4)). Raises RequestRefused."""
    if len(reason.strip()) < 10:
        raise RequestRefused("Say why, as you tell the person; they may complain.", field="reason")
    with transaction.atomic():
        return _close(_held(request_id, *OPEN), What.REFUSED, reason, State.REFUSED)


def withdraw(*, request_id: UUID, reason: str = "") -> PersonRequest:
    """The person took it back. Raises RequestRefused."""
    with transaction.atomic():
        return _close(_held(request_id, *OPEN), What.WITHDRAWN, reason, State.WITHDRAWN)


def note(*, request_id: UUID, text: str) -> RequestStep:
    """A member's words to the request, at any time. Raises RequestRefused."""
    if not text.strip():
        raise RequestRefused("Write something.", field="text")
    with transaction.atomic():
        return _step(_held(request_id, *State.values), What.NOTED, text)


def take_up(*, request_id: UUID, member: Member) -> PersonRequest:
    """A member looks after it from now on. Raises RequestRefused."""
    with transaction.atomic():
        request = _held(request_id, *OPEN)
        request.handled_by = member
        return _saved(request)


def remember_export(*, request_id: UUID, job_id: UUID) -> None:
    """The data is being assembled by this job."""
    request = PersonRequest.objects.select_for_update().get(id=request_id)
    request.export_job_id = job_id
    _step(request, What.ASSEMBLED)
    request.save(update_fields=["export_job"])


def record_step(request: PersonRequest, what: str, *, per_cent: int | None = None) -> None:
    """A step that says nothing in words."""
    RequestStep.objects.create(
        request=request, at=timezone.now(), actor=current_actor(), what=what, per_cent=per_cent
    )


def _do(request_id: UUID, kind: str, what: str, words: str) -> PersonRequest:
    with transaction.atomic():
        return _close(_held(request_id, State.OPEN, kind), what, words)


def _held(request_id: UUID, *allowed: str) -> PersonRequest:
    """The request under lock. `allowed` are states, and kinds where only some can be done so."""
    request = PersonRequest.objects.select_for_update().get(id=request_id)
    states, kinds = set(allowed) & set(State.values), set(allowed) & set(Kind.values)
    if request.state not in states:
        if request.state == State.RECEIVED:
            raise RequestRefused(
                "First find out who asks: nobody gets, changes or erases another one's data."
            )
        raise RequestRefused(f"This request is {request.get_state_display()}.")
    if kinds and request.kind not in kinds:
        raise RequestRefused(f"This is a request for {request.get_kind_display()}.")
    return request


def _identified(request: PersonRequest, how: str, words: str) -> PersonRequest:
    request.state, request.identity, request.identified_at = State.OPEN, how, timezone.now()
    request.code_digest = ""
    _step(request, What.IDENTIFIED, words)
    _tell(request, f"Asked for {request.get_kind_display()} of their data")
    return _saved(request)


def _close(request: PersonRequest, what: str, words: str, state: str = State.DONE) -> PersonRequest:
    request.state, request.closed_at, request.code_digest = state, timezone.now(), ""
    _step(request, what, words)
    _tell(request, f"Request for {request.get_kind_display()}: {request.get_state_display()}")
    return _saved(request, what)


def _step(request: PersonRequest, what: str, words: str = "") -> RequestStep:
    step = RequestStep.objects.create(request=request, at=timezone.now(), actor=current_actor(), what=what)
    if words.strip():
        RequestNote.objects.create(step=step, text=words.strip())
    return step


def _saved(request: PersonRequest, what: str = "") -> PersonRequest:
    request.save()
    emit(RequestChanged(request_id=request.id, kind=request.kind, state=request.state, what=what))
    return request


def _tell(request: PersonRequest, title: str) -> None:
    # Only where it is known who asks: somebody else's claim leaves no trace with the customer.
    if request.customer_id and request.identified_at:
        key = f"request:{request.id}:{request.state}"
        add_entry(Entry(request.customer_id, timezone.now(), "change", key, title))


def _customer(customer_id: UUID, *, trashed: bool = False) -> Customer:
    found = Customer.objects.filter(id=customer_id).first()
    if found is None or (found.trashed_at and not trashed):
        raise RequestRefused("There is no such customer.", field="customer")
    return found


def _require_customer(request: PersonRequest) -> None:
    if request.customer_id is None:
        raise RequestRefused("First say which customer it is about.", field="customer")


def _owner(request: PersonRequest) -> UUID:
    _require_customer(request)
    assert request.customer_id is not None
    return request.customer_id


def _name(member: Member | None) -> str:
    return member.name if member else ""
