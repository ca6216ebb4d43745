"""The requests desk: what people asked about their data, what is due first, and one request after the other."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.selectors.search import Found, find_customers, find_in_trash
from privacy.forms.requests import FORM_OF_STEP, NewRequestForm
from privacy.models import PersonRequest
from privacy.selectors import requests as read
from privacy.selectors.exports import export_of
from privacy.selectors.person_data import fates_of
from privacy.services import identity, requests
from privacy.services.erasure_job import start_erasure
from privacy.services.exports import start_export
from privacy.services.requests import RequestRefused, open_request
from privacy.views.parts import page
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.responses import file_response
from tenancy.selectors.jobs import visible_job
from tenancy.services.audit import note_access
from tenancy.views.jobs import progress_of

HERE: Final = "privacy_requests"


@requires("privacy.handle_requests")
@require_safe
def desk(request: TenantRequest) -> HttpResponse:
    """Open requests by what is due first, or closed ones, the newest first."""
    closed, at = request.GET.get("show") == "closed", request.GET.get("at", "")
    found = read.closed_page(at) if closed else read.open_page(at)
    here, count = url_in(request, HERE), read.how_many_open()
    shown_url = f"{here}?show=closed&" if closed else f"{here}?"
    return page(
        request, "requests", HERE, rows=[_row(request, one) for one in found.rows], closed=closed, count=count,
        more=count == read.MOST_COUNTED, pager={
            "edges": "newest first" if closed else "what is due first",
            "earlier_url": f"{shown_url}at={found.earlier}" if found.earlier else "",
            "later_url": f"{shown_url}at={found.later}" if found.later else "",
        } if found.earlier or found.later else None,
        open_url=here, closed_url=f"{here}?show=closed", new_url=url_in(request, "privacy_request_new"),
    )  # fmt: skip


def _row(request: TenantRequest, one: PersonRequest) -> dict[str, Any]:
    todo = next((step for step in read.checklist(one) if step.now), None)
    return {
        "request": one, "clock": read.running(one), "url": url_in(request, "privacy_request", one.id),
        "who": one.customer.name if one.customer else one.asker, "next": todo.title if todo else "",
    }  # fmt: skip


@requires("privacy.handle_requests")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: TenantRequest) -> HttpResponse:
    form = NewRequestForm(request.POST or None, initial={"received_on": timezone.localdate()})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            made = open_request(
                kind=given["kind"], came=PersonRequest.Came.MEMBER, asker=given["asker"], words=given["words"],
                received_at=form.received_at(),
            )  # fmt: skip
        except RequestRefused as refused:
            form.add_error("received_on" if refused.field == "received_at" else None, str(refused))
        else:
            return redirect(url_in(request, "privacy_request", made.id))
    return page(
        request, "form", HERE, form=form, title="New request", save="Write it down",
        sentence="People may ask in any words and any way. Write down what they said; who it is comes next.",
        cancel_url=url_in(request, HERE), list_url=url_in(request, HERE), list_name="Requests",
    )  # fmt: skip


@requires("privacy.handle_requests")
@require_safe
def show(request: TenantRequest, request_id: UUID) -> HttpResponse:
    return _page(request, _here(request_id), {})


def _page(request: TenantRequest, one: PersonRequest, bound: dict[str, Any]) -> HttpResponse:
    """The page of one request; `bound` holds the form that was sent and could not be done."""
    if one.customer_id:
        note_access(request, view="privacy request", subject_id=one.customer_id)
    following = read.next_of(one)
    file = export_of(one)
    job = read.erasure_job_of(one) if one.kind == PersonRequest.Kind.ERASURE else one.export_job
    points = read.mailboxes_of(one)
    forms = {name: form(auto_id=f"{name}_%s") for name, form in FORM_OF_STEP.items()} | bound
    forms["send_code"].offer(points)
    told = read.verified_point(one)
    running = job and file is None and job.finished_at is None
    return page(
        request, "request", HERE, status=422 if bound else 200, one=one, clock=read.running(one),
        todos=read.checklist(one), following=following, forms=forms, points=points, steps=_steps(one),
        found=_found(request, one) if following in {"customer", "identity"} else [], find_again="find" in request.GET,
        typed=request.GET.get("find", ""),
        fates=fates_of(one.customer_id) if following == "erase" and one.customer_id else [],
        running=running, job=job, file=file, told_at=told.value if told else "",
        work=progress_of(request, job) if running and job and visible_job(request.access, job.id) else None,
        file_url=url_in(request, "privacy_request_file", one.id) if file else "",
        customer_url=_customer_url(request, one),
        do=_doors(request, one), here_url=url_in(request, "privacy_request", one.id), list_url=url_in(request, HERE),
    )  # fmt: skip


def _customer_url(request: TenantRequest, one: PersonRequest) -> str:
    """ "" for whoever lies in the trash: there is no page of theirs."""
    return (
        url_in(request, "customer", one.customer.id) if one.customer and not one.customer.trashed_at else ""
    )


def _doors(request: TenantRequest, one: PersonRequest) -> dict[str, str]:
    return {name: url_in(request, "privacy_request_do", one.id, name) for name in FORM_OF_STEP}


def _found(request: TenantRequest, one: PersonRequest) -> list[Any]:
    typed = request.GET.get("find", "").strip() or one.asker
    if not typed:
        return []
    found = find_customers(request.access, typed, most=8)
    return found + [Found(one, in_scope=False) for one in find_in_trash(request.access, typed, most=8)]


def _steps(one: PersonRequest) -> list[dict[str, Any]]:
    actors = read.actors_of(one)
    return [
        {"step": step, "note": getattr(step, "note", None), "by": actors.get(step.actor, "the system")}
        for step in reversed(read.steps_of(one))
    ]


@requires("privacy.handle_requests")
@require_POST
def do(request: TenantRequest, request_id: UUID, what: str) -> HttpResponse:
    """Do one thing with a request; what cannot be done is said beside its form, and nothing is changed."""
    one = _here(request_id)
    if what not in FORM_OF_STEP:
        raise Http404
    form = FORM_OF_STEP[what](request.POST, auto_id=f"{what}_%s")
    if not form.is_valid():
        return _page(request, one, {what: form})
    try:
        said = _DO[what](request, one, form.given())
    except RequestRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _page(request, one, {what: form})
    if said:
        messages.success(request, said)
    return redirect(url_in(request, "privacy_request", one.id))


@requires("privacy.handle_requests")
@require_safe
def file(request: TenantRequest, request_id: UUID) -> FileResponse:
    """What was assembled, to be handed over. Fetching it is logged."""
    one = _here(request_id)
    found = export_of(one)
    if found is None:
        raise Http404
    note_access(request, view="export", subject_id=one.customer_id, purpose="their own request")
    return file_response(found)


def _here(request_id: UUID) -> PersonRequest:
    found = read.request_here(request_id)
    if found is None:
        raise Http404
    return found


Given = dict[str, Any]


def _customer(request: TenantRequest, one: PersonRequest, given: Given) -> str:
    requests.name_customer(request_id=one.id, **given)
    return ""


def _send_code(request: TenantRequest, one: PersonRequest, given: Given) -> str:
    identity.ask_for_code(request_id=one.id, **given)
    return "The code is on its way."


def _code(request: TenantRequest, one: PersonRequest, given: Given) -> str:
    right = identity.identify_by_code(request_id=one.id, **given)
    if not right:
        messages.error(request, "That is not the code. After five wrong ones another has to be sent.")
        return ""
    return "The code is right: it is they who ask."


def _identity(request: TenantRequest, one: PersonRequest, given: Given) -> str:
    requests.identify_by_member(request_id=one.id, **given)
    return "Their identity is noted."


def _assemble(request: TenantRequest, one: PersonRequest, given: Given) -> str:
    start_export(request_id=one.id, created_by=member_of(request))
    return "Their data is being assembled."


def _erase(request: TenantRequest, one: PersonRequest, given: Given) -> str:
    start_erasure(request_id=one.id, created_by=member_of(request), **given)
    return ""


def _with_member(service: Callable[..., Any], said: str) -> Callable[..., str]:
    def done(request: TenantRequest, one: PersonRequest, given: Given) -> str:
        service(request_id=one.id, member=member_of(request), **given)
        return said

    return done


def _plain(service: Callable[..., Any], said: str) -> Callable[..., str]:
    def done(request: TenantRequest, one: PersonRequest, given: Given) -> str:
        service(request_id=one.id, **given)
        return said

    return done


def _answered(service: Callable[..., Any], said: str, otherwise: str) -> Callable[..., str]:
    """What the person must be told: by letter where their address was verified, by the member otherwise."""

    def done(request: TenantRequest, one: PersonRequest, given: Given) -> str:
        service(request_id=one.id, **given)
        return f"{said} {'A letter tells them why.' if read.verified_point(one) else otherwise}"

    return done


_DO: Final[dict[str, Callable[[TenantRequest, PersonRequest, Given], str]]] = {
    "customer": _customer, "send_code": _send_code, "code": _code, "identity": _identity, "assemble": _assemble,
    "hand_over": _plain(requests.hand_over, "Done: they have their data."),
    "correct": _plain(requests.correct, "Done: it is right now."),
    "restrict": _with_member(requests.restrict, "Their data is restricted: kept, and used for nothing else."),
    "object": _with_member(requests.object_to, "The objection stands in the ledger; the gate says no from now on."),
    "erase": _erase,
    "extend": _answered(requests.extend, "The time is longer.", "Tell the person why."),
    "refuse": _answered(requests.refuse, "Refused.", "Tell the person why, and where they may complain."),
    "withdraw": _plain(requests.withdraw, "Taken back."),
    "note": _plain(requests.note, "Noted."),
    "take": _with_member(requests.take_up, "It is with you now."),
}  # fmt: skip
