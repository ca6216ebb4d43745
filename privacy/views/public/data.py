"""What we know of a person and from where: first a link to their own address, then everything, for an hour."""

from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase

from crm.models import Customer
from privacy.selectors import known
from privacy.selectors.consents import purpose_names
from privacy.selectors.holders import Holder, holder_of
from privacy.selectors.own_requests import days_to_answer, open_request_of, take_along_of
from privacy.selectors.purposes import sender
from privacy.services import own_requests as asked
from privacy.services.choices import object_to_profiling
from privacy.services.mailing import send_data_link
from privacy.views.public.limits import may_ask_for_mail
from privacy.views.public.page import gone, opened_by, show
from tenancy.links import Kind
from tenancy.public import PublicRequest, language_of, nothing_here, slow_down
from tenancy.responses import file_response
from tenancy.services.audit import note_access


@opened_by(Kind.PREFERENCES, Kind.DATA)
def data(request: PublicRequest) -> HttpResponseBase:
    holder = holder_of(request.link)
    if holder.customer is None:
        return gone(request, holder)
    if holder.point is None:
        return show(request, "public/moved.html", holder=holder)
    if request.link.kind is Kind.PREFERENCES:
        return _ask(request, holder)
    note_access(
        request, view="public_data", subject_id=holder.customer.id, purpose="the person's own data page"
    )
    if request.method == "POST" and request.POST.get("do") == "download":
        return _download(request, holder.customer)
    return _everything(request, holder, holder.customer)


@opened_by(Kind.DATA)
def correct(request: PublicRequest) -> HttpResponse:
    """What is wrong, in the person's own words."""
    holder = holder_of(request.link)
    field = request.GET.get("field", "")
    if holder.customer is None or holder.point is None:
        return gone(request, Holder(None, None))
    if field not in known.CORRECTABLE:
        return nothing_here(request)
    words = str(request.POST.get("words", "")).replace("\x00", "").strip()
    context = {
        "token": request.link.token,
        "field": field,
        "label": known.LABELS.get(field, field),
        "days": days_to_answer(holder.customer),
        "now": known.values_of(holder.customer, field),
        "sent": False,
    }
    if request.method == "POST" and words:
        asked.ask_to_correct(customer=holder.customer, point=holder.point, field=field, words=words)
        context["sent"] = True
    context["empty"] = request.method == "POST" and not words
    return show(
        request, "public/correct.html", context, holder=holder, status=422 if context["empty"] else 200
    )


@opened_by(Kind.DATA)
def erase(request: PublicRequest) -> HttpResponse:
    """Everything erased: what that means first, then one button; taking it back is the same size."""
    holder = holder_of(request.link)
    if holder.customer is None or holder.point is None:
        return gone(request, Holder(None, None))
    if request.method == "POST":
        asked.ask_for_erasure(customer=holder.customer, point=holder.point)
    context = {
        "token": request.link.token,
        "days": days_to_answer(holder.customer),
        "sent": open_request_of(holder.customer, "erasure") is not None,
    }
    return show(request, "public/erase.html", context, holder=holder)


def _ask(request: PublicRequest, holder: Holder) -> HttpResponse:
    """Whoever has the preference link may have got it by a forwarded letter: the address itself is asked."""
    assert holder.point is not None
    context = {"sent": False, "may": True, "token": request.link.token}
    if request.method == "POST":
        wait = may_ask_for_mail(request, holder.point.value_key)
        if wait.seconds or not wait.may:
            return slow_down(request, wait.seconds or 900)
        language = language_of(request, holder.language)
        context |= {"sent": True, "may": send_data_link(point=holder.point, language=language)}
    return show(request, "public/data_ask.html", context, holder=holder)


def _everything(request: PublicRequest, holder: Holder, customer: Customer) -> HttpResponse:
    done = _act(request, holder, customer) if request.method == "POST" else ""
    context: dict[str, Any] = {
        "facts": known.facts_of(customer),
        "points": known.points_of(customer),
        "bought": known.bought_by(customer),
        "worked_out": known.worked_out_about(customer),
        "said": known.said_by(customer),
        "purpose_names": purpose_names(),
        "done": done,
        "token": request.link.token,
        "privacy_contact": sender().privacy_contact,
        "take_along": take_along_of(customer),
        "is_erasing": open_request_of(customer, "erasure") is not None,
        "days": days_to_answer(customer),
    }
    return show(request, "public/data.html", context, holder=holder)


def _act(request: PublicRequest, holder: Holder, customer: Customer) -> str:
    """Do what was pressed; which words say so."""
    pressed = request.POST.get("do")
    if pressed == "object":
        object_to_profiling(customer=customer, language=language_of(request, holder.language))
        return "object_done"
    if pressed == "take" and holder.point:
        asked.take_along(customer=customer, point=holder.point)
    return ""


def _download(request: PublicRequest, customer: Customer) -> FileResponse | HttpResponse:
    found = take_along_of(customer)
    if found is None or found.file is None:
        return nothing_here(request)
    asked.handed_over(request=found.request)
    return file_response(found.file)
