"""Requests as those who handle them see them: what is due first, its clock, and what is to be done next."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from crm.models import ContactPoint
from privacy.clocks import Clock, clock_called, share_gone
from privacy.keys import address_hashes
from privacy.models import PersonRequest, RequestNote, RequestStep
from tenancy.access import Access
from tenancy.context import current_tenant_id
from tenancy.models import Job, Member
from tenancy.selectors.keyset import Order, Page, newest_first, ordered_page

BY_DUE: Final = Order("due_at", "id")
MOST_COUNTED: Final = 500
PERMISSION: Final = "privacy.handle_requests"
ERASURE_KIND: Final = "privacy.erase_person"
"""The kind of the job that erases; its slot is the request, so that there is one for each."""
BY_MAIL: Final = frozenset({PersonRequest.Identity.CODE, PersonRequest.Identity.LINK})
"""How whoever asks was seen to read mail at an address."""


def open_requests() -> QuerySet[PersonRequest]:
    """What is not closed, the most urgent first."""
    found = PersonRequest.objects.select_related("customer", "handled_by", "export_job")
    return found.filter(closed_at=None).order_by("due_at", "id")


def open_page(cursor: str) -> Page[PersonRequest]:
    return ordered_page(open_requests(), BY_DUE, cursor=cursor)


def how_many_open() -> int:
    """Up to `MOST_COUNTED`."""
    return PersonRequest.objects.filter(closed_at=None)[:MOST_COUNTED].count()


def closed_page(cursor: str) -> Page[PersonRequest]:
    return newest_first(closed_requests(), by="received_at", cursor=cursor)


def closed_requests() -> QuerySet[PersonRequest]:
    found = PersonRequest.objects.select_related("customer", "handled_by")
    return found.exclude(closed_at=None).order_by("-received_at", "-id")


def all_requests() -> QuerySet[PersonRequest]:
    return PersonRequest.objects.select_related("customer", "handled_by").order_by("-received_at", "-id")


def request_here(request_id: UUID) -> PersonRequest | None:
    found = PersonRequest.objects.select_related("customer", "handled_by", "export_job")
    return found.filter(id=request_id).first()


def erasure_job_of(request: PersonRequest) -> Job | None:
    """The job that erases for this request, once somebody said so."""
    return Job.objects.filter(kind=ERASURE_KIND, slot=str(request.id)).first()


def steps_of(request: PersonRequest) -> list[RequestStep]:
    return list(RequestStep.objects.select_related("note").filter(request=request).order_by("at", "id"))


def actors_of(request: PersonRequest) -> dict[str, str]:
    """Actor -> name, of the members who did something about a request."""
    keys = {
        step.actor.removeprefix("member:") for step in steps_of(request) if step.actor.startswith("member:")
    }
    return {f"member:{one.id}": one.name for one in Member.objects.filter(id__in=keys)}


def mailboxes_of(request: PersonRequest) -> list[ContactPoint]:
    """E-mail addresses of the customer that work: where a code may go."""
    if request.customer_id is None:
        return []
    found = ContactPoint.objects.filter(customer_id=request.customer_id, kind=ContactPoint.Kind.EMAIL)
    return list(found.filter(invalid_at=None).order_by("-is_primary", "created_at", "id"))


def verified_point(request: PersonRequest) -> ContactPoint | None:
    """The address at which whoever asked was seen to read mail, if it is the customer's still: where answers go."""
    if request.identity not in BY_MAIL or not request.address_hash:
        return None
    tenant = current_tenant_id()
    return next(
        (
            point
            for point in mailboxes_of(request)
            if request.address_hash in address_hashes(tenant, point.kind, point.value_key)
        ),
        None,
    )


def reason_of(request: PersonRequest, what: str) -> str:
    """The words in which a member refused or extended it; "" for every other step: those are the company's own."""
    if what not in {RequestStep.What.REFUSED, RequestStep.What.EXTENDED}:
        return ""
    notes = RequestNote.objects.filter(step__request=request, step__what=what)
    return notes.order_by("-step__at").values_list("text", flat=True).first() or ""


@dataclass(frozen=True)
class Running:
    """How far a request's clock is. `tone` is "" while there is time, then warn, then bad."""

    clock: Clock
    last_day: date
    """The last day on which an answer is in time, in the company's zone."""
    per_cent: int
    days_left: int
    tone: str
    words: str


def running(request: PersonRequest, now: datetime | None = None) -> Running:
    """The clock of a request at a moment."""
    end = request.closed_at or now or timezone.now()
    share = share_gone(request.received_at, request.due_at, end)
    days = int((request.due_at - end).total_seconds() // 86_400)
    tone = "bad" if share >= 1 else "warn" if share >= 0.8 else ""
    last = timezone.localdate(request.due_at - timedelta(seconds=1))
    return Running(
        clock_called(request.regime), last, min(100, int(100 * share)), days, tone, _left(days, share)
    )


def _left(days: int, share: float) -> str:
    if share >= 1:
        late = -days
        return f"{late} day{'' if late == 1 else 's'} late"
    return "due today" if days == 0 else f"{days} day{'' if days == 1 else 's'} left"


@dataclass(frozen=True)
class Todo:
    """One line of a request's checklist. `now` is the one that is next."""

    key: str
    title: str
    is_done: bool
    now: bool


_AFTER: Final = {
    "access": (("assemble", "Assemble everything we keep"), ("hand_over", "Hand it over")),
    "portability": (("assemble", "Assemble everything we keep"), ("hand_over", "Hand it over")),
    "rectification": (("correct", "Correct it, where it came from too"),),
    "erasure": (("erase", "Erase"),),
    "restriction": (("restrict", "Restrict the use of their data"),),
    "objection": (("object", "Write the objection into the ledger"),),
}
_DONE_BY: Final = {
    "customer": lambda r: r.customer_id is not None,
    "identity": lambda r: r.identified_at is not None,
    "assemble": lambda r: r.export_job_id is not None,
}


def checklist(request: PersonRequest) -> list[Todo]:
    """What its kind asks for, in order; the first that is not done is next."""
    asked = (("customer", "Find whose data it is about"), ("identity", "Be sure that it is they who ask"))
    todo: list[Todo] = []
    waiting = request.closed_at is None
    for key, title in (*asked, *_AFTER[request.kind]):
        done = _DONE_BY[key](request) if key in _DONE_BY else request.state == PersonRequest.State.DONE
        todo.append(Todo(key, title, done, waiting and not done))
        waiting = waiting and done
    return todo


def next_of(request: PersonRequest) -> str:
    """The key of what is next; "" where nothing is."""
    return next((one.key for one in checklist(request) if one.now), "")


def due_soon(access: Access) -> list[PersonRequest]:
    """For my day: requests in the last fifth of their time, and late ones, for whoever handles them."""
    if not access.may(PERMISSION):
        return []
    now = timezone.now()
    return [one for one in open_requests()[:200] if share_gone(one.received_at, one.due_at, now) >= 0.5]
