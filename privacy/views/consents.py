"""What one customer said about the use of their data: state, proof, receipts, and recording by hand."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from crm.models import Customer
from crm.views.gates import record_or_404
from privacy.forms.consents import NONE, OWN, RecordForm
from privacy.selectors.consent_page import choices_of, consent_page, notice_here
from privacy.selectors.consents import visible_event
from privacy.selectors.receipts import consent_receipt
from privacy.services.consents import ConsentEntry, ConsentRefused, record_consent
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.services.audit import note_access

FIELDS = {"purposes", "channel", "contact_point", "occurred_at", "until", "words", "source", "evidence"}


@requires("privacy.view_consent")
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """The state and every event with its proof; opening it is logged. POST records what a customer said."""
    customer = record_or_404(request, customer_id)
    if request.method != "POST":
        note_access(request, view="consents", subject_id=customer.id)
        return _page(request, customer, RecordForm(None, offered=choices_of(customer)))
    if not request.access.may("privacy.record_consent"):
        raise PermissionDenied("Your role may see what they said, but not record it.")
    form = RecordForm(request.POST, offered=choices_of(customer))
    if not form.is_valid():
        return _page(request, customer, form, status=422)
    try:
        recorded = record_consent(_entry(customer, form.cleaned_data), who=member_of(request).name)
    except ConsentRefused as refused:
        form.add_error(refused.field if refused.field in FIELDS else None, str(refused))
        return _page(request, customer, form, status=422)
    messages.success(request, f"Recorded for {customer.name}: {recorded.event.get_action_display()}")
    return redirect(url_in(request, "customer_consents", customer.id))


def _entry(customer: Customer, values: dict[str, Any]) -> ConsentEntry:
    told = values["told"] or NONE
    notice = notice_here(told) if told not in (NONE, OWN) else None
    return ConsentEntry(
        customer_id=customer.id, action=values["action"], channel=values["channel"], purposes=tuple(values["purposes"]),
        method=values["method"], source=values["source"], occurred_at=values["occurred_at"],
        until=values["until"] if values["action"] == "pause" else None, notice=notice,
        wording="specific" if told != NONE else "none", words=values["words"] if told == OWN else "",
        evidence=(values["evidence"],) if values["evidence"] else (), key=values["key"],
        documentation_record=values["documentation_record"], written_agreement=values["written_agreement"],
        contact_point_id=UUID(values["contact_point"]) if values["contact_point"] else None,
        language=notice.language if notice else customer.language,
    )  # fmt: skip


def _page(request: TenantRequest, customer: Customer, form: RecordForm, *, status: int = 200) -> HttpResponse:
    context = consent_page(customer) | {
        "customer": customer,
        "form": form if request.access.may("privacy.record_consent") else None,
        "customer_url": url_in(request, "customer", customer.id),
        "customers_url": url_in(request, "customers"),
    }
    return render(request, "privacy/customer_consents.html", context, status=status)


@requires("privacy.view_consent")
@require_safe
def receipt(request: TenantRequest, customer_id: UUID, event_id: UUID) -> HttpResponse:
    """The receipt of one event: a page to print, or with `?format=json` a file."""
    customer = record_or_404(request, customer_id)
    event = visible_event(request.access, event_id)
    if event is None or event.customer_id != customer.id:
        raise Http404
    note_access(request, view="consent receipt", subject_id=customer.id)
    said = consent_receipt(event, at=timezone.now())
    if request.GET.get("format") == "json":
        response = JsonResponse(said, json_dumps_params={"indent": 1, "ensure_ascii": False})
        response["Content-Disposition"] = f'attachment; filename="receipt-{event.id}.json"'
        response["Cache-Control"] = "private, no-store"
        return response
    context = {"customer": customer, "event": event, "receipt": said,
               "consents_url": url_in(request, "customer_consents", customer.id)}  # fmt: skip
    return render(request, "privacy/customer_receipt.html", context)
